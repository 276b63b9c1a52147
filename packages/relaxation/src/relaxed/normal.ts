import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';

/** An initialiser of independent normals of one stream. */
export class Normal extends tf.serialization.Serializable {
  static readonly className = 'RelaxationNormal';
  readonly #deviation: number;
  readonly #stream: RandomStream;

  constructor(deviation: number, stream: RandomStream) {
    super();
    this.#deviation = deviation;
    this.#stream = stream;
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  apply(shape: tf.Shape): tf.Tensor {
    const values = new Float32Array(tf.util.sizeFromShape(shape as number[]));
    return tf.tensor(this.#stream.fillNormal(values, this.#deviation), shape as number[]);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { deviation: this.#deviation };
  }
}
