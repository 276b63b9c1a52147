/** Models rebuilt layer by layer, some layers replaced by others that compute the same. */
import * as tf from '@tensorflow/tfjs';

/** What takes the place of a layer of one input; null where the layer is copied. */
export type Replacement = ((x: tf.SymbolicTensor) => tf.SymbolicTensor) | null;

/**
 * Rebuilds a model with some of its layers replaced; all others are copied with their weights, so that
 * training one model leaves the other as it is.
 *
 * @param model a built sequential or functional model.
 * @returns a functional model with the same inputs and outputs; the caller disposes of it.
 */
export function rebuildModel(
  model: tf.LayersModel,
  replace: (layer: tf.layers.Layer) => Replacement,
): tf.LayersModel {
  const rebuild = rebuilder(replace);
  const inputs = model.inputs.map(rebuild);
  const outputs = model.outputs.map(rebuild);
  return tf.model({ inputs, outputs, name: model.name });
}

type Replace = (layer: tf.layers.Layer) => Replacement;

/** Rebuilds symbolic tensors, each one and each layer once, however many paths lead to it. */
function rebuilder(replace: Replace): (tensor: tf.SymbolicTensor) => tf.SymbolicTensor {
  const tensors = new Map<number, tf.SymbolicTensor>();
  const copies = new Map<number, tf.layers.Layer>();
  const copyOf = (layer: tf.layers.Layer): tf.layers.Layer => {
    const copy = copies.get(layer.id) ?? copyLayer(layer, replace);
    copies.set(layer.id, copy);
    return copy;
  };
  const rebuild = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const built =
      tensors.get(tensor.id) ?? build(tensor, tensor.inputs.map(rebuild), copyOf, replace);
    tensors.set(tensor.id, built);
    return built;
  };
  return rebuild;
}

function build(
  tensor: tf.SymbolicTensor,
  inputs: tf.SymbolicTensor[],
  copyOf: (layer: tf.layers.Layer) => tf.layers.Layer,
  replace: Replace,
): tf.SymbolicTensor {
  const layer = tensor.sourceLayer;
  if (inputs.length === 0) {
    return tf.input({ batchShape: tensor.shape, dtype: tensor.dtype, name: layer.name });
  }
  const isShared = layer.inboundNodes.length > 1;
  const replacement = isShared ? null : replace(layer);
  if (replacement) return replacement(inputs[0]);
  const outputs = copyOf(layer).apply(inputs.length === 1 ? inputs[0] : inputs);
  const list = Array.isArray(outputs) ? outputs : [outputs];
  return list[tensor.outputTensorIndex ?? 0] as tf.SymbolicTensor;
}

function copyLayer(layer: tf.layers.Layer, replace: Replace): tf.layers.Layer {
  if (layer instanceof tf.LayersModel) return rebuildModel(layer, replace);
  const replacement = replace(layer);
  if (replacement) return asModel(layer, replacement);
  const Class = layer.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
  const copy = Class.fromConfig(Class, layer.getConfig());
  copy.initialWeights = layer.getWeights();
  return copy;
}

/** A shared layer becomes a small model, which can be applied as often as the layer was. */
function asModel(layer: tf.layers.Layer, replacement: NonNullable<Replacement>): tf.LayersModel {
  const x = tf.input({ batchShape: layer.inboundNodes[0].inputTensors[0].shape });
  return tf.model({ inputs: x, outputs: replacement(x), name: layer.name });
}
