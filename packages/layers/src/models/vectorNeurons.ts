/**
 * The classifiers of Deng et al., Vector Neurons: A General Framework for SO(3)-Equivariant Networks,
 * 2021: VN-PointNet and VN-DGCNN.
 */
import * as tf from '@tensorflow/tfjs';
import { SetPool } from '../sets/setPool.js';
import { VectorBatchNormalization } from '../vector/vectorBatchNormalization.js';
import { VectorInvariants } from '../vector/vectorInvariants.js';
import { VectorLeakyReLU } from '../vector/vectorLeakyReLU.js';
import { vectorGain, VectorLinear } from '../vector/vectorLinear.js';
import { VectorNeighbours } from '../vector/vectorNeighbours.js';
import { VectorPool } from '../vector/vectorPool.js';
import type { PoolMode } from '../pooling/reduction.js';
import { heNormal } from '../init/heNormal.js';
import { applyWithWeights } from '../plain/plainConvertible.js';

export interface VectorNetworkOptions {
  /** Number of points n. */
  readonly points: number;
  /** Number of classes: units of the output, logits. */
  readonly classes: number;
  /** Nearest points k of a point's graph, default 20. */
  readonly neighbours?: number;
  /** Vector channels of the layers, one after the other. */
  readonly channels?: readonly number[];
  /** Width of the invariant head's hidden layer, default 64. */
  readonly head?: number;
  /** How vectors are pooled over neighbours and points, default `'mean'`. */
  readonly pool?: PoolMode;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Prefix of the layers' names, default `'vn'`. */
  readonly name?: string;
}

/** What builds the layers of one network, each with a name and seed of its own. */
interface Parts {
  readonly linear: (x: tf.SymbolicTensor, units: number) => tf.SymbolicTensor;
  readonly pool: (x: tf.SymbolicTensor, size?: number) => tf.SymbolicTensor;
  readonly neighbours: (x: tf.SymbolicTensor, cross: boolean) => tf.SymbolicTensor;
  readonly concat: (...xs: tf.SymbolicTensor[]) => tf.SymbolicTensor;
  readonly spread: (x: tf.SymbolicTensor) => tf.SymbolicTensor;
  readonly head: (x: tf.SymbolicTensor) => tf.SymbolicTensor;
}

/**
 * VN-PointNet: points [B, n, 3] → logits [B, classes], invariant under rotations and permutations, and
 * under translations if the cloud is centred before. Edges to the nearest points (with cross products)
 * are mixed and pooled to vectors of every point; vector layers follow, the last joined with the mean of
 * all points; the head takes invariants of each point, their mean, and two dense layers.
 *
 * @param options `channels` default [21, 21, 42].
 */
export function vnPointNet(options: VectorNetworkOptions): tf.LayersModel {
  const { points, channels = [21, 21, 42], neighbours = 20, name = 'vn' } = options;
  const parts = partsOf(options, name);
  const input = tf.input({ shape: [points, 3], name: `${name}_points` });
  const vectors = asVectors(input, points, name);
  const edges = parts.linear(parts.neighbours(vectors, true), channels[0]);
  const features = channels
    .slice(1)
    .reduce((x, units) => parts.linear(x, units), parts.pool(edges, neighbours));
  const both = parts.concat(features, parts.spread(parts.pool(features)));
  return tf.model({ inputs: input, outputs: parts.head(both), name });
}

/**
 * VN-DGCNN: points [B, n, 3] → logits [B, classes], invariant under rotations and reflections and under
 * permutations, and under translations if the cloud is centred before. Every layer mixes the edges to
 * the points that are nearest by its own input and pools over them; all layers' vectors together are
 * mixed once more; the head is that of {@link vnPointNet}.
 *
 * @param options `channels` default [21, 21, 42, 85].
 */
export function vnDgcnn(options: VectorNetworkOptions): tf.LayersModel {
  const { points, channels = [21, 21, 42, 85], neighbours = 20, name = 'vn' } = options;
  const parts = partsOf(options, name);
  const input = tf.input({ shape: [points, 3], name: `${name}_points` });
  let x = asVectors(input, points, name);
  const features = channels.map((units) => {
    x = parts.pool(parts.linear(parts.neighbours(x, false), units), neighbours);
    return x;
  });
  const mixed = parts.linear(parts.concat(...features), channels.at(-1)!);
  const both = parts.concat(mixed, parts.spread(parts.pool(mixed)));
  return tf.model({ inputs: input, outputs: parts.head(both), name });
}

function asVectors(input: tf.SymbolicTensor, points: number, name: string): tf.SymbolicTensor {
  const targetShape = [points, 3, 1];
  return tf.layers
    .reshape({ targetShape, name: `${name}_vectors` })
    .apply(input) as tf.SymbolicTensor;
}

function partsOf(options: VectorNetworkOptions, name: string): Parts {
  const { points, classes, neighbours = 20, head = 64, pool = 'mean', seed = 0 } = options;
  let count = 0;
  const next = (part: string) => `${name}_${part}${count++}`;
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const linear = (x: tf.SymbolicTensor, units: number) => {
    const mixed = apply(
      new VectorLinear({ units, gain: vectorGain(3), seed, name: next('linear') }),
      x,
    );
    const normal = apply(new VectorBatchNormalization({ name: next('normal') }), mixed);
    return apply(new VectorLeakyReLU({ seed, name: next('bend') }), normal);
  };
  const dense = (x: tf.SymbolicTensor, units: number) => {
    const layer = tf.layers.dense({ units, name: next('dense') });
    const [width] = x.shape.slice(-1) as [number];
    const kernel = heNormal(width, seed, layer.name).apply([width, units]);
    return applyWithWeights(layer, [kernel, tf.zeros([units])], x);
  };
  return {
    linear,
    pool: (x, size) =>
      apply(new VectorPool({ mode: pool, seed, name: next('pool'), ...(size && { size }) }), x),
    neighbours: (x, cross) =>
      apply(new VectorNeighbours({ neighbours, cross, name: next('neighbours') }), x),
    concat: (...xs) => apply(tf.layers.concatenate({ axis: -1, name: next('join') }), xs),
    // [B, 3, C] repeated for every point.
    spread: (x) => {
      const [, d, channels] = x.shape as [null, number, number];
      const flat = apply(tf.layers.flatten({ name: next('flat') }), x);
      const repeated = apply(tf.layers.repeatVector({ n: points, name: next('repeat') }), flat);
      const targetShape = [points, d, channels];
      return apply(tf.layers.reshape({ targetShape, name: next('shape') }), repeated);
    },
    head: (x) => {
      const invariants = apply(new VectorInvariants({ seed, name: next('invariants') }), x);
      const pooled = apply(new SetPool({ name: next('mean') }), invariants);
      const hidden = apply(tf.layers.reLU({ name: next('relu') }), dense(pooled, head));
      return dense(hidden, classes);
    },
  };
}
