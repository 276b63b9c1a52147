/** The document of `reproduce kernels` as a page to look at. */
import type { Block, Cell, Interval, Report, Section, Series } from '@intertwiner/report';
import type { Estimate } from '../statistics.js';
import type {
  Curve,
  KernelsDocument,
  TrainedClassesSummary,
  TrainedPairsSummary,
} from './summary.js';

export function kernelsReport(document: KernelsDocument): Report {
  const { settings, verdict } = document;
  const sections: Section[] = [
    { title: 'Verdict', blocks: [{ kind: 'note', tone: 'info', text: verdict }] },
    { title: 'Rotations', blocks: document.rotations.length > 0 ? rotationBlocks(document) : [] },
    {
      title: 'Cyclic shifts',
      blocks: document.shifts.length > 0 ? curveBlocks(document.shifts) : [],
    },
    { title: 'Spectra', blocks: spectraBlocks(document) },
    { title: 'Trained on pairs', blocks: trainedPairBlocks(document.trainedPairs) },
    { title: 'All classes, kernels', blocks: classBlocks(document) },
    { title: 'All classes, trained networks', blocks: trainedClassBlocks(document) },
    { title: 'The bridge to symmetry-cloning', blocks: bridgeBlocks(document) },
    { title: 'The bridge to constraint relaxation', blocks: relaxationBlocks(document) },
    { title: 'Toys', blocks: toyBlocks(document) },
  ];
  return {
    title: 'Which networks learn which symmetries?',
    subtitle: 'Kernel theory of a pose that was left out, beside networks that were trained',
    details: [
      `${settings.data}, seed ${settings.seed}${settings.quick ? ', quick sizes: no evidence' : ''}`,
      'Inputs are mean-subtracted and scaled to |x|² = d; the pooled convolution sees half the resolution.',
    ],
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

const interval = ({ mean, low, high }: Estimate): Cell =>
  Number.isFinite(low) ? { value: mean, low, high } : mean;

/** A share stays between 0 and 1. */
const bounded = (estimate: Estimate): Cell => {
  const cell = interval(estimate);
  if (typeof cell !== 'object' || cell === null) return cell;
  const { value, low, high } = cell as Interval;
  return { value, low: Math.max(0, low), high: Math.min(1, high) };
};

const share = { style: 'percent' } as const;

function rotationBlocks({ rotations, classPairs }: KernelsDocument): Block[] {
  const blocks = curveBlocks(rotations);
  if (!classPairs.flat().some((value) => value !== null)) return blocks;
  const classes = classPairs.map((_, c) => String(c));
  return [
    ...blocks,
    {
      kind: 'heat',
      caption:
        'Mean exact ε by pair of classes (mlp1, 8 poses): above 1 the left-out pose is taken for the other class.',
      label: 'ε',
      columns: classes,
      rows: classPairs.map((values, c) => ({ name: String(c), values })),
      scale: 'linear',
      format: { style: 'fixed', digits: 2 },
    },
  ];
}

function curveBlocks(curves: readonly Curve[]): Block[] {
  return [
    {
      kind: 'lines',
      caption: 'Exact error ε of a left-out pose against the number of poses, with 95 % intervals.',
      x: { label: 'poses N', scale: 'log' },
      y: { label: 'ε', scale: 'log' },
      series: curves.map(({ architecture, points }): Series => {
        const bound = (end: 'low' | 'high') =>
          points.map(({ exact }) => (Number.isFinite(exact[end]) ? exact[end] : exact.mean));
        return {
          name: architecture,
          x: points.map(({ poses }) => poses),
          y: points.map(({ exact }) => exact.mean),
          low: bound('low'),
          high: bound('high'),
          dots: true,
        };
      }),
      references: [{ value: 1, label: 'right below, wrong above' }],
    },
    {
      kind: 'lines',
      caption: 'Exact against spectral error, one point for each pair of digits.',
      x: { label: 'spectral error (circularised)' },
      y: { label: 'exact error' },
      series: curves.map(({ architecture, sample }) => ({
        name: architecture,
        x: sample.map(([, spectral]) => spectral),
        y: sample.map(([, , exact]) => exact),
        joined: false,
      })),
    },
    {
      kind: 'table',
      caption:
        'Means over pairs of digits. Defect: ‖K − circ K‖ / ‖K‖. Agreement: correlation of spectral and exact error over the pairs.',
      columns: [
        { header: 'architecture' },
        { header: 'N', format: { style: 'fixed', digits: 0 } },
        { header: 'pairs', format: { style: 'fixed', digits: 0 } },
        { header: 'spectral ε' },
        { header: 'exact ε' },
        { header: 'poses right', format: share },
        { header: 'defect', format: share },
        { header: 'agreement', format: { style: 'fixed', digits: 4 } },
      ],
      rows: curves.flatMap(({ architecture, points }) =>
        points.map((p): Cell[] => [
          architecture,
          p.poses,
          p.pairs,
          p.spectral.mean,
          interval(p.exact),
          p.right.mean,
          p.defect,
          p.agreement,
        ]),
      ),
    },
    {
      kind: 'facts',
      facts: curves.map(({ architecture, crossing }) => ({
        name: `${architecture}: mean ε falls below 1 at`,
        value: crossingText(crossing, architecture, curves),
      })),
    },
  ];
}

function crossingText(crossing: number | null, architecture: string, curves: readonly Curve[]) {
  const { points } = curves.find((curve) => curve.architecture === architecture)!;
  if (crossing === null) return `not up to N = ${points.at(-1)!.poses}`;
  return crossing <= points[0]!.poses ? `N ≤ ${points[0]!.poses}` : `N ≈ ${crossing.toFixed(1)}`;
}

function spectraBlocks({ spectra }: KernelsDocument): Block[] {
  if (spectra.length === 0) return [];
  return [
    {
      kind: 'lines',
      caption:
        'Eigenvalues of the circularised kernel matrix of one pair of rotated orbits, by frequency, relative to their mean. The last one, at N, separates the classes.',
      x: { label: 'frequency' },
      y: { label: 'λ / mean λ', scale: 'log' },
      series: spectra.map(({ architecture, poses, spectrum }) => {
        const mean = spectrum.reduce((sum, value) => sum + value, 0) / spectrum.length;
        return {
          name: architecture,
          x: Array.from({ length: poses + 1 }, (_, k) => k),
          y: spectrum.slice(0, poses + 1).map((value) => value / mean),
          dots: true,
        };
      }),
    },
    {
      kind: 'facts',
      facts: spectra.map(({ architecture, epsilon }) => ({
        name: `spectral error of this pair, ${architecture}`,
        value: epsilon,
      })),
    },
  ];
}

function trainedPairBlocks(networks: readonly TrainedPairsSummary[]): Block[] {
  if (networks.length === 0) return [];
  return [
    {
      kind: 'lines',
      caption:
        'Measured y·f of trained networks at the left-out pose against what the infinitely wide network predicts, one point for each pair of digits; right if above 0.',
      x: { label: 'predicted y·f = 1 − ε' },
      y: { label: 'measured y·f' },
      series: networks.map(({ network, pairs }) => ({
        name: network,
        x: pairs.map(([, predicted]) => predicted),
        y: pairs.map(([, , measured]) => measured),
        joined: false,
      })),
      references: [{ value: 0, label: 'right above, wrong below' }],
    },
    {
      kind: 'table',
      caption:
        'Share of pairs whose left-out upright pose is right, the mean of y·f there, and the mean squared error on the poses that were learned.',
      columns: [
        { header: 'network' },
        { header: 'N', format: { style: 'fixed', digits: 0 } },
        { header: 'trained, right', format: share },
        { header: 'theory, right', format: share },
        { header: 'trained, y·f' },
        { header: 'theory, y·f' },
        { header: 'loss', format: { style: 'scientific', digits: 2 } },
      ],
      rows: networks.flatMap(({ network, points }) =>
        points.map((p): Cell[] => [
          network,
          p.poses,
          bounded(p.measured),
          bounded(p.predicted),
          p.measuredMean.mean,
          p.predictedMean.mean,
          p.loss,
        ]),
      ),
    },
    {
      kind: 'table',
      caption:
        'Correlation of measured y·f with theory over all pairs: the kernel of infinite width that starts like the network, the one with the paper’s variances, and the empirical kernel of the network itself, which was computed for some numbers of poses only.',
      columns: [
        { header: 'network' },
        { header: 'infinite width', format: { style: 'fixed', digits: 3 } },
        { header: 'paper’s variances', format: { style: 'fixed', digits: 3 } },
        { header: 'empirical kernel', format: { style: 'fixed', digits: 3 } },
        { header: 'infinite width, same pairs', format: { style: 'fixed', digits: 3 } },
      ],
      rows: networks.map((n): Cell[] => [
        n.network,
        n.correlation,
        n.correlationPaper,
        n.correlationLinearised,
        n.correlationThere,
      ]),
    },
  ];
}

function classBlocks({ classes }: KernelsDocument): Block[] {
  if (classes.length === 0) return [];
  const { imagesPerClass, poses } = classes[0]!;
  const shown = classes.find(({ architecture }) => architecture === 'mlp1') ?? classes[0]!;
  return [
    {
      kind: 'table',
      caption: `Kernel regression on ten classes, ${imagesPerClass} digits of each in ${poses} poses: accuracy in the poses that one class lacks, mean over draws.`,
      columns: [
        { header: 'architecture' },
        { header: 'draws', format: { style: 'fixed', digits: 0 } },
        { header: 'lacks its upright pose', format: share },
        { header: 'lacks any one pose', format: share },
        { header: 'seen upright only', format: share },
      ],
      rows: classes.map(({ architecture, draws, accuracy }): Cell[] => [
        architecture,
        draws,
        bounded(accuracy.lacksUpright),
        bounded(accuracy.eachPose),
        bounded(accuracy.onlyUpright),
      ]),
    },
    {
      kind: 'heat',
      caption: `What a class that is only seen upright is taken for in its other poses (${shown.architecture}; rows: true class, columns: answer).`,
      label: 'share of answers',
      columns: shown.confusion.map((_, c) => String(c)),
      rows: shown.confusion.map((row, c) => ({
        name: String(c),
        values: row.map((count) => count / row.reduce((sum, n) => sum + n, 0)),
      })),
      scale: 'linear',
      format: { style: 'fixed', digits: 2 },
    },
  ];
}

const nameOf = ({ network, condition }: TrainedClassesSummary): string =>
  `${network}, ${condition === 'onlyUpright' ? 'upright only' : 'lacks upright'}`;

function trainedClassBlocks({ trainedClasses, settings }: KernelsDocument): Block[] {
  if (trainedClasses.length === 0) return [];
  const { poses, steps } = settings.trainedClasses;
  const runs = Math.min(...trainedClasses.map(({ lacking }) => lacking.draws));
  return [
    {
      kind: 'bars',
      caption: `Accuracy of trained networks in the poses that one class lacks, that class beside the others (at least ${runs} runs of ${steps} steps, another class in each, ${poses} poses, 95 % intervals).`,
      y: { label: 'accuracy' },
      bars: ['the class that lacks them', 'the other classes'],
      groups: trainedClasses.map((one) => ({
        name: nameOf(one),
        values: [bounded(one.lacking), bounded(one.othersLacking)].map(
          (cell) => cell as Interval | number,
        ),
      })),
      references: [{ value: 0.1, label: 'chance' }],
    },
    {
      kind: 'table',
      columns: [
        { header: 'network, one class' },
        { header: 'it, lacked poses', format: share },
        { header: 'it, seen poses', format: share },
        { header: 'others, lacked poses', format: share },
      ],
      rows: trainedClasses.map((one): Cell[] => [
        nameOf(one),
        bounded(one.lacking),
        bounded(one.seen),
        bounded(one.othersLacking),
      ]),
    },
  ];
}

function bridgeBlocks({ bridge, settings }: KernelsDocument): Block[] {
  if (!bridge) return [];
  const names = {
    teacher: 'C4 network',
    clone: 'clone (GLU students, θ held)',
    scratch: 'scratch MLP',
  } as const;
  const { infinite, models } = bridge;
  return [
    {
      kind: 'paragraph',
      text: `Would plain training have sufficed? Trained on upright digits only, asked about all four poses of C4. Theory: kernel regression from ${settings.bridge.known} digits, by the kernel of infinite width and by the empirical NTK of each network before its training on digits.`,
    },
    {
      kind: 'table',
      caption: `${bridge.runs} runs, 95 % intervals. Invariant share: 1 for an invariant kernel, 0.25 if the poses have nothing in common.`,
      columns: [
        { header: 'network' },
        { header: 'theory, upright', format: share },
        { header: 'theory, all poses', format: share },
        { header: 'trained, upright', format: share },
        { header: 'trained, all poses', format: share },
        { header: 'invariant share of its kernel', format: { style: 'fixed', digits: 3 } },
      ],
      rows: [
        [
          'scratch MLP, infinite width',
          bounded(infinite.predicted.plain),
          bounded(infinite.predicted.moved),
          null,
          null,
          bounded(infinite.invariantShare),
        ],
        ...(['scratch', 'clone', 'teacher'] as const).map((name): Cell[] => [
          names[name],
          bounded(models[name].predicted.plain),
          bounded(models[name].predicted.moved),
          bounded(models[name].measured.plain),
          bounded(models[name].measured.moved),
          bounded(models[name].invariantShare),
        ]),
      ],
    },
  ];
}

function relaxationBlocks({ relaxation, settings }: KernelsDocument): Block[] {
  if (relaxation.length === 0) return [];
  const { known, epochs } = settings.relaxation;
  const shares = { style: 'fixed', digits: 3 } as const;
  return [
    {
      kind: 'table',
      caption: `A C4 network with a free branch θ·W, ${relaxation[0]!.measured.plain.draws} runs. Theory: kernel regression from ${known} upright digits, all four poses asked about, by the empirical NTK at this θ before training and after; trained: ${epochs} epochs in which θ rises to this value and falls to 0, then without W. θ = 0 is plain training. Invariant share: 1 for an invariant kernel.`,
      columns: [
        { header: 'θ', format: { digits: 2 } },
        { header: 'theory, before', format: share },
        { header: 'theory, after', format: share },
        { header: 'trained', format: share },
        { header: 'invariant share, before', format: shares },
        { header: 'after', format: shares },
      ],
      rows: relaxation.map(({ theta, before, after, measured }): Cell[] => [
        theta,
        bounded(before.predicted.moved),
        bounded(after.predicted.moved),
        bounded(measured.moved),
        bounded(before.invariantShare),
        bounded(after.invariantShare),
      ]),
    },
  ];
}

function toyBlocks({ toy, cyclic }: KernelsDocument): Block[] {
  if (toy.length === 0) return [];
  return [
    {
      kind: 'table',
      caption:
        'Two circles in R³, one turned by π/N, under exp(−L²·distance²): their kernel matrix is circulant, so that both errors are the same.',
      columns: [
        { header: 'N', format: { style: 'fixed', digits: 0 } },
        { header: 'Δ' },
        { header: 'L' },
        { header: 'spectral ε', format: { digits: 12 } },
        { header: 'exact ε', format: { digits: 12 } },
      ],
      rows: toy.map(({ N, delta, L, spectral, exact }) => [N, delta, L, spectral, exact]),
    },
    ...(cyclic
      ? ([
          {
            kind: 'facts',
            caption: 'Two orbits of Z₇ whose joint kernel matrix is not circulant.',
            facts: [
              { name: 'exact ε of A, by frequencies', value: cyclic.exact[0] },
              { name: 'exact ε of A, by leaving it out', value: cyclic.direct[0] },
              { name: 'exact ε of B, by frequencies', value: cyclic.exact[1] },
              { name: 'exact ε of B, by leaving it out', value: cyclic.direct[1] },
              { name: 'spectral ε (circularised)', value: cyclic.circularised },
            ],
          },
        ] satisfies Block[])
      : []),
  ];
}
