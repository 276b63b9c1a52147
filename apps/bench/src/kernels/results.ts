/**
 * A run of `intertwiner reproduce kernels` as tables: docs/results/kernels.json holds its numbers, the
 * tables stand in docs/results.md between two comments, the pictures in docs/images.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomic } from '@intertwiner/engine';
import { linePlotSvg } from '@intertwiner/report';
import { replaceBetween } from '../results.js';

interface Estimate {
  readonly mean: number;
  /** The 95 % interval; strings where it is infinite, for a single draw. */
  readonly low: number | string;
  readonly high: number | string;
  readonly draws: number;
}

interface Curve {
  readonly architecture: string;
  readonly agreement: number;
  readonly crossing: number | null;
  readonly points: readonly {
    readonly poses: number;
    readonly pairs: number;
    readonly spectral: Estimate;
    readonly exact: Estimate;
    readonly right: Estimate;
    readonly defect: number;
    readonly agreement: number | null;
  }[];
}

interface Poses {
  readonly plain: Estimate;
  readonly moved: Estimate;
}

/** What is read of a run's report.json. */
interface Run {
  readonly verdict: string;
  readonly settings: {
    readonly data: string;
    readonly seed: number;
    readonly trainedClasses: {
      readonly poses: number;
      readonly steps: number;
    };
  };
  readonly rotations: readonly Curve[];
  readonly shifts: readonly Curve[];
  readonly classes: readonly {
    readonly architecture: string;
    readonly draws: number;
    readonly imagesPerClass: number;
    readonly poses: number;
    readonly accuracy: Readonly<Record<'lacksUpright' | 'onlyUpright' | 'eachPose', Estimate>>;
  }[];
  readonly trainedPairs: readonly {
    readonly network: string;
    readonly correlation: number | null;
    readonly correlationPaper: number | null;
    readonly correlationLinearised: number | null;
    readonly correlationThere: number | null;
    readonly points: readonly {
      readonly poses: number;
      readonly measured: Estimate;
      readonly predicted: Estimate;
    }[];
  }[];
  readonly trainedClasses: readonly {
    readonly network: string;
    readonly condition: 'lacksUpright' | 'onlyUpright';
    readonly lacking: Estimate;
    readonly seen: Estimate;
    readonly othersLacking: Estimate;
  }[];
  readonly bridge: {
    readonly runs: number;
    readonly infinite: { readonly predicted: Poses; readonly invariantShare: Estimate };
    readonly models: Readonly<
      Record<
        'teacher' | 'clone' | 'scratch',
        {
          readonly predicted: Poses;
          readonly measured: Poses;
          readonly invariantShare: Estimate;
        }
      >
    >;
  } | null;
  readonly relaxation?: readonly Relaxed[];
}

interface Relaxed {
  readonly theta: number;
  readonly before: KernelAnswer;
  readonly after: KernelAnswer;
  readonly measured: Poses;
}

interface KernelAnswer {
  readonly predicted: Poses;
  readonly invariantShare: Estimate;
}

/**
 * Reads the run and writes table, numbers and pictures; returns the path of the page. Parts that the
 * run left out stay as they are there.
 *
 * @throws RangeError if they are of other settings.
 */
export async function writeKernelResults(folder: string, docs: string): Promise<string> {
  const path = join(docs, 'results.md');
  const numbers = join(docs, 'results', 'kernels.json');
  const earlier = await readFile(numbers, 'utf8').catch(() => '{}');
  const found = await readFile(join(folder, 'report.json'), 'utf8');
  const run = joinParts(JSON.parse(earlier) as Partial<Run>, JSON.parse(found) as Run);
  const kept = JSON.stringify(run, (key, value) =>
    key === 'sample' || (key === 'pairs' && Array.isArray(value)) ? undefined : value,
  );
  await writeFileAtomic(numbers, `${kept}\n`);
  await writeFileAtomic(join(docs, 'images', 'kernels-rotations.svg'), rotationPicture(run));
  const page = await readFile(path, 'utf8');
  await writeFileAtomic(path, replaceBetween(page, 'kernels', tables(run)));
  return path;
}

/** A run, and what it left out from an earlier one. */
function joinParts(earlier: Partial<Run>, run: Run): Run {
  const absent = (value: unknown) => value === null || (Array.isArray(value) && !value.length);
  const left = Object.entries(earlier).filter(([key]) => absent(run[key as keyof Run] ?? null));
  if (left.length === 0) return run;
  const settings: Record<string, unknown> = { ...run.settings };
  for (const [key, value] of Object.entries(earlier.settings ?? {})) {
    // Settings called like a part are about it alone.
    const isRenewed = key in run && !absent(run[key as keyof Run]);
    if (isRenewed || isDeepStrictEqual(settings[key], value)) continue;
    throw new RangeError(
      `results: ${key} differs from the earlier run, which has ${left[0]![0]}; run all parts.`,
    );
  }
  // The verdict is about the rotations.
  const verdict = absent(run.rotations) ? earlier.verdict! : run.verdict;
  return { ...run, ...(Object.fromEntries(left) as Partial<Run>), verdict };
}

/** ε against N, theory and trained networks. */
function rotationPicture({ rotations }: Run): string {
  return linePlotSvg({
    kind: 'lines',
    x: { label: 'poses N', scale: 'log' },
    y: { label: 'exact ε', scale: 'log' },
    series: rotations.map(({ architecture, points }) => ({
      name: architecture,
      x: points.map(({ poses }) => poses),
      y: points.map(({ exact }) => exact.mean),
      dots: true,
    })),
    references: [{ value: 1, label: 'right below, wrong above' }],
  });
}

/** The interval, or null for a single draw. */
const interval = ({ low, high }: Estimate): readonly [number, number] | null =>
  typeof low === 'number' && typeof high === 'number' ? [low, high] : null;

function number(estimate: Estimate): string {
  const ends = interval(estimate);
  const tiny = Math.abs(estimate.mean) < 1e-3;
  const text = tiny ? estimate.mean.toExponential(1) : estimate.mean.toFixed(3);
  return ends === null || tiny ? text : `${text} ± ${((ends[1] - ends[0]) / 2).toFixed(3)}`;
}

/** A share, with its interval where it is wider than a tenth of a percent. */
function percent(estimate: Estimate): string {
  const ends = interval(estimate);
  const text = (value: number) => (100 * Math.min(1, Math.max(0, value))).toFixed(1);
  const mean = `${text(estimate.mean)} %`;
  return ends === null || ends[1] - ends[0] < 1e-3
    ? mean
    : `${mean} (${text(ends[0])}–${text(ends[1])})`;
}

const share = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function curveTable(curves: readonly Curve[], trained: Run['trainedPairs']): string {
  return table(
    [
      'architecture',
      'N',
      'pairs',
      'spectral ε',
      'exact ε',
      'poses right',
      'trained network right',
      'circulant defect',
      'correlation',
    ],
    curves.flatMap(({ architecture, points }) =>
      points.map((p) => {
        const network = trained
          .find((one) => one.network === architecture)
          ?.points.find((one) => one.poses === p.poses);
        return [
          architecture,
          String(p.poses),
          String(p.pairs),
          number(p.spectral),
          number(p.exact),
          percent(p.right),
          network ? percent(network.measured) : '–',
          `${(100 * p.defect).toFixed(1)} %`,
          p.agreement === null ? '–' : p.agreement.toFixed(4),
        ];
      }),
    ),
  );
}

const crossings = (curves: readonly Curve[]): string =>
  curves
    .map(({ architecture, crossing, points }) => {
      const [first, last] = [points[0]!.poses, points.at(-1)!.poses];
      if (crossing === null) return `${architecture} not up to N = ${last}`;
      return crossing <= first
        ? `${architecture} below 1 from N = ${first} on`
        : `${architecture} at N ≈ ${crossing.toFixed(1)}`;
    })
    .join('; ');

function tables(run: Run): string {
  const { settings, rotations, shifts, trainedPairs } = run;
  const parts = [
    `${settings.data}, seed ${settings.seed}. ${run.verdict}`,
    `### Rotations\n\n${curveTable(rotations, trainedPairs)}\n\nThe mean exact ε falls to 1: ${crossings(rotations)}. Correlation of spectral and exact error over all pairs and N: ${agreements(rotations)}.`,
    '![ε against the number of poses](images/kernels-rotations.svg)',
    shifts.length > 0
      ? `### Cyclic shifts\n\n${curveTable(shifts, [])}\n\nThe mean exact ε falls to 1: ${crossings(shifts)}. Correlation: ${agreements(shifts)}.`
      : '',
    trainedPairs.length > 0 ? pairTable(trainedPairs) : '',
    classTables(run),
    run.bridge ? bridgeTable(run.bridge) : '',
    run.relaxation?.length ? relaxationTable(run.relaxation) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const agreements = (curves: readonly Curve[]): string =>
  curves.map(({ architecture, agreement }) => `${architecture} ${agreement.toFixed(4)}`).join(', ');

function pairTable(networks: Run['trainedPairs']): string {
  const rows = networks.map((n) => [
    n.network,
    share(n.correlation),
    share(n.correlationPaper),
    share(n.correlationLinearised),
    share(n.correlationThere),
  ]);
  return `### Trained networks on pairs of orbits\n\nCorrelation, over all pairs and N, of y·f at the left-out upright pose of trained networks (minus what they gave before training) with theory.\n\n${table(['network', 'kernel that starts like the network', "paper's variances", 'its own empirical kernel, N ≤ 16', 'the first one, same pairs'], rows)}`;
}

const conditions = {
  lacksUpright: 'lacks its upright pose',
  onlyUpright: 'seen upright only',
} as const;

function classTables({ classes, trainedClasses, settings }: Run): string {
  if (classes.length === 0 && trainedClasses.length === 0) return '';
  const theory = classes.map(({ architecture, draws, accuracy }) => [
    architecture,
    String(draws),
    percent(accuracy.lacksUpright),
    percent(accuracy.eachPose),
    percent(accuracy.onlyUpright),
  ]);
  const trained = trainedClasses.map((t) => [
    t.network,
    conditions[t.condition],
    String(t.lacking.draws),
    percent(t.lacking),
    percent(t.seen),
    percent(t.othersLacking),
  ]);
  const { steps } = settings.trainedClasses;
  return [
    '### Ten classes, one of which lacks poses',
    classes.length > 0
      ? `Kernel regression, ${classes[0]!.imagesPerClass} digits per class in ${classes[0]!.poses} rotations; accuracy in the poses that a class lacks, over draws of digits.\n\n${table(['architecture', 'draws', 'lacks its upright pose', 'lacks any one pose', 'seen upright only'], theory)}`
      : '',
    trainedClasses.length > 0
      ? `Trained networks, ${settings.trainedClasses.poses} rotations, ${steps} steps; each run leaves poses out of another class.\n\n${table(['network', 'one class', 'runs', 'that class, lacked poses', 'that class, seen poses', 'other classes, same poses'], trained)}`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function bridgeTable({ runs, infinite, models }: NonNullable<Run['bridge']>): string {
  const row = (name: string, model: 'scratch' | 'clone' | 'teacher') => [
    name,
    percent(models[model].predicted.plain),
    percent(models[model].predicted.moved),
    percent(models[model].measured.plain),
    percent(models[model].measured.moved),
    number(models[model].invariantShare),
  ];
  return `### The bridge to symmetry-cloning\n\nC4, upright digits to learn from, ${runs} runs.\n\n${table(
    [
      'network',
      'theory, upright',
      'theory, all poses',
      'trained, upright',
      'trained, all poses',
      'invariant share of its kernel',
    ],
    [
      [
        'scratch MLP, infinite width',
        percent(infinite.predicted.plain),
        percent(infinite.predicted.moved),
        '–',
        '–',
        number(infinite.invariantShare),
      ],
      row('scratch MLP', 'scratch'),
      row('clone, θ held', 'clone'),
      row('C4 network', 'teacher'),
    ],
  )}`;
}

function relaxationTable(relaxation: readonly Relaxed[]): string {
  return `### The bridge to constraint relaxation\n\nC4, upright digits to learn from, all four poses asked about, ${relaxation[0]!.measured.plain.draws} runs; θ = 0 is plain training of the strict network.\n\n${table(
    [
      'highest θ',
      'theory before training',
      'theory after it',
      'trained, without W',
      'invariant share of the kernel at θ, before',
      'after',
    ],
    relaxation.map(({ theta, before, after, measured }) => [
      String(theta),
      percent(before.predicted.moved),
      percent(after.predicted.moved),
      percent(measured.moved),
      number(before.invariantShare),
      number(after.invariantShare),
    ]),
  )}`;
}
