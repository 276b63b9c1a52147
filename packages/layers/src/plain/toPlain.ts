/**
 * From a trained equivariant model to one of ordinary tfjs layers, with the shared weights written
 * out: for whoever loads the model without this package.
 */
import type * as tf from '@tensorflow/tfjs';
import { isPlainConvertible } from './plainConvertible.js';
import { rebuildModel } from './rebuild.js';

/**
 * Rebuilds a model from ordinary tfjs layers only; weights are copied, so that training one model
 * leaves the other as it is. Layers that are not of this package, and those that have no plain twin
 * (the README of layers lists them), are copied as they are.
 *
 * @param model a built sequential or functional model.
 * @returns a functional model with the same inputs, outputs and values; the caller disposes of it.
 */
export function toPlain(model: tf.LayersModel): tf.LayersModel {
  return rebuildModel(model, (layer) =>
    isPlainConvertible(layer) ? (x) => layer.applyPlain(x) : null,
  );
}
