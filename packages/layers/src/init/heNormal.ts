import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';

/**
 * He initialisation from a seeded stream: independent N(0, gain / fanIn) weights.
 *
 * tfjs's own `heNormal` cuts the normal off at two standard deviations without correcting the
 * variance (0.77 of what is asked) and draws from `Math.random` unless seeded.
 */
export class SeededNormal extends tf.serialization.Serializable {
  static readonly className = 'SeededNormal';
  readonly #stddev: number;
  readonly #seed: number;
  readonly #path: string;

  /**
   * @param stddev standard deviation.
   * @param seed integer seed of the run.
   * @param path names the stream, so that layers of one seed draw different numbers.
   */
  constructor(stddev: number, seed: number, path: string) {
    super();
    this.#stddev = stddev;
    this.#seed = seed;
    this.#path = path;
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  apply(shape: tf.Shape): tf.Tensor {
    const sizes = shape as number[];
    const values = new Float32Array(tf.util.sizeFromShape(sizes));
    return tf.tensor(
      random(this.#seed, 'weights', this.#path).fillNormal(values, this.#stddev),
      sizes,
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { stddev: this.#stddev, seed: this.#seed, path: this.#path };
  }
}

/** Normal weights with variance gain / fanIn: a linear layer multiplies the variance by the gain. */
export function scaledNormal(
  fanIn: number,
  gain: number,
  seed: number,
  path: string,
): SeededNormal {
  return new SeededNormal(Math.sqrt(gain / fanIn), seed, path);
}

/** Normal weights with variance 2 / fanIn, which keeps the variance of ReLU activations. */
export function heNormal(fanIn: number, seed: number, path: string): SeededNormal {
  return scaledNormal(fanIn, 2, seed, path);
}
