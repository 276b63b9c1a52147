import * as tf from '@tensorflow/tfjs';
import { scaledNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { knownChannels, mixChannels } from './vectorLinear.js';

export interface VectorLeakyReLUArgs extends LayerArgs {
  /** Slope on the negative side, default 0.2; 0 is the ReLU. */
  readonly slope?: number;
  /** One direction for all channels (default false). */
  readonly shareDirection?: boolean;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/** Keeps the division finite where a direction vanishes. */
const epsilon = 1e-6;

/**
 * Leaky ReLU of vectors (Deng et al. 2021, eq. 6–8): where a vector x points against a learned
 * direction k = xU, its component along k is multiplied by the slope:
 * y = x − (1 − slope)·min(⟨x, k⟩, 0)·k/|k|². Shapes [B, …, d, C] → the same.
 */
export class VectorLeakyReLU extends tf.layers.Layer {
  static readonly className = 'VectorLeakyReLU';
  readonly slope: number;
  readonly shareDirection: boolean;
  readonly seed: number;
  #direction: tf.LayerVariable | undefined;

  constructor(args: VectorLeakyReLUArgs = {}) {
    super(args);
    this.slope = args.slope ?? 0.2;
    this.shareDirection = args.shareDirection ?? false;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ minNDim: 3 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    const shape = [channels, this.shareDirection ? 1 : channels];
    const initializer = scaledNormal(channels, 1, this.seed, this.name);
    this.#direction = this.addWeight('direction', shape, 'float32', initializer);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      return this.bend(x, mixChannels(x, this.#direction!.read()));
    });
  }

  /**
   * The activation of x along given directions k, [B, …, d, C] or [B, …, d, 1], whatever they are made
   * of; the caller owns the result.
   */
  bend(x: tf.Tensor, k: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const axis = x.rank - 2;
      const against = tf.minimum(tf.sum(tf.mul(x, k), axis, true), 0);
      const squaredLength = tf.add(tf.sum(tf.square(k), axis, true), epsilon);
      const factor = tf.mul(tf.div(against, squaredLength), 1 - this.slope);
      return tf.sub(x, tf.mul(factor, k));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { slope, shareDirection, seed } = this;
    return { ...super.getConfig(), slope, shareDirection, seed };
  }
}

tf.serialization.registerClass(VectorLeakyReLU);
