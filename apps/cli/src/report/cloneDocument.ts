/** The result of `clone` as the JSON document that scripts read. */
import { join } from 'node:path';
import type { ArmName, ClassifierResult, CloneResult, CloningResult } from '@intertwiner/cloning';
import type { Device } from '@intertwiner/engine';
import type { EquivarianceReport } from '@intertwiner/layers';
import type { RunConfig } from '../verbs/cloneConfig.js';

export interface Parity {
  readonly device: Device;
  readonly maxAbsDiff: number;
  readonly maxRelDiff: number;
}

/** A mean and a largest error. */
export interface ErrorPair {
  readonly mean: number;
  readonly max: number;
}

/** Errors on digits (also as `mean` and `max` themselves) and on Gaussian noise. */
export interface ErrorRecord extends ErrorPair {
  readonly data: ErrorPair;
  readonly noise: ErrorPair;
}

/** A value for each arm of the run. */
type PerArm<T> = Readonly<Partial<Record<ArmName, T>>>;

export interface CloneDocument {
  readonly group: string;
  readonly task: string;
  readonly seed: number;
  readonly mode: string;
  readonly student: string;
  readonly data: string;
  readonly device: string;
  readonly accuracy: PerArm<{ readonly plain: number; readonly transformed: number }>;
  /** The best accuracy on moved digits that a strictly invariant network can have. */
  readonly invariantCap: number;
  readonly equivarianceError: PerArm<ErrorRecord>;
  readonly stage1: StageOne;
  readonly stage2: PerArm<{ readonly steps: number; readonly msPerStep: number }>;
  readonly parameters: PerArm<number>;
  readonly onnx: { readonly path: string; readonly parity: readonly Parity[] };
  readonly seconds: number;
  readonly config: RunConfig;
}

/** Both clones of the first cloned arm together: all steps, the larger error, the mean time; then each layer. */
interface StageOne {
  readonly steps: number;
  readonly normalisedMse: number;
  readonly msPerStep: number;
  readonly layers: readonly Omit<CloneResult, 'loss'>[];
  readonly wrongGroup: readonly Omit<CloneResult, 'loss'>[];
}

export interface DocumentParts {
  readonly config: RunConfig;
  readonly data: string;
  readonly device: string;
  readonly result: CloningResult;
  readonly parity: readonly Parity[];
  readonly out: string;
  readonly seconds: number;
}

export function cloneDocument(parts: DocumentParts): CloneDocument {
  const { config, data, device, result, parity, out, seconds } = parts;
  const { group, task, seed, mode, student } = config;
  return {
    group,
    task,
    seed,
    mode,
    student,
    data,
    device,
    accuracy: each(result, ({ accuracy: { plain, transformed } }) => ({ plain, transformed })),
    invariantCap: result.invariantCap,
    equivarianceError: each(result, ({ invariance }) => errorRecord(invariance)),
    stage1: stageOne(result),
    stage2: each(result, ({ steps, msPerStep }) => ({ steps, msPerStep })),
    parameters: each(result, ({ parameters }) => parameters),
    onnx: { path: join(out, 'student.onnx'), parity },
    seconds,
    config,
  };
}

const each = <T>({ arms }: CloningResult, pick: (arm: ClassifierResult) => T): PerArm<T> =>
  Object.fromEntries(Object.entries(arms).map(([name, arm]) => [name, pick(arm)]));

const pair = ({ mean, max }: EquivarianceReport): ErrorPair => ({ mean, max });

const errorRecord = ({ data, noise }: ClassifierResult['invariance']): ErrorRecord => ({
  ...pair(data),
  data: pair(data),
  noise: pair(noise),
});

function stageOne({ arms }: CloningResult): StageOne {
  const first = arms.clone ?? Object.values(arms).find(({ stage1 }) => stage1);
  const layers = first?.stage1 ?? [];
  const steps = layers.reduce((sum, layer) => sum + layer.steps, 0);
  const milliseconds = layers.reduce((sum, layer) => sum + layer.steps * layer.msPerStep, 0);
  return {
    steps,
    normalisedMse: Math.max(...layers.map(({ normalisedMse }) => normalisedMse)),
    msPerStep: milliseconds / steps,
    layers: layers.map(withoutLoss),
    wrongGroup: (arms.wrongGroup?.stage1 ?? []).map(withoutLoss),
  };
}

const withoutLoss = ({ loss: _, ...layer }: CloneResult): Omit<CloneResult, 'loss'> => layer;
