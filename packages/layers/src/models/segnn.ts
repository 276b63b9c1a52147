/**
 * The networks of Brandstetter, Hesselink, van der Pol, Bekkers & Welling, Geometric and Physical
 * Quantities Improve E(3) Equivariant Message Passing, 2022 (SEGNN).
 */
import * as tf from '@tensorflow/tfjs';
import { group, natural } from '@intertwiner/groups';
import { describeType, fieldType, joinTypes, type FieldType } from '../field/fieldType.js';
import { harmonicsType, type RotationGroupName } from '../field/rotationIrreps.js';
import { LayerError } from '../errors.js';
import { ParticleInputs, particleType } from '../graph/particleInputs.js';
import { SteerableGeometry } from '../graph/steerableGeometry.js';
import { SteerableMessages } from '../graph/steerableMessages.js';
import { FullyConnectedTensorProduct } from '../linear/fullyConnectedTensorProduct.js';
import { GatedActivation, gatedType } from '../nonlinearity/gatedActivation.js';
import { RadialBasis, type RadialBasisArgs } from '../rotations/radialBasis.js';
import { particleTensors } from './egnn.js';

/**
 * Variance of the gated products at the start, for white inputs. Theirs are not white: features become
 * aligned with the attributes, which products with the same attributes then amplify, and distances are
 * of any size. With 1, features grow through the rounds and the first gradients are hundreds of times
 * too large; with a third, which is the variance of the published code's uniform weights, neither.
 */
const productGain = 1 / 3;
/** Variance that all rounds together add to the features at the start, in units of their updates'. */
const residualGain = 0.2;
/** Variance of the displacements at the start: the particles hardly move. */
const displacementGain = 0.01 * productGain;

export interface SteerableNetworkOptions {
  /** Number of points n. */
  readonly points: number;
  /** Largest degree of the harmonics that products are conditioned on, default 1. */
  readonly degree?: number;
  /** Largest degree of the hidden features, default 1. */
  readonly hiddenDegree?: number;
  /** Channels of each degree of the hidden features, default 32. */
  readonly channels?: number;
  /** Rounds of message passing, default 4. */
  readonly layers?: number;
  /** Distances as so many radial functions up to a cutoff, instead of as they are. */
  readonly radialBasis?: Pick<RadialBasisArgs, 'size' | 'cutoff' | 'kind'>;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Prefix of the layers' names, default `'segnn'`. */
  readonly name?: string;
}

export interface SegnnOptions extends SteerableNetworkOptions {
  /** Field type of the points' features, of SO(3) or O(3). */
  readonly input: FieldType;
  /** Field type of the output. */
  readonly output: FieldType;
  /** Whether points have velocities, on which their updates are conditioned; default false. */
  readonly velocities?: boolean;
  /** Invariant features per edge, beside the distance; default 0. */
  readonly edgeScalars?: number;
}

/**
 * Steerable E(3)-equivariant network: features [B, n, input.size], positions [B, n, 3], then, where
 * asked for, velocities [B, n, 3] and invariants of edges [B, n, n, edgeScalars] →
 * [B, n, output.size]. Equivariant under rotations (and reflections for O(3)) and permutations,
 * invariant under translations.
 *
 * Every linear layer is a {@link FullyConnectedTensorProduct} with spherical harmonics: of the edge
 * for messages ({@link SteerableMessages}), of the mean edge and the velocity at the points.
 *
 * @throws {LayerError} if the types are not of one group SO(3) or O(3).
 */
export function segnn(options: SegnnOptions): tf.LayersModel {
  const { points, input, velocities = false, edgeScalars = 0, name = 'segnn' } = options;
  const tensor = (what: string, ...shape: number[]) =>
    tf.input({ shape: [points, ...shape], name: `${name}_${what}` });
  const [features, x] = [tensor('features', input.size), tensor('positions', 3)];
  const v = velocities ? [tensor('velocities', 3)] : [];
  const edges = edgeScalars > 0 ? [tensor('edges', points, edgeScalars)] : [];
  const outputs = steerableRounds({ features, geometry: [x, ...v], edges }, options, name);
  return tf.model({ inputs: [features, x, ...v, ...edges], outputs, name });
}

/**
 * The SEGNN of the N-body task (Brandstetter et al. 2022, section 4.1): positions [B, n, 3],
 * velocities [B, n, 3] and charges [B, n, 1] → later positions [B, n, 3], as a displacement added to
 * the given ones. Features are position from the centroid, velocity and speed; edges carry distances
 * and products of charges. By default 4 rounds of 32 scalars and 32 vectors, degree 1, which has the
 * weights of the published "64 features".
 */
export function particleSegnn(options: SteerableNetworkOptions): tf.LayersModel {
  const { points, name = 'segnn' } = options;
  const inputs = particleTensors(points, name);
  const derive = new ParticleInputs({ name: `${name}_derive` });
  const [features, , products] = derive.apply(inputs) as tf.SymbolicTensor[];
  const output = fieldType([natural(group('O(3)')), 1]);
  const geometry = [inputs[0], inputs[1]];
  const displacement = steerableRounds(
    { features, geometry, edges: [products] },
    { ...options, input: particleType(), output, outputGain: displacementGain },
    name,
  );
  const add = tf.layers.add({ name: `${name}_move` });
  const outputs = add.apply([inputs[0], displacement]) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs, name });
}

interface SteerableInputs {
  readonly features: tf.SymbolicTensor;
  /** Positions and maybe velocities. */
  readonly geometry: tf.SymbolicTensor[];
  /** Invariants of the edges, at most one tensor. */
  readonly edges: tf.SymbolicTensor[];
}

function steerableRounds(
  { features, geometry, edges }: SteerableInputs,
  options: SteerableNetworkOptions &
    Pick<SegnnOptions, 'input' | 'output'> & { readonly outputGain?: number },
  name: string,
): tf.SymbolicTensor {
  const { input, output, degree = 1, hiddenDegree = 1, channels = 32 } = options;
  const { layers = 4, seed = 0, outputGain = 1 } = options;
  const rotations = rotationGroup(input, output, name);
  const hidden = harmonicsType(rotations, hiddenDegree, channels);
  const geometryLayer = new SteerableGeometry({
    degree,
    group: rotations,
    name: `${name}_geometry`,
  });
  const { attributeType } = geometryLayer;
  const [directions, nodes, distances] = geometryLayer.apply(geometry) as tf.SymbolicTensor[];
  const { radialBasis } = options;
  const radial = radialBasis
    ? (new RadialBasis({ ...radialBasis, name: `${name}_radial` }).apply(
        distances,
      ) as tf.SymbolicTensor)
    : distances;
  const invariants = edges.length === 0 ? radial : concat(`${name}_invariants`, radial, ...edges);
  /** A product with the attributes of the points. */
  const product = (part: string, left: FieldType, out: FieldType, x: tf.SymbolicTensor, gain = 1) =>
    new FullyConnectedTensorProduct({
      left,
      right: attributeType,
      output: out,
      gain,
      seed,
      name: `${name}_${part}`,
    }).apply([x, nodes]) as tf.SymbolicTensor;
  const gated = (part: string, left: FieldType, x: tf.SymbolicTensor) =>
    new GatedActivation({ type: hidden, name: `${name}_${part}_gate` }).apply(
      product(part, left, gatedType(hidden), x, productGain),
    ) as tf.SymbolicTensor;

  let f = product('embed', input, hidden, features);
  for (let round = 0; round < layers; round++) {
    const messages = new SteerableMessages({
      input: hidden,
      attributes: attributeType,
      output: hidden,
      edgeScalars: invariants.shape.at(-1)!,
      gain: productGain,
      seed,
      name: `${name}_messages${round}`,
    }).apply([f, directions, invariants]) as tf.SymbolicTensor;
    const both = concat(`${name}_join${round}`, f, messages);
    const update = gated(`update${round}_0`, joinTypes(hidden, hidden), both);
    const step = product(`update${round}_1`, hidden, hidden, update, residualGain / layers);
    f = tf.layers.add({ name: `${name}_skip${round}` }).apply([f, step]) as tf.SymbolicTensor;
  }
  // The gates before it have left a third of the variance.
  const gain = outputGain / productGain;
  return product('output_1', hidden, output, gated('output_0', hidden, f), gain);
}

function concat(name: string, ...tensors: tf.SymbolicTensor[]): tf.SymbolicTensor {
  return tf.layers.concatenate({ axis: -1, name }).apply(tensors) as tf.SymbolicTensor;
}

function rotationGroup(input: FieldType, output: FieldType, where: string): RotationGroupName {
  const { group: found } = input;
  if (found === output.group && (found === 'SO(3)' || found === 'O(3)')) return found;
  throw new LayerError(
    where,
    `expected input and output of SO(3) or of O(3), got ${describeType(input)} and ` +
      `${describeType(output)}.`,
  );
}
