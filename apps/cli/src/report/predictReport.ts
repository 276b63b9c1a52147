/** The result of `predict` as a page. */
import type { Prediction } from '@intertwiner/neural-kernels';
import type { Block, Cell, Report } from '@intertwiner/report';
import type { WhatIfs } from '../verbs/predictWhatIf.js';

export function predictReport(prediction: Prediction, data: string, ifs: WhatIfs | null): Report {
  const { group, kernel, n, regime, reason, verdict, pairs, warnings } = prediction;
  const tone = verdict === 'learns' ? 'success' : verdict === 'fails' ? 'failure' : 'warning';
  const order = pairs.map((_, i) => i).sort((a, b) => pairs[a]!.exact - pairs[b]!.exact);
  return {
    title: `Will it learn ${group}?`,
    subtitle: `${kernel}, ${n} poses of each digit, ${data}`,
    details: [`regime ${regime}, ${pairs.length} pairs of digits, seed ${prediction.seed}`],
    sections: [
      {
        title: 'Verdict',
        blocks: [
          { kind: 'note', tone, title: verdict, text: reason },
          ...warnings.map((text) => ({ kind: 'note', tone: 'warning', text }) as const),
        ],
      },
      {
        title: 'Errors',
        blocks: [
          {
            kind: 'lines',
            caption:
              'Error ε of a left-out pose for every pair of digits, in order of the exact error; below 1 the pose is predicted rightly.',
            x: { label: 'pair' },
            y: { label: 'ε' },
            series: (['exact', 'spectral'] as const).map((name) => ({
              name,
              x: order.map((_, i) => i),
              y: order.map((i) => pairs[i]![name]),
              dots: true,
            })),
            references: [{ value: 1, label: 'right below, wrong above' }],
          },
          {
            kind: 'facts',
            facts: [
              { name: 'spectral error, mean', value: prediction.spectral.mean },
              { name: 'exact error, mean', value: prediction.exact.mean },
              { name: 'correlation of both over pairs', value: prediction.agreement },
              { name: 'class separation λ_N, mean', value: prediction.spectral.lambdaN },
              { name: 'poses predicted rightly', value: prediction.exact.accuracy.mean },
              { name: 'limited by', value: prediction.diagnosis.limitedBy },
            ],
          },
          {
            kind: 'lines',
            caption:
              'Exact error against spectral error, one point for each pair of digits; the closer to the diagonal, the better the circularised matrix stands for the real one.',
            x: { label: 'spectral ε' },
            y: { label: 'exact ε' },
            series: [
              {
                name: 'pairs of digits',
                x: pairs.map(({ spectral }) => spectral),
                y: pairs.map(({ exact }) => exact),
                joined: false,
              },
            ],
          },
        ],
      },
      ...(ifs ? [{ title: 'What would change it', blocks: whatIfBlocks(ifs) }] : []),
    ],
  };
}

function whatIfBlocks({ classPairs, architectures, poses, sensitivities }: WhatIfs): Block[] {
  const interval = ({ mean, interval: [low, high] }: Prediction['exact']): Cell =>
    Number.isFinite(high) ? { value: mean, low, high } : mean;
  return [
    {
      kind: 'table',
      caption: 'The ten hardest pairs of classes: ε = 1 / (separation · density).',
      columns: [
        { header: 'classes' },
        { header: 'exact ε' },
        { header: 'separation' },
        { header: 'density' },
        { header: 'limited by' },
      ],
      rows: classPairs
        .slice(0, 10)
        .map((pair): Cell[] => [
          pair.classes.join(', '),
          pair.exact.mean,
          pair.separation,
          pair.density,
          pair.limitedBy,
        ]),
    },
    {
      kind: 'table',
      caption: 'The same pairs of digits under other architectures.',
      columns: [
        { header: 'architecture' },
        { header: 'exact ε', best: 'low' },
        { header: 'verdict' },
      ],
      rows: architectures.map(({ name, exact, verdict }): Cell[] => [
        name,
        interval(exact),
        verdict,
      ]),
    },
    ...(poses
      ? ([
          {
            kind: 'lines',
            caption: 'Exact error against the number of poses.',
            x: { label: 'poses N', scale: 'log' },
            y: { label: 'ε' },
            series: [
              {
                name: 'exact error',
                x: poses.curve.map(({ n }) => n),
                y: poses.curve.map(({ exact }) => exact),
              },
            ],
            references: [{ value: poses.wanted, label: 'wanted' }],
          },
        ] satisfies Block[])
      : []),
    {
      kind: 'table',
      caption: 'How ε changes with one setting, on the same pairs of digits.',
      columns: [
        { header: 'setting' },
        { header: 'from' },
        { header: 'to' },
        { header: 'change of ε' },
      ],
      rows: sensitivities.map(({ setting, from, to, change }): Cell[] => [
        setting,
        from,
        to,
        { value: change.mean, low: change.interval[0], high: change.interval[1] },
      ]),
    },
  ];
}
