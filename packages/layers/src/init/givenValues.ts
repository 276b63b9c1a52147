import * as tf from '@tensorflow/tfjs';

/** An initialiser that hands out values computed elsewhere. */
export class GivenValues extends tf.serialization.Serializable {
  static readonly className = 'GivenValues';
  readonly #values: Float32Array;

  constructor(values: Float32Array) {
    super();
    this.#values = values;
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  apply(shape: tf.Shape): tf.Tensor {
    return tf.tensor(this.#values, shape as number[]);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { values: [...this.#values] };
  }
}
