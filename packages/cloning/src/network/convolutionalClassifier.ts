/**
 * A small convolutional network: lifting, pooling, group convolution, and the mean and maximum over
 * group and space before a linear head, so that its logits are invariant. Its two convolutions are
 * either the teacher's own (the equivariant network) or their clones (the student): everything
 * else is the same. Normalisations are over whole samples and commute with the group; they keep what
 * a clone sees near the N(0, 1) that it learned on.
 */
import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import type { LayerTeacher } from '../teachers/teacher.js';
import type { ChannelMap } from './channelMap.js';
import { countParameters, type Classifier } from './classifier.js';
import { rmsNormalise, standardise } from './normalise.js';
import { averagePool } from './pool.js';
import { gaussianMatrix, gaussianVariable, zeroVariable } from './variables.js';

export interface NetworkShape {
  /** Side of the image in pixels, a multiple of `pool`. */
  readonly size: number;
  /** Side of the blocks that are averaged between the convolutions; 1 leaves all pixels. */
  readonly pool: number;
  /** Channels after the lifting and after the group convolution. */
  readonly channels: readonly [number, number];
  readonly classes: number;
}

/** One of the two convolutions: the teacher says its sizes, the map computes it. */
export interface Convolution {
  readonly teacher: LayerTeacher;
  readonly map: ChannelMap;
  /** θ of a clone; none for the teacher's own map. */
  readonly weights: readonly tf.Variable[];
}

export interface ConvolutionalOptions {
  readonly name: string;
  readonly shape: NetworkShape;
  readonly lifting: Convolution;
  readonly group: Convolution;
  readonly stream: RandomStream;
}

/** The filters τ of a layer for all pairs of channels, and its bias for each channel. */
interface LayerVariables {
  readonly tau: tf.Variable<tf.Rank.R3>;
  readonly bias: tf.Variable<tf.Rank.R3>;
}

export function convolutionalClassifier(options: ConvolutionalOptions): Classifier {
  const { name, shape, lifting, group, stream } = options;
  const [first, second] = shape.channels;
  const layer = (tag: string, { teacher }: Convolution, out: number, from: number) => ({
    tau: gaussianVariable<tf.Rank.R3>(
      stream,
      [out, from, teacher.filterSize],
      `${name}/${tag}/tau`,
    ),
    bias: zeroVariable<tf.Rank.R3>([1, out, 1], `${name}/${tag}/bias`),
  });
  const lift = layer('lifting', lifting, first, 1);
  const conv = layer('group', group, second, first);
  const head = {
    matrix: gaussianMatrix(stream, [2 * second, shape.classes], `${name}/head/W`),
    bias: zeroVariable<tf.Rank.R1>([shape.classes], `${name}/head/b`),
  };
  const own = [lift.tau, lift.bias, conv.tau, conv.bias, head.matrix, head.bias];
  // Two layers that are clones of the same teacher share θ.
  const theta = [...new Set([...lifting.weights, ...group.weights])];

  const logits = (images: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const x = standardise(images).expandDims(1) as tf.Tensor3D;
      const lifted = activated(lifting.map(x, lift.tau), lift);
      const pooled = standardise(averagePool(lifted, shape.size, shape.pool));
      const features = activated(group.map(pooled, conv.tau), conv);
      const invariants = tf.concat([features.mean(2), features.max(2)], 1) as tf.Tensor2D;
      return invariants.matMul(head.matrix).add(head.bias) as tf.Tensor2D;
    });

  return {
    name,
    inputSize: shape.size ** 2,
    variables: own,
    filters: [lift.tau, conv.tau],
    cloned: theta,
    parameters: countParameters([...own, ...theta]),
    logits,
    dispose: () => tf.dispose(own),
  };
}

const activated = (x: tf.Tensor3D, { bias }: LayerVariables): tf.Tensor3D =>
  rmsNormalise(x).add(bias).relu() as tf.Tensor3D;
