/** The document of `reproduce kernels`: what its units found, with intervals and a verdict. */
import { posesNeeded } from '@intertwiner/neural-kernels';
import { recordsUnder, type Records } from '../experiment.js';
import { correlation, estimate, share, type Estimate } from '../statistics.js';
import { bridgeModels, type BridgeModel, type BridgeRecord } from './bridge.js';
import type { Answer, Poses } from './quarterTurns.js';
import type { RelaxationRecord } from './relaxation.js';
import {
  architectures,
  classNetworks,
  conditions,
  pairNetworks,
  type Architecture,
  type Condition,
  type KernelsSettings,
} from './settings.js';
import type {
  ClassesRecord,
  CyclicRecord,
  PairsRecord,
  SpectrumRecord,
  ToyRecord,
} from './theory.js';
import type { TrainedClassesRecord } from './trainedClasses.js';
import type { TrainedPairRecord } from './trainedPairs.js';

/** One number of poses. */
export interface CurvePoint {
  readonly poses: number;
  readonly pairs: number;
  readonly spectral: Estimate;
  readonly exact: Estimate;
  /** Share of left-out poses predicted rightly. */
  readonly right: Estimate;
  readonly defect: number;
  /** Correlation of spectral and exact error over the pairs. */
  readonly agreement: number | null;
}

export interface Curve {
  readonly architecture: Architecture;
  readonly points: readonly CurvePoint[];
  /** Correlation of spectral and exact error over all pairs and numbers of poses. */
  readonly agreement: number | null;
  /** Poses at which the mean exact ε falls to 1, interpolated; null if it does not. */
  readonly crossing: number | null;
  /** Some pairs: [poses, spectral, exact]. */
  readonly sample: readonly (readonly [number, number, number])[];
}

export interface ClassesSummary {
  readonly architecture: Architecture;
  readonly draws: number;
  readonly imagesPerClass: number;
  readonly poses: number;
  /** Accuracy in the poses that a class lacks, over the draws. */
  readonly accuracy: Readonly<Record<Condition | 'eachPose', Estimate>>;
  /** Added up over the draws; a class that is only seen upright, in its other poses. */
  readonly confusion: readonly (readonly number[])[];
}

export interface TrainedPairsSummary {
  readonly network: (typeof pairNetworks)[number];
  readonly points: readonly {
    readonly poses: number;
    /** Share of pairs whose left-out pose the trained network, and theory, have right. */
    readonly measured: Estimate;
    readonly predicted: Estimate;
    /** Mean of y·f at the left-out pose. */
    readonly measuredMean: Estimate;
    readonly predictedMean: Estimate;
    /** Mean squared error on the learned poses. */
    readonly loss: number;
  }[];
  /** Correlation of y·f with theory's, over all pairs. */
  readonly correlation: number | null;
  readonly correlationPaper: number | null;
  /** Of the linearised network with y·f, over the pairs for which it was computed. */
  readonly correlationLinearised: number | null;
  /** Of the infinite network with y·f over the same pairs. */
  readonly correlationThere: number | null;
  /** [poses, predicted, measured, linearised] */
  readonly pairs: readonly (readonly [number, number, number, number | null])[];
}

export interface TrainedClassesSummary {
  readonly network: (typeof classNetworks)[number];
  readonly condition: Condition;
  readonly lacking: Estimate;
  readonly seen: Estimate;
  readonly othersLacking: Estimate;
  readonly othersSeen: Estimate;
  readonly loss: number;
}

type PosesEstimate = Readonly<Record<keyof Poses, Estimate>>;

export interface BridgeSummary {
  readonly runs: number;
  readonly infinite: { readonly predicted: PosesEstimate; readonly invariantShare: Estimate };
  readonly models: Readonly<
    Record<
      BridgeModel,
      {
        readonly predicted: PosesEstimate;
        readonly measured: PosesEstimate;
        readonly invariantShare: Estimate;
      }
    >
  >;
}

interface AnswerSummary {
  readonly predicted: PosesEstimate;
  readonly invariantShare: Estimate;
}

export interface RelaxationSummary {
  readonly theta: number;
  readonly before: AnswerSummary;
  readonly after: AnswerSummary;
  readonly measured: PosesEstimate;
}

export interface KernelsDocument {
  readonly settings: KernelsSettings;
  readonly verdict: string;
  readonly toy: readonly ToyRecord[];
  readonly cyclic: CyclicRecord | null;
  readonly spectra: readonly (SpectrumRecord & { readonly architecture: Architecture })[];
  readonly rotations: readonly Curve[];
  readonly shifts: readonly Curve[];
  /** Mean exact ε by pair of classes under rotations, of `mlp1` at 8 poses: [class][class]. */
  readonly classPairs: readonly (readonly (number | null)[])[];
  readonly classes: readonly ClassesSummary[];
  readonly trainedPairs: readonly TrainedPairsSummary[];
  readonly trainedClasses: readonly TrainedClassesSummary[];
  readonly bridge: BridgeSummary | null;
  /** One for each θ. */
  readonly relaxation: readonly RelaxationSummary[];
}

/** Parts that were not computed are empty. */
export function summarise(settings: KernelsSettings, records: Records): KernelsDocument {
  const parts = {
    settings,
    toy: recordsUnder<ToyRecord | CyclicRecord>(records, 'toy/').filter((r) => 'N' in r),
    cyclic: (records.get('toy/Z7') as CyclicRecord | undefined) ?? null,
    spectra: architectures.flatMap((architecture) => {
      const record = records.get(`spectra/${architecture}`) as SpectrumRecord | undefined;
      return record ? [{ architecture, ...record }] : [];
    }),
    rotations: curves(settings, records, 'rotations'),
    shifts: curves(settings, records, 'shifts'),
    classPairs: classPairs(recordsUnder<PairsRecord>(records, 'rotations/mlp1/8/')),
    classes: architectures.flatMap((a) => classesOf(settings, records, a)),
    trainedPairs: pairNetworks.flatMap((network) => trainedPairsOf(settings, records, network)),
    trainedClasses: classNetworks.flatMap((network) =>
      conditions.flatMap((condition) => trainedClassesOf(records, network, condition)),
    ),
    bridge: bridgeOf(recordsUnder<BridgeRecord>(records, 'bridge/')),
    relaxation: relaxationOf(recordsUnder<RelaxationRecord>(records, 'relaxation/')),
  };
  return { ...parts, verdict: verdict(parts) };
}

function curves(
  settings: KernelsSettings,
  records: Records,
  action: 'rotations' | 'shifts',
): Curve[] {
  return architectures.flatMap((architecture) => {
    const perPoses = Object.keys(settings[action][architecture])
      .map(Number)
      .map((poses) => ({
        poses,
        pairs: joined(recordsUnder<PairsRecord>(records, `${action}/${architecture}/${poses}/`)),
      }))
      .filter(({ pairs }) => pairs.exact.length > 0);
    if (perPoses.length === 0) return [];
    const points = perPoses.map(({ poses, pairs }) => point(poses, pairs));
    const all = joined(perPoses.map(({ pairs }) => pairs));
    const crossing = posesNeeded(
      points.map(({ poses, exact }) => ({ n: poses, exact: { mean: exact.mean } as never })),
      1,
    );
    const sample = perPoses.flatMap(({ poses, pairs }) =>
      pairs.exact.slice(0, 48).map((exact, i) => [poses, pairs.spectral[i]!, exact] as const),
    );
    return [
      { architecture, points, agreement: correlation(all.spectral, all.exact), crossing, sample },
    ];
  });
}

function joined(records: readonly PairsRecord[]): PairsRecord {
  const column = <K extends keyof PairsRecord>(key: K) =>
    records.flatMap((record) => record[key] as unknown[]) as unknown as PairsRecord[K];
  return {
    spectral: column('spectral'),
    exact: column('exact'),
    right: column('right'),
    lambdaN: column('lambdaN'),
    defect: column('defect'),
    lost: column('lost'),
    labels: column('labels'),
  };
}

function point(poses: number, { spectral, exact, right, defect }: PairsRecord): CurvePoint {
  return {
    poses,
    pairs: exact.length,
    spectral: estimate(spectral),
    exact: estimate(exact),
    right: estimate(right),
    defect: estimate(defect).mean,
    agreement: correlation(spectral, exact),
  };
}

function classPairs(records: readonly PairsRecord[]): (number | null)[][] {
  const { labels, exact } = joined(records);
  return Array.from({ length: 10 }, (_, a) =>
    Array.from({ length: 10 }, (_, b) => {
      const errors = exact.filter((_, i) => {
        const [x, y] = labels[i]!;
        return (x === a && y === b) || (x === b && y === a);
      });
      return errors.length > 0 ? estimate(errors).mean : null;
    }),
  );
}

function classesOf(
  { classes: { imagesPerClass, poses } }: KernelsSettings,
  records: Records,
  architecture: Architecture,
): ClassesSummary[] {
  const draws = recordsUnder<ClassesRecord>(records, `classes/${architecture}/`);
  if (draws.length === 0) return [];
  const accuracy = (key: Condition | 'eachPose') =>
    estimate(
      draws.map(({ [key]: confusion }) => {
        const right = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
        return right / confusion.flat().reduce((sum, count) => sum + count, 0);
      }),
    );
  const confusion = draws
    .map((draw) => draw.onlyUpright)
    .reduce((sum, one) => sum.map((row, c) => row.map((count, o) => count + one[c]![o]!)));
  return [
    {
      architecture,
      draws: draws.length,
      imagesPerClass,
      poses,
      accuracy: {
        lacksUpright: accuracy('lacksUpright'),
        onlyUpright: accuracy('onlyUpright'),
        eachPose: accuracy('eachPose'),
      },
      confusion,
    },
  ];
}

function trainedPairsOf(
  { trainedPairs }: KernelsSettings,
  records: Records,
  network: (typeof pairNetworks)[number],
): TrainedPairsSummary[] {
  const perPoses = trainedPairs.poses[network]
    .map((poses) => ({
      poses,
      pairs: recordsUnder<TrainedPairRecord>(records, `trained-pairs/${network}/${poses}/`),
    }))
    .filter(({ pairs }) => pairs.length > 0);
  if (perPoses.length === 0) return [];
  const all = perPoses.flatMap(({ pairs }) => pairs);
  const measured = all.map((pair) => pair.measured);
  const tangent = all.filter(({ linearised }) => linearised !== null);
  return [
    {
      network,
      points: perPoses.map(({ poses, pairs }) => ({
        poses,
        measured: share(pairs.map((pair) => pair.measured > 0)),
        predicted: share(pairs.map((pair) => pair.predicted > 0)),
        measuredMean: estimate(pairs.map((pair) => pair.measured)),
        predictedMean: estimate(pairs.map((pair) => pair.predicted)),
        loss: estimate(pairs.map((pair) => pair.loss)).mean,
      })),
      correlation: correlation(
        all.map((pair) => pair.predicted),
        measured,
      ),
      correlationPaper: correlation(
        all.map((pair) => pair.predictedPaper),
        measured,
      ),
      correlationLinearised: correlation(
        tangent.map((pair) => pair.linearised!),
        tangent.map((pair) => pair.measured),
      ),
      correlationThere: correlation(
        tangent.map((pair) => pair.predicted),
        tangent.map((pair) => pair.measured),
      ),
      pairs: perPoses.flatMap(({ poses, pairs }) =>
        pairs.map((p) => [poses, p.predicted, p.measured, p.linearised] as const),
      ),
    },
  ];
}

function trainedClassesOf(
  records: Records,
  network: (typeof classNetworks)[number],
  condition: Condition,
): TrainedClassesSummary[] {
  const runs = recordsUnder<TrainedClassesRecord>(
    records,
    `trained-classes/${network}/${condition}/`,
  );
  if (runs.length === 0) return [];
  const column = (key: 'lacking' | 'seen' | 'othersLacking' | 'othersSeen' | 'loss') =>
    estimate(runs.map((run) => run[key]));
  return [
    {
      network,
      condition,
      lacking: column('lacking'),
      seen: column('seen'),
      othersLacking: column('othersLacking'),
      othersSeen: column('othersSeen'),
      loss: column('loss').mean,
    },
  ];
}

const posesEstimate = (runs: readonly Poses[]): PosesEstimate => ({
  plain: estimate(runs.map(({ plain }) => plain)),
  moved: estimate(runs.map(({ moved }) => moved)),
});

function relaxationOf(runs: readonly RelaxationRecord[]): RelaxationSummary[] {
  if (runs.length === 0) return [];
  const answer = (answers: readonly Answer[]): AnswerSummary => ({
    predicted: posesEstimate(answers.map(({ predicted }) => predicted)),
    invariantShare: estimate(answers.map(({ invariantShare }) => invariantShare)),
  });
  return runs[0]!.map(({ theta }, t) => {
    const records = runs.map((run) => run[t]!);
    return {
      theta,
      before: answer(records.map(({ before }) => before)),
      after: answer(records.map(({ after }) => after)),
      measured: posesEstimate(records.map(({ measured }) => measured)),
    };
  });
}

function bridgeOf(runs: readonly BridgeRecord[]): BridgeSummary | null {
  if (runs.length === 0) return null;
  const poses = (of: (run: BridgeRecord) => Poses) => posesEstimate(runs.map(of));
  const models = Object.fromEntries(
    bridgeModels.map((name) => [
      name,
      {
        predicted: poses((run) => run[name].predicted),
        measured: poses((run) => run[name].measured),
        invariantShare: estimate(runs.map((run) => run[name].invariantShare)),
      },
    ]),
  ) as unknown as BridgeSummary['models'];
  return {
    runs: runs.length,
    infinite: {
      predicted: poses((run) => run.infinite.predicted),
      invariantShare: estimate(runs.map((run) => run.infinite.invariantShare)),
    },
    models,
  };
}

const percent = (value: number) => `${(100 * value).toFixed(0)} %`;

/** One sentence, from what was computed. */
function verdict(parts: Omit<KernelsDocument, 'verdict'>): string {
  const clauses: string[] = [];
  const agreements = parts.rotations.map(({ agreement }) => agreement ?? 0);
  if (agreements.length > 0) {
    clauses.push(
      `spectral and exact error of a left-out rotation agree (correlation ≥ ${Math.min(...agreements).toFixed(3)} for every architecture)`,
    );
  }
  const mlp = parts.rotations.find(({ architecture }) => architecture === 'mlp1');
  if (mlp) {
    const least = mlp.points[0]!.poses;
    clauses.push(
      mlp.crossing === null
        ? `a perceptron never has it right on average, up to ${mlp.points.at(-1)!.poses} poses`
        : mlp.crossing <= least
          ? `a perceptron has it right on average from ${least} poses on`
          : `a perceptron has it right on average only from about ${mlp.crossing.toFixed(1)} poses on`,
    );
  }
  const only = parts.trainedClasses.filter(({ condition }) => condition === 'onlyUpright');
  if (only.length > 0) {
    const shares = only.map(({ network, lacking, othersLacking }) => {
      return `${network.toUpperCase()} ${percent(lacking.mean)} (other classes ${percent(othersLacking.mean)})`;
    });
    const failing = only.every(
      ({ lacking, othersLacking }) => lacking.mean < othersLacking.mean / 2,
    );
    clauses.push(
      `trained networks ${failing ? 'hardly carry' : 'carry'} rotations over to a class that they only saw upright: in the other poses ${shares.join(', ')}`,
    );
  }
  const sentence = clauses.join('; ');
  return sentence === ''
    ? 'No verdict: the parts that were computed compare no networks; their tables are in the report.'
    : `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
}
