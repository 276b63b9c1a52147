import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';

/** Functions of one number, by the names of tfjs where it has one. */
const functions = {
  relu: (x: tf.Tensor) => tf.relu(x),
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.2),
  elu: (x: tf.Tensor) => tf.elu(x),
  sigmoid: (x: tf.Tensor) => tf.sigmoid(x),
  silu: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
  softplus: (x: tf.Tensor) => tf.softplus(x),
  tanh: (x: tf.Tensor) => tf.tanh(x),
};

export type ActivationName = keyof typeof functions;

/** Odd functions, f(−x) = −f(x). */
export const oddActivations: ReadonlySet<ActivationName> = new Set(['tanh']);

/** An activation's name, or `{ name }` from a saved config, where tfjs keeps the spelling. */
export type ActivationSpec = ActivationName | { readonly name: ActivationName };

/** @throws {LayerError} for an unknown name. */
export function readActivation(spec: ActivationSpec, where: string): ActivationName {
  const name = typeof spec === 'string' ? spec : spec.name;
  if (Object.hasOwn(functions, name)) return name;
  const known = Object.keys(functions).join(', ');
  throw new LayerError(where, `unknown activation '${name}'; known are ${known}.`);
}

/** The tfjs layer of an activation. */
export function activationLayer(activation: ActivationName, name: string): tf.layers.Layer {
  if (activation === 'leakyRelu') return tf.layers.leakyReLU({ alpha: 0.2, name });
  return tf.layers.activation({ activation: activation === 'silu' ? 'swish' : activation, name });
}

/** Applies an activation to every entry. */
export function activate(name: ActivationName, x: tf.Tensor): tf.Tensor {
  return functions[name](x);
}
