/** The networks of Satorras, Hoogeboom & Welling, E(n) Equivariant Graph Neural Networks, 2021. */
import * as tf from '@tensorflow/tfjs';
import { EgnnLayer } from '../graph/egnnLayer.js';
import { ParticleInputs } from '../graph/particleInputs.js';
import { scaledNormal } from '../init/heNormal.js';
import { applyWithWeights } from '../plain/plainConvertible.js';

export interface EgnnOptions {
  /** Number of points n. */
  readonly points: number;
  /** Invariant features per point F of the input. */
  readonly features: number;
  /** Dimension d of space, default 3. */
  readonly dimension?: number;
  /** Invariant features per edge E, default 0. */
  readonly edgeFeatures?: number;
  /** Whether points have velocities, default false. */
  readonly velocities?: boolean;
  /** Width of features and messages, default 64. */
  readonly units?: number;
  /** Rounds of message passing, default 4. */
  readonly layers?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Prefix of the layers' names, default `'egnn'`. */
  readonly name?: string;
}

/**
 * E(n)-equivariant network: features [B, n, F], positions [B, n, d], then, where asked for, velocities
 * [B, n, d] and edge features [B, n, n, E] → features [B, n, units], positions and velocities.
 *
 * A dense layer, then `layers` rounds of {@link EgnnLayer} with residual features. Features are
 * invariant, positions and velocities equivariant under motions and reflections of R^d, all under
 * permutations of the points.
 */
export function egnn(options: EgnnOptions): tf.LayersModel {
  const { points, features, dimension = 3, edgeFeatures = 0, velocities = false } = options;
  const { name = 'egnn' } = options;
  const input = (what: string, ...shape: number[]) =>
    tf.input({ shape: [points, ...shape], name: `${name}_${what}` });
  const state = [input('features', features), input('positions', dimension)];
  if (velocities) state.push(input('velocities', dimension));
  const edges = edgeFeatures > 0 ? [input('edges', points, edgeFeatures)] : [];
  const outputs = rounds(state, edges, options, name);
  return tf.model({ inputs: [...state, ...edges], outputs, name });
}

export interface ParticleEgnnOptions extends Pick<
  EgnnOptions,
  'points' | 'units' | 'layers' | 'seed' | 'name'
> {}

/**
 * The EGNN of the N-body task (Satorras et al. 2021, section 5.1): positions [B, n, 3], velocities
 * [B, n, 3] and charges [B, n, 1] → later positions [B, n, 3]. Features are the speeds |v|, edge
 * features the products of charges. Defaults: 4 rounds of width 64, as published.
 */
export function particleEgnn(options: ParticleEgnnOptions): tf.LayersModel {
  const { points, name = 'egnn' } = options;
  const inputs = particleTensors(points, name);
  const derive = new ParticleInputs({ name: `${name}_derive` });
  const [, speeds, products] = derive.apply(inputs) as tf.SymbolicTensor[];
  const state = [speeds, inputs[0], inputs[1]];
  const [, positions] = rounds(state, [products], { ...options, edgeFeatures: 1 }, name);
  return tf.model({ inputs, outputs: positions, name });
}

/** The inputs of a network for charged particles. */
export function particleTensors(points: number, name: string): tf.SymbolicTensor[] {
  return [
    tf.input({ shape: [points, 3], name: `${name}_positions` }),
    tf.input({ shape: [points, 3], name: `${name}_velocities` }),
    tf.input({ shape: [points, 1], name: `${name}_charges` }),
  ];
}

function rounds(
  [features, ...vectors]: tf.SymbolicTensor[],
  edges: tf.SymbolicTensor[],
  options: Pick<EgnnOptions, 'units' | 'layers' | 'seed' | 'edgeFeatures'>,
  name: string,
): tf.SymbolicTensor[] {
  const { units = 64, layers = 4, seed = 0, edgeFeatures = 0 } = options;
  const width = features.shape.at(-1)!;
  const embedding = tf.layers.dense({ units, name: `${name}_embed` });
  const start = scaledNormal(width, 1, seed, `${name}_embed`).apply([width, units]);
  let state = [applyWithWeights(embedding, [start, tf.zeros([units])], features), ...vectors];
  for (let round = 0; round < layers; round++) {
    const layer = new EgnnLayer({ units, edgeFeatures, seed, name: `${name}_${round}` });
    state = layer.apply([...state, ...edges]) as tf.SymbolicTensor[];
  }
  return state;
}
