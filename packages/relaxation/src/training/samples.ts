import type { InputSpec } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { RelaxationError } from '../errors.js';

/** Arrays by name; entry i of each belongs to sample i. */
export interface Samples {
  readonly count: number;
  readonly arrays: Readonly<Record<string, SampleArray>>;
}

export interface SampleArray {
  /** Shape of one sample. */
  readonly shape: readonly number[];
  /** count · ∏ shape elements. */
  readonly data: Float32Array;
}

/** @throws RelaxationError for an array of another length than its shape says. */
export function checkSamples(where: string, { count, arrays }: Samples): void {
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    const expected = count * sizeOf(shape);
    if (data.length === expected && count > 0) continue;
    throw new RelaxationError(
      where,
      `'${name}' has ${data.length} elements, expected ${count} samples of [${shape.join(', ')}].`,
    );
  }
}

/** The samples `from` up to `to`, without copying them. */
export function rowsOf({ arrays }: Samples, from: number, to: number): Samples {
  const rows = Object.entries(arrays).map(([name, { shape, data }]) => {
    const size = sizeOf(shape);
    return [name, { shape, data: data.subarray(from * size, to * size) }] as const;
  });
  return { count: to - from, arrays: Object.fromEntries(rows) };
}

/** The inputs of a program that takes `batchSize` samples. */
export const batchInputs = ({ arrays }: Samples, batchSize: number): InputSpec[] =>
  Object.entries(arrays).map(([name, { shape }]) => ({ name, shape: [batchSize, ...shape] }));

/** Writes the samples of a step, in an order that is new in every epoch and depends on the seed. */
export function batchFiller(
  { count, arrays }: Samples,
  batchSize: number,
  seed: number,
): (step: number, batch: Readonly<Record<string, ArrayLike<number>>>) => void {
  const stepsPerEpoch = Math.floor(count / batchSize);
  let known = { epoch: -1, order: new Uint32Array() as Uint32Array };
  return (step, batch) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (epoch !== known.epoch) {
      known = { epoch, order: random(seed, 'relaxation', 'epoch', epoch).permutation(count) };
    }
    const first = (step % stepsPerEpoch) * batchSize;
    for (const [name, { shape, data }] of Object.entries(arrays)) {
      const size = sizeOf(shape);
      const target = batch[name] as Float32Array;
      for (let i = 0; i < batchSize; i++) {
        const at = known.order[first + i] * size;
        target.set(data.subarray(at, at + size), i * size);
      }
    }
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, extent) => n * extent, 1);
