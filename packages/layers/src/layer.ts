import type * as tf from '@tensorflow/tfjs';
import { LayerError } from './errors.js';

/** The arguments every `tf.layers.Layer` takes (`name`, `inputShape`, `trainable` …). */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** The single input of a layer that takes one tensor, which tfjs hands over bare or in a list. */
export function onlyTensor<T extends tf.Tensor>(inputs: tf.Tensor | tf.Tensor[]): T {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as T;
}

/** The single input shape of a layer that takes one tensor. */
export function onlyShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as tf.Shape;
}

/** @throws {LayerError} unless the value of an argument is a positive integer. */
export function positiveInteger(value: number, what: string, where: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new LayerError(where, `${what} must be a positive integer, got ${value}.`);
}
