/**
 * How much of a measured error float32 rounding explains. tfjs has no float64 to compare with, so the
 * function is run again with every operation's result disturbed by as much as its rounding may be, and
 * the spread of the results is what rounding can do (Monte-Carlo arithmetic: Parker, 1997).
 *
 * The disturbance of a sum of K products is u·√K of the size of the results, u = 2⁻²⁴, the bound that
 * independent roundings keep with high probability (Higham & Mary, A New Approach to Probabilistic
 * Rounding Error Analysis, 2019); that of any other arithmetic u of each result; of moves of data none.
 */
import * as tf from '@tensorflow/tfjs';
import { random, type RandomStream } from '@intertwiner/random';
import { interceptKernels } from './kernels.js';
import { mean, ratio, sampleNorms } from './sampling.js';

/** The unit roundoff of float32. */
const unit = 2 ** -24;

/** Operations that only move data. */
const moves = new Set([
  'BroadcastTo',
  'Cast',
  'Concat',
  'ExpandDims',
  'GatherNd',
  'GatherV2',
  'Identity',
  'MirrorPad',
  'Pack',
  'PadV2',
  'Reshape',
  'Reverse',
  'Slice',
  'SplitV',
  'StridedSlice',
  'Tile',
  'Transpose',
  'Unpack',
]);

/** Operations that sum, and how many terms: from the sizes of inputs and output. */
const sums: Record<string, (inputs: Record<string, tf.Tensor>, y: tf.Tensor) => number> = {
  BatchMatMul: products,
  _FusedMatMul: products,
  Conv2D: ({ filter }) => filter.size / filter.shape.at(-1)!,
  FusedConv2D: ({ filter }) => filter.size / filter.shape.at(-1)!,
  DepthwiseConv2dNative: ({ filter }) => filter.shape[0]! * filter.shape[1]!,
  FusedDepthwiseConv2D: ({ filter }) => filter.shape[0]! * filter.shape[1]!,
  Conv2DBackpropInput: ({ filter }) => filter.size / filter.shape.at(-2)!,
  Sum: ({ x }, y) => x.size / y.size,
  Mean: ({ x }, y) => x.size / y.size,
  AvgPool: ({ x }, y) => x.size / y.size,
};

/** The number K of [M, K]·[K, N] is √(MK·KN/MN). */
function products({ a, b }: Record<string, tf.Tensor>, y: tf.Tensor): number {
  return Math.sqrt((a.size * b.size) / y.size);
}

/**
 * The mean over the samples of ‖f̃(x) − f(x)‖ / ‖f(x)‖, f̃ being f with disturbed operations: the
 * relative error that float32 rounding gives f at x.
 *
 * @param f synchronous.
 * @param draws how often f̃ is evaluated.
 */
export async function roundingLevel(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { seed = 0, draws = 4 }: { readonly seed?: number | undefined; readonly draws?: number } = {},
): Promise<number> {
  const stream = random(seed, 'measure', 'rounding');
  const levels = tf.tidy(() => {
    const y = f(x);
    const disturbed = Array.from({ length: draws }, () => {
      const other = withDisturbance(stream, () => f(x));
      return ratio(sampleNorms(tf.sub(other, y)), sampleNorms(y));
    });
    return tf.stack(disturbed);
  });
  try {
    return mean([...(await levels.data<'float32'>())]);
  } finally {
    levels.dispose();
  }
}

/** Runs `f` with every operation's result disturbed. */
function withDisturbance<T>(stream: RandomStream, f: () => T): T {
  return interceptKernels(({ name, inputs, result }) => {
    if (moves.has(name)) return result;
    const disturb = (y: tf.Tensor) => disturbed(y, name, inputs, stream);
    return Array.isArray(result) ? result.map(disturb) : disturb(result);
  }, f);
}

function disturbed(
  y: tf.Tensor,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  stream: RandomStream,
): tf.Tensor {
  if (y.dtype !== 'float32') return y;
  const noise = tf.tensor(
    stream.fillNormal(new Float32Array(y.size), unit / Math.sqrt(3)),
    y.shape,
  );
  const terms = sums[name]?.(inputs as Record<string, tf.Tensor>, y);
  if (terms === undefined) return tf.add(y, tf.mul(y, noise));
  const size = tf.sqrt(tf.mean(tf.square(y)));
  return tf.add(y, tf.mul(noise, tf.mul(size, Math.sqrt(terms))));
}
