/**
 * A small group-convolutional network: lifting, pooling, group convolution, and the mean and maximum
 * over group and space before a linear head, so that its logits are invariant. Its two convolutions
 * are either the teacher's own (the equivariant network) or their clones (the student): everything
 * else is the same. Normalisations are over whole samples and commute with the group; they keep what
 * a clone sees near the N(0, 1) that it learned on.
 */
import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import type { Teacher } from '../teachers/teacher.js';
import type { ChannelMap } from './channelMap.js';
import { countParameters, type Classifier } from './classifier.js';
import { rmsNormalise, standardise } from './normalise.js';
import { gaussianMatrix, gaussianVariable, zeroVariable } from './variables.js';

export interface NetworkShape {
  /** Side of the image in pixels, even. */
  readonly size: number;
  /** Channels after the lifting and after the group convolution. */
  readonly channels: readonly [number, number];
  readonly classes: number;
}

/** One of the two convolutions: the teacher says its sizes, the map computes it. */
export interface Convolution {
  readonly teacher: Teacher;
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
  /** Train θ too (`break`), rather than hold it (`retain`). Default: false. */
  readonly trainsClone?: boolean;
  /** Weight of the divergence of the filters from N(0, 1), summed over filters. Default: 0. */
  readonly klWeight?: number;
}

/** The filters τ of a layer for all pairs of channels, and its bias for each channel. */
interface LayerVariables {
  readonly tau: tf.Variable<tf.Rank.R3>;
  readonly bias: tf.Variable<tf.Rank.R3>;
}

export function convolutionalClassifier(options: ConvolutionalOptions): Classifier {
  const { name, shape, lifting, group, stream, trainsClone = false, klWeight = 0 } = options;
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
  const theta = [...lifting.weights, ...group.weights];

  const logits = (images: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const x = standardise(images).expandDims(1) as tf.Tensor3D;
      const lifted = activated(lifting.map(x, lift.tau), lift);
      const pooled = standardise(averagePool(lifted, shape.size));
      const features = activated(group.map(pooled, conv.tau), conv);
      const invariants = tf.concat([features.mean(2), features.max(2)], 1) as tf.Tensor2D;
      return invariants.matMul(head.matrix).add(head.bias) as tf.Tensor2D;
    });

  return {
    name,
    inputSize: shape.size ** 2,
    variables: trainsClone ? [...own, ...theta] : own,
    parameters: countParameters([...own, ...theta]),
    logits,
    penalty:
      klWeight > 0
        ? () => divergence(lift.tau).add(divergence(conv.tau)).mul(klWeight) as tf.Scalar
        : undefined,
    dispose: () => tf.dispose(own),
  };
}

const activated = (x: tf.Tensor3D, { bias }: LayerVariables): tf.Tensor3D =>
  rmsNormalise(x).add(bias).relu() as tf.Tensor3D;

/** The mean over blocks of 2 × 2 pixels of [B, C, S·S·|G|]. */
function averagePool(x: tf.Tensor3D, size: number): tf.Tensor3D {
  const [, channels, length] = x.shape;
  const order = length / size ** 2;
  const half = size / 2;
  const rows = x.reshape([-1, 2, size * order]).mean(1);
  const blocks = rows.reshape([-1, 2, order]).mean(1);
  return blocks.reshape([-1, channels, half * half * order]);
}

/** KL(N(μ, σ²) ‖ N(0, 1)) of the entries' mean and variance: ½(σ² + μ² − 1 − ln σ²), summed. */
function divergence(tau: tf.Tensor): tf.Scalar {
  const mean = tau.mean();
  const variance = tau.sub(mean).square().mean();
  const each = variance.add(mean.square()).sub(1).sub(variance.log()).mul(0.5);
  return each.mul(tau.size) as tf.Scalar;
}
