/** The result of `clone` as the JSON document that scripts read. */
import { join } from 'node:path';
import type { ClassifierResult, CloneResult, CloningResult } from '@intertwiner/cloning';
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

type Model = 'teacher' | 'clone' | 'scratch' | 'wrongGroup';

export interface CloneDocument {
  readonly group: string;
  readonly task: string;
  readonly seed: number;
  readonly mode: string;
  readonly student: string;
  readonly data: string;
  readonly device: string;
  readonly accuracy: Readonly<
    Record<Model, { readonly plain: number; readonly transformed: number }>
  >;
  /** The best accuracy on moved digits that a strictly invariant network can have. */
  readonly invariantCap: number;
  readonly equivarianceError: Readonly<Record<Model, ErrorRecord>>;
  readonly stage1: StageOne;
  readonly stage2: Readonly<Record<Model, { readonly steps: number; readonly msPerStep: number }>>;
  readonly parameters: Readonly<Record<Model, number>>;
  readonly onnx: { readonly path: string; readonly parity: readonly Parity[] };
  readonly seconds: number;
  readonly config: RunConfig;
}

/** Both clones together: all steps, the larger error, the mean time; then each layer. */
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

function each<T>(result: CloningResult, pick: (model: ClassifierResult) => T): Record<Model, T> {
  const { teacher, clone, scratch, wrongGroup } = result;
  return {
    teacher: pick(teacher),
    clone: pick(clone),
    scratch: pick(scratch),
    wrongGroup: pick(wrongGroup),
  };
}

const pair = ({ mean, max }: EquivarianceReport): ErrorPair => ({ mean, max });

const errorRecord = ({ data, noise }: ClassifierResult['invariance']): ErrorRecord => ({
  ...pair(data),
  data: pair(data),
  noise: pair(noise),
});

function stageOne({ stage1 }: CloningResult): StageOne {
  const { clone } = stage1;
  const steps = clone.reduce((sum, layer) => sum + layer.steps, 0);
  const milliseconds = clone.reduce((sum, layer) => sum + layer.steps * layer.msPerStep, 0);
  return {
    steps,
    normalisedMse: Math.max(...clone.map(({ normalisedMse }) => normalisedMse)),
    msPerStep: milliseconds / steps,
    layers: clone.map(withoutLoss),
    wrongGroup: stage1.wrongGroup.map(withoutLoss),
  };
}

const withoutLoss = ({ loss: _, ...layer }: CloneResult): Omit<CloneResult, 'loss'> => layer;
