import * as tf from '@tensorflow/tfjs';
import { scaledNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { knownChannels, mixChannels } from './vectorLinear.js';

export interface VectorInvariantsArgs extends LayerArgs {
  /** Number of learned directions, default 3. */
  readonly directions?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/**
 * Invariants of vectors (Deng et al. 2021, eq. 12): their scalar products with learned directions
 * xW, y[…, c·directions + j] = Σ_i x[…, i, c]·(xW)[…, i, j].
 * [B, …, d, C] → [B, …, C·directions], invariant under O(d).
 */
export class VectorInvariants extends tf.layers.Layer {
  static readonly className = 'VectorInvariants';
  readonly directions: number;
  readonly seed: number;
  #kernel: tf.LayerVariable | undefined;

  constructor(args: VectorInvariantsArgs = {}) {
    super(args);
    this.directions = args.directions ?? 3;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ minNDim: 3 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    const initializer = scaledNormal(channels, 1, this.seed, this.name);
    this.#kernel = this.addWeight('kernel', [channels, this.directions], 'float32', initializer);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = onlyShape(inputShape);
    return [...shape.slice(0, -2), knownChannels(shape, this.name) * this.directions];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const [d, channels] = x.shape.slice(-2);
      const directions = mixChannels(x, this.#kernel!.read());
      const products = tf.matMul(
        x.reshape([-1, d, channels]),
        directions.reshape([-1, d, this.directions]),
        true,
      );
      return products.reshape([...x.shape.slice(0, -2), channels * this.directions]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { directions, seed } = this;
    return { ...super.getConfig(), directions, seed };
  }
}

tf.serialization.registerClass(VectorInvariants);
