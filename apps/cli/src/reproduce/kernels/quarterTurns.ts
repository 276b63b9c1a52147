/**
 * What the bridges ask: digits are learned upright and asked about in all four quarter turns, by
 * kernel regression, and how invariant is the kernel?
 */
import { type ImageSet, type Task } from '@intertwiner/cloning';
import { empiricalNtk, type Network } from '@intertwiner/finite-width';
import { asFiniteGroup, group as parseGroup } from '@intertwiner/groups';
import { holdoutErrors, invariantShare } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from './data.js';

/** Accuracy upright, and in all four poses. */
export interface Poses {
  readonly plain: number;
  readonly moved: number;
}

/** What a kernel says. */
export interface Answer {
  /** Accuracy of kernel regression from few upright digits. */
  readonly predicted: Poses;
  /** {@link invariantShare}: 1 = invariant, 0.25 = poses have nothing in common. */
  readonly invariantShare: number;
}

export const classes = 10;
export const group = asFiniteGroup(parseGroup('C4'));

/** Rows: `known` upright digits to learn from; then `asked` digits in each of the four poses. */
export interface KernelSample {
  readonly x: Float32Array;
  readonly count: number;
  readonly known: number;
  readonly asked: number;
  /** Labels of the known rows, then of the asked digits. */
  readonly labels: Uint8Array;
}

export function kernelSample(
  task: Task,
  learned: ImageSet,
  held: ImageSet,
  known: number,
  asked: number,
): KernelSample {
  const d = learned.size ** 2;
  const { order } = task.group;
  const count = known + asked * order;
  const x = new Float32Array(count * d);
  x.set(learned.images.subarray(0, known * d));
  for (let g = 0; g < order; g++) {
    x.set(inPose(held.images.subarray(0, asked * d), task.permutation(g)), (known + g * asked) * d);
  }
  standardise(x, d);
  const labels = Uint8Array.from([
    ...learned.labels.subarray(0, known),
    ...held.labels.subarray(0, asked),
  ]);
  return { x, count, known, asked, labels };
}

/** Digits with their pixels moved. */
export function inPose(images: Float32Array, permutation: ArrayLike<number>): Float32Array {
  const d = permutation.length;
  return images.map((_, at) => images[at - (at % d) + permutation[at % d]!]!);
}

/** As the networks do first: zero mean and unit variance for every digit of d pixels. */
export function standardise(images: Float32Array, d: number): void {
  for (let at = 0; at < images.length; at += d) {
    const row = images.subarray(at, at + d);
    const mean = row.reduce((sum, v) => sum + v, 0) / d;
    const square = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d;
    for (let p = 0; p < d; p++) row[p] = (row[p]! - mean) / Math.sqrt(square);
  }
}

/** Kernel regression from the upright digits, and how invariant the kernel is on the asked ones. */
export function ask(ntk: Float64Array, { count, known, asked, labels }: KernelSample): Answer {
  const oneHot = new Float64Array(count * classes).fill(-1 / classes);
  for (let i = 0; i < known; i++) oneHot[i * classes + labels[i]!]! += 1;
  const heldOut = Array.from({ length: count - known }, (_, i) => known + i);
  let trace = 0;
  for (let i = 0; i < count; i++) trace += ntk[i * count + i]!;
  // Float32 Jacobians: their products have seven digits.
  const ridge = (1e-4 * trace) / count;
  const residuals = holdoutErrors(ntk, oneHot, heldOut, ridge);
  const right = heldOut.map((row, at) => {
    const scores = Array.from(
      { length: classes },
      (_, c) => oneHot[row * classes + c]! - residuals[at * classes + c]!,
    );
    return scores.indexOf(Math.max(...scores)) === labels[known + (at % asked)]! ? 1 : 0;
  });
  const share = (rows: readonly number[]) =>
    rows.reduce((sum: number, r) => sum + r, 0) / rows.length;
  const block = Float64Array.from(heldOut.flatMap((i) => heldOut.map((j) => ntk[i * count + j]!)));
  return {
    predicted: { plain: share(right.slice(0, asked)), moved: share(right) },
    invariantShare: invariantShare(block, heldOut.length / asked),
  };
}

/** The NTK of one seeded combination of the logits, by all of a network's variables. */
export async function kernelOfLogits(
  network: Pick<Network, 'name' | 'inputSize' | 'variables' | 'apply'>,
  { x, count }: KernelSample,
  seed: number,
): Promise<Float64Array> {
  const direction = random(seed, 'direction').fillNormal(new Float32Array(classes));
  const { name, inputSize, variables } = network;
  const combined: Network = {
    ...{ name, inputSize, variables, outputs: 1 },
    apply: (input) => network.apply(input).mul(direction).sum(1, true) as tf.Tensor2D,
    dispose() {},
  };
  return empiricalNtk(combined, x, count);
}

/** Seeded disjoint sets of digits, values as they are. */
export function split(images: Images, train: number, test: number, seed: number) {
  const d = images.side ** 2;
  const order = random(seed, 'bridge', 'split').permutation(images.count);
  const take = (from: number, count: number): ImageSet => {
    const rows = Array.from(order.subarray(from, from + count));
    const pixels = new Float32Array(rows.length * d);
    rows.forEach((row, i) => pixels.set(images.images.subarray(row * d, (row + 1) * d), i * d));
    return {
      images: pixels,
      labels: Uint8Array.from(rows, (row) => images.labels[row]!),
      size: images.side,
    };
  };
  const learned = Math.min(train, Math.floor((images.count * train) / (train + test)));
  return { learned: take(0, learned), held: take(learned, Math.min(test, images.count - learned)) };
}
