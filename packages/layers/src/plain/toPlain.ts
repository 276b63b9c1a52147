/**
 * From a trained equivariant model to one of ordinary tfjs layers, with the shared weights written
 * out: for whoever loads the model without this package.
 */
import * as tf from '@tensorflow/tfjs';
import { isPlainConvertible, type PlainConvertible } from './plainConvertible.js';

/**
 * Rebuilds a model from ordinary tfjs layers only; weights are copied, so that training one model
 * leaves the other as it is. Layers that are not of this package are copied as they are.
 *
 * @param model a built sequential or functional model.
 * @returns a functional model with the same inputs, outputs and values; the caller disposes of it.
 */
export function toPlain(model: tf.LayersModel): tf.LayersModel {
  const rebuild = rebuilder();
  const inputs = model.inputs.map(rebuild);
  const outputs = model.outputs.map(rebuild);
  return tf.model({ inputs, outputs, name: model.name });
}

/** Rebuilds symbolic tensors, each one and each layer once, however many paths lead to it. */
function rebuilder(): (tensor: tf.SymbolicTensor) => tf.SymbolicTensor {
  const tensors = new Map<number, tf.SymbolicTensor>();
  const copies = new Map<number, tf.layers.Layer>();
  const copyOf = (layer: tf.layers.Layer): tf.layers.Layer => {
    const copy = copies.get(layer.id) ?? copyLayer(layer);
    copies.set(layer.id, copy);
    return copy;
  };
  const rebuild = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const built = tensors.get(tensor.id) ?? build(tensor, tensor.inputs.map(rebuild), copyOf);
    tensors.set(tensor.id, built);
    return built;
  };
  return rebuild;
}

function build(
  tensor: tf.SymbolicTensor,
  inputs: tf.SymbolicTensor[],
  copyOf: (layer: tf.layers.Layer) => tf.layers.Layer,
): tf.SymbolicTensor {
  const layer = tensor.sourceLayer;
  if (inputs.length === 0) {
    return tf.input({ batchShape: tensor.shape, dtype: tensor.dtype, name: layer.name });
  }
  const isShared = layer.inboundNodes.length > 1;
  if (isPlainConvertible(layer) && !isShared) return layer.applyPlain(inputs[0]);
  const outputs = copyOf(layer).apply(inputs.length === 1 ? inputs[0] : inputs);
  const list = Array.isArray(outputs) ? outputs : [outputs];
  return list[tensor.outputTensorIndex ?? 0] as tf.SymbolicTensor;
}

function copyLayer(layer: tf.layers.Layer): tf.layers.Layer {
  if (layer instanceof tf.LayersModel) return toPlain(layer);
  if (isPlainConvertible(layer)) return asModel(layer);
  const Class = layer.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
  const copy = Class.fromConfig(Class, layer.getConfig());
  copy.initialWeights = layer.getWeights();
  return copy;
}

/** A shared layer becomes a small model, which can be applied as often as the layer was. */
function asModel(layer: tf.layers.Layer & PlainConvertible): tf.LayersModel {
  const x = tf.input({ batchShape: layer.inboundNodes[0].inputTensors[0].shape });
  return tf.model({ inputs: x, outputs: layer.applyPlain(x), name: layer.name });
}
