/** The result of `predict` as a page. */
import type { Prediction } from '@intertwiner/neural-kernels';
import type { Report } from '@intertwiner/report';

export function predictReport(prediction: Prediction, data: string): Report {
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
        ],
      },
    ],
  };
}
