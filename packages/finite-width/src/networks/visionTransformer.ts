import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { drawnNetwork, type DrawnNetwork, type Parameter } from './network.js';

export interface VisionTransformerOptions {
  /** Height and width of the images, one channel. */
  readonly grid: readonly [number, number];
  /** Side of a patch; must divide the grid. Default 4. */
  readonly patch?: number;
  /** Numbers per token; default 32. */
  readonly width?: number;
  /** Must divide the width; default 2. */
  readonly heads?: number;
  /** Blocks of attention and MLP; default 2. */
  readonly depth?: number;
  /** Default 10. */
  readonly outputs?: number;
  readonly name?: string;
}

/**
 * A small vision transformer (Dosovitskiy et al. 2021): linear patch embedding, learned positions,
 * pre-norm blocks of self-attention and a ReLU MLP of twice the width, mean over tokens, readout.
 */
export function visionTransformer(
  options: VisionTransformerOptions,
  stream: RandomStream,
): DrawnNetwork {
  const { grid, patch = 4, width = 32, heads = 2, depth = 2, outputs = 10, name = 'vit' } = options;
  const [h, w] = grid;
  if (h % patch !== 0 || w % patch !== 0 || width % heads !== 0) {
    throw new RangeError(
      `visionTransformer: patch ${patch} must divide ${h} × ${w}, and ${heads} heads the width ${width}.`,
    );
  }
  const [rows, columns] = [h / patch, w / patch];
  const tokens = rows * columns;
  const matrix = (key: string, from: number, to: number, gain = 1): Parameter[] => [
    { name: key, shape: [from, to], deviation: Math.sqrt(gain / from) },
    { name: `${key}/b`, shape: [to], deviation: 0 },
  ];
  const blocks = Array.from({ length: depth }, (_, l) => `block${l}`);
  const parameters = [
    ...matrix('embed', patch ** 2, width),
    { name: 'positions', shape: [1, tokens, width], deviation: 0.5 },
    ...blocks.flatMap((key) => [
      ...matrix(`${key}/qkv`, width, 3 * width),
      ...matrix(`${key}/out`, width, width),
      ...matrix(`${key}/up`, width, 2 * width, 2),
      ...matrix(`${key}/down`, 2 * width, width),
    ]),
    ...matrix('readout', width, outputs),
  ];
  return drawnNetwork({ name, inputSize: h * w, outputs }, parameters, stream, (x, weights) => {
    const linear = (value: tf.Tensor, key: string): tf.Tensor => {
      const [from, to] = weights[key]!.shape as [number, number];
      const flat = value.reshape<tf.Tensor2D>([-1, from]).matMul<tf.Tensor2D>(weights[key]!);
      return flat.add(weights[`${key}/b`]!).reshape([-1, tokens, to]);
    };
    const patches = x
      .reshape([-1, rows, patch, columns, patch])
      .transpose([0, 1, 3, 2, 4])
      .reshape([-1, tokens, patch ** 2]);
    const embedded = linear(patches, 'embed').add(weights['positions']!);
    const encoded = blocks.reduce((value, key) => {
      const attended = attention(linear(normalised(value), `${key}/qkv`), tokens, width, heads);
      const mixed = value.add(linear(attended, `${key}/out`));
      return mixed.add(linear(linear(normalised(mixed), `${key}/up`).relu(), `${key}/down`));
    }, embedded);
    const mean = normalised(encoded).mean<tf.Tensor2D>(1);
    return mean.matMul<tf.Tensor2D>(weights['readout']!).add(weights['readout/b']!);
  });
}

/** Layer norm without gain or offset. */
function normalised(x: tf.Tensor): tf.Tensor {
  const centred = x.sub(x.mean(-1, true));
  return centred.div(centred.square().mean(-1, true).add(1e-5).sqrt());
}

/** Softmax attention of queries, keys and values that stand side by side: [B, T, 3·width]. */
function attention(qkv: tf.Tensor, tokens: number, width: number, heads: number): tf.Tensor {
  const size = width / heads;
  const split = qkv.reshape([-1, tokens, 3 * heads, size]).transpose([0, 2, 1, 3]);
  const part = (i: number) => split.slice([0, i * heads, 0, 0], [-1, heads, tokens, size]);
  const [q, k, v] = [part(0), part(1), part(2)];
  const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(size));
  return tf.matMul(tf.softmax(scores, -1), v).transpose([0, 2, 1, 3]).reshape([-1, tokens, width]);
}
