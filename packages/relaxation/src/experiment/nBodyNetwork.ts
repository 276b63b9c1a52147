import * as tf from '@tensorflow/tfjs';
import { particleSegnn, VectorLeakyReLU, VectorLinear } from '@intertwiner/layers';
import { apply } from './apply.js';
import { GatedDifferences, PairScalars, ParticleTensors } from './pairLayers.js';

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
 * and `charges` [B, n] → position at the later frame [B, n, 3, 1]. In every round the differences to the
 * other particles' vectors are summed with gates that depend on distance and charges, and mixed at the
 * nodes. It commutes with O(3) and with permutations of the particles.
 */
export const nBodyNetwork = (options: NBodyNetworkOptions): tf.LayersModel =>
  messagePassing(options, {
    spread: (vectors) => vectors,
    linear: (units, args) => new VectorLinear({ units, ...args }),
    bend: (args) => new VectorLeakyReLU(args),
    gather: (positions) => positions,
    spatial: 1,
  });

/**
 * The same messages between ordinary features: the coordinates are channels, mixed by dense layers. It
 * commutes with permutations alone.
 */
export const plainNBodyNetwork = (options: NBodyNetworkOptions): tf.LayersModel => {
  const { particles, name } = options;
  const reshape = (part: string, ...targetShape: number[]) =>
    tf.layers.reshape({ targetShape, name: `${name}_${part}` });
  return messagePassing(options, {
    spread: (vectors) => apply(reshape('spread', particles, 1, 6), vectors),
    linear: (units, { name: layer, seed }) =>
      tf.layers.dense({
        units,
        name: layer,
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + layer.length }),
      }),
    bend: ({ name: layer }) => tf.layers.leakyReLU({ alpha: 0.2, name: layer }),
    gather: (positions) => apply(reshape('gather', particles, 3, 1), positions),
    spatial: 3,
  });
};

/**
 * SEGNN (Brandstetter et al. 2022) with as many scalars as vectors, degree 1. Its layers that can be
 * relaxed are those at the nodes: embedding, updates and output, of which the paper relaxes the updates.
 */
export const steerableNBodyNetwork = (options: NBodyNetworkOptions): tf.LayersModel => {
  const { particles, channels, rounds, seed, name } = options;
  const inputs = [
    tf.input({ shape: [particles, 3, 2], name: `${name}_vectors` }),
    tf.input({ shape: [particles], name: `${name}_charges` }),
  ];
  const tensors = new ParticleTensors({ name: `${name}_tensors` }).apply(inputs);
  const segnn = particleSegnn({
    ...{ points: particles, channels, layers: rounds, seed, name: `${name}_segnn` },
  });
  const positions = apply(segnn, ...(tensors as tf.SymbolicTensor[]));
  const outputs = apply(
    tf.layers.reshape({ targetShape: [particles, 3, 1], name: `${name}_positions` }),
    positions,
  );
  return tf.model({ inputs, outputs, name });
};

interface LayerArgs {
  readonly name: string;
  readonly seed: number;
}

/** What the two networks differ in. */
interface Kind {
  readonly spread: (vectors: tf.SymbolicTensor) => tf.SymbolicTensor;
  readonly linear: (units: number, args: LayerArgs) => tf.layers.Layer;
  readonly bend: (args: LayerArgs) => tf.layers.Layer;
  readonly gather: (positions: tf.SymbolicTensor) => tf.SymbolicTensor;
  /** Features per channel. */
  readonly spatial: number;
}

/** Hidden units of the gates, and how many gates there are. */
const gates = { hidden: 16, kinds: 4 };

function messagePassing(
  { particles, channels, rounds, seed, name }: NBodyNetworkOptions,
  { spread, linear, bend, gather, spatial }: Kind,
): tf.LayersModel {
  const vectors = tf.input({ shape: [particles, 3, 2], name: `${name}_vectors` });
  const charges = tf.input({ shape: [particles], name: `${name}_charges` });
  const mixed = (part: string, units: number, x: tf.SymbolicTensor) =>
    apply(linear(units * spatial, { name: `${name}_${part}`, seed }), x);
  const bent = (part: string, x: tf.SymbolicTensor) =>
    apply(bend({ name: `${name}_${part}_bend`, seed }), mixed(part, channels, x));
  const dense = (part: string, units: number, at: number) =>
    tf.layers.dense({
      units,
      name: `${name}_${part}`,
      ...(part.endsWith('hidden') ? { activation: 'tanh' as const } : {}),
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 100 + at }),
    });

  const scalars = apply(new PairScalars({ name: `${name}_scalars` }), vectors, charges);
  const given = spread(vectors);
  let h = mixed('embed', channels, given);
  for (let r = 0; r < rounds; r++) {
    const message = bent(`message${r}`, h);
    const hidden = apply(dense(`gate${r}_hidden`, gates.hidden, 2 * r), scalars);
    const weights = apply(dense(`gate${r}`, gates.kinds, 2 * r + 1), hidden);
    const sums = apply(new GatedDifferences({ name: `${name}_sum${r}` }), message, weights);
    const joined = apply(tf.layers.concatenate({ axis: -1, name: `${name}_join${r}` }), h, sums);
    h = apply(tf.layers.add({ name: `${name}_skip${r}` }), h, bent(`update${r}`, joined));
  }
  const last = apply(tf.layers.concatenate({ axis: -1, name: `${name}_last` }), given, h);
  const positions = gather(mixed('positions', 1, last));
  return tf.model({ inputs: [vectors, charges], outputs: positions, name });
}
