import * as tf from '@tensorflow/tfjs';

/** Copies of the elements of variables, independent of what happens to these. */
export interface Snapshot {
  /** Puts the elements back. */
  restore(): void;
  /** The copies, by the names of the variables. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** Copies variables: the "best" network of a training is such a copy, never a reference. */
export function snapshot(variables: readonly tf.Variable[]): Snapshot {
  const copies = variables.map((variable) => ({
    variable,
    values: Float32Array.from(variable.dataSync()),
  }));
  return {
    restore: () => copies.forEach(({ variable, values }) => assign(variable, values)),
    values: new Map(copies.map(({ variable, values }) => [variable.name, values])),
  };
}

function assign(variable: tf.Variable, values: Float32Array): void {
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
}

/** The trainable variables of a layer or model. */
export function trainableVariables(layer: tf.layers.Layer): tf.Variable[] {
  // LayerVariable.read() hands out its variable.
  return layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
}
