/** Training data as arrays, in an order that is new in every epoch. */
import type { StepBatch } from '@intertwiner/engine';
import type { InputSpec } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';

/** One value per sample: entry i of `data` belongs to sample i. */
export interface SampleArray {
  /** Shape of one sample. */
  readonly shape: readonly number[];
  /** count · ∏ shape elements. */
  readonly data: Float32Array;
}

/** Arrays by the names of a program's inputs, all of the same number of samples. */
export interface Samples {
  readonly count: number;
  readonly arrays: Readonly<Record<string, SampleArray>>;
}

/** The inputs of a program that takes `batch` samples. */
export const batchInputs = ({ arrays }: Samples, batch: number): InputSpec[] =>
  Object.entries(arrays).map(([name, { shape }]) => ({ name, shape: [batch, ...shape] }));

/** The samples from `first` on, up to `end`. */
export const sliceSamples = ({ arrays }: Samples, first: number, end: number): Samples => ({
  count: end - first,
  arrays: Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => {
      const size = sizeOf(shape);
      return [name, { shape, data: data.subarray(first * size, end * size) }];
    }),
  ),
});

/** Writes the samples of a step. What does not fill a batch at the end of an epoch is left out of it. */
export function batchFiller(
  { count, arrays }: Samples,
  batch: number,
  seed: number,
): (step: number, target: StepBatch) => void {
  const perEpoch = stepsPerEpoch(count, batch);
  let [epoch, order] = [-1, new Uint32Array() as Uint32Array];
  return (step, target) => {
    const now = Math.floor(step / perEpoch);
    if (now !== epoch) [epoch, order] = [now, random(seed, 'epoch', now).permutation(count)];
    const first = (step % perEpoch) * batch;
    for (const [name, { shape, data }] of Object.entries(arrays)) {
      const size = sizeOf(shape);
      for (let i = 0; i < batch; i++) {
        const from = order[first + i]! * size;
        target[name]!.set(data.subarray(from, from + size), i * size);
      }
    }
  };
}

export const stepsPerEpoch = (count: number, batch: number): number => Math.floor(count / batch);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, k) => n * k, 1);
