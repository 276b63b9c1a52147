import * as tf from '@tensorflow/tfjs';
import { VectorLeakyReLU, VectorLinear } from '@intertwiner/layers';
import { GatedSum, PairScalars, PairVectors } from './pairLayers.js';

export interface NBodyNetworkOptions {
  readonly particles: number;
  /** Vector channels. */
  readonly channels: number;
  /** Rounds of message passing. */
  readonly rounds: number;
  readonly seed: number;
  /** Prefix of the layers' names. */
  readonly name: string;
}

/**
 * Message passing with vector neurons: `vectors` [B, n, 3, 2] (position from the centroid, velocity)
 * and `charges` [B, n] → position at the later frame [B, n, 3, 1]. It commutes with O(3) and with
 * permutations of the particles.
 */
export function nBodyNetwork(options: NBodyNetworkOptions): tf.LayersModel {
  const { particles, channels, rounds, seed, name } = options;
  const vectors = tf.input({ shape: [particles, 3, 2], name: `${name}_vectors` });
  const charges = tf.input({ shape: [particles], name: `${name}_charges` });
  const apply = (layer: tf.layers.Layer, ...x: tf.SymbolicTensor[]) =>
    layer.apply(x.length === 1 ? x[0] : x) as tf.SymbolicTensor;
  const linear = (part: string, units: number) =>
    new VectorLinear({ units, name: `${name}_${part}`, seed });
  const bend = (part: string) => new VectorLeakyReLU({ name: `${name}_${part}_bend`, seed });
  const dense = (part: string, units: number, at: number) =>
    tf.layers.dense({
      units,
      name: `${name}_${part}`,
      ...(part.endsWith('hidden') ? { activation: 'tanh' as const } : {}),
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 100 + at }),
    });

  const scalars = apply(new PairScalars({ name: `${name}_scalars` }), vectors, charges);
  let h = apply(linear('embed', channels), vectors);
  for (let r = 0; r < rounds; r++) {
    const pairs = apply(new PairVectors({ name: `${name}_pairs${r}` }), h, charges);
    const message = apply(bend(`message${r}`), apply(linear(`message${r}`, channels), pairs));
    const hidden = apply(dense(`gate${r}_hidden`, 16, 2 * r), scalars);
    const gates = apply(dense(`gate${r}`, channels, 2 * r + 1), hidden);
    const sum = apply(new GatedSum({ name: `${name}_sum${r}` }), message, gates);
    const joined = apply(tf.layers.concatenate({ axis: -1, name: `${name}_join${r}` }), h, sum);
    const update = apply(bend(`update${r}`), apply(linear(`update${r}`, channels), joined));
    h = apply(tf.layers.add({ name: `${name}_skip${r}` }), h, update);
  }
  const last = apply(tf.layers.concatenate({ axis: -1, name: `${name}_last` }), vectors, h);
  const positions = apply(linear('positions', 1), last);
  return tf.model({ inputs: [vectors, charges], outputs: positions, name });
}
