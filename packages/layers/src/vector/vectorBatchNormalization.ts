import * as tf from '@tensorflow/tfjs';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { follow } from '../normalization/movingAverage.js';
import { knownChannels } from './vectorLinear.js';

export interface VectorBatchNormalizationArgs extends LayerArgs {
  /** Weight of the past in the moving statistics, default 0.99. */
  readonly momentum?: number;
  /** Added to variances, default 1e-3. */
  readonly epsilon?: number;
}

/** Keeps the division finite where a vector vanishes. */
const tiny = 1e-6;

/**
 * Batch normalisation of vectors (Deng et al. 2021, eq. 11): the lengths |x| are normalised per
 * channel, over batch and positions, and each vector keeps its direction: y = x·BN(|x|)/|x|.
 * [B, …, d, C] → the same. Weights, each [C]: `gamma`, `beta`, `movingMean`, `movingVariance`.
 */
export class VectorBatchNormalization extends tf.layers.Layer {
  static readonly className = 'VectorBatchNormalization';
  readonly momentum: number;
  readonly epsilon: number;
  #scale: tf.LayerVariable | undefined;
  #offset: tf.LayerVariable | undefined;
  #mean: tf.LayerVariable | undefined;
  #variance: tf.LayerVariable | undefined;

  constructor(args: VectorBatchNormalizationArgs = {}) {
    super(args);
    this.momentum = args.momentum ?? 0.99;
    this.epsilon = args.epsilon ?? 1e-3;
    this.inputSpec = [{ minNDim: 3 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = [knownChannels(onlyShape(inputShape), this.name)];
    const { zeros, ones } = tf.initializers;
    this.#scale = this.addWeight('gamma', shape, 'float32', ones());
    this.#offset = this.addWeight('beta', shape, 'float32', zeros());
    this.#mean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.#variance = this.addWeight('movingVariance', shape, 'float32', ones(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const squares = tf.sum(tf.square(x), x.rank - 2, true);
      const lengths = tf.sqrt(tf.add(squares, tiny));
      const { mean, variance } = this.#moments(lengths, kwargs?.training ?? false);
      const scale = tf.mul(this.#scale!.read(), tf.rsqrt(tf.add(variance, this.epsilon)));
      const normalised = tf.add(tf.mul(tf.sub(lengths, mean), scale), this.#offset!.read());
      return tf.mul(x, tf.div(normalised, lengths));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { momentum, epsilon } = this;
    return { ...super.getConfig(), momentum, epsilon };
  }

  #moments(lengths: tf.Tensor, training: boolean): { mean: tf.Tensor; variance: tf.Tensor } {
    const [mean, variance] = [this.#mean!, this.#variance!];
    if (!training) return { mean: mean.read(), variance: variance.read() };
    const axes = Array.from({ length: lengths.rank - 1 }, (_, axis) => axis);
    const batch = tf.moments(lengths, axes);
    follow(mean, batch.mean, this.momentum);
    follow(variance, batch.variance, this.momentum);
    return batch;
  }
}

tf.serialization.registerClass(VectorBatchNormalization);
