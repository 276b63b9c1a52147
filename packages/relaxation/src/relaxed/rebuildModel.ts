import * as tf from '@tensorflow/tfjs';

/**
 * The same functional graph with some layers replaced. Layers that are not replaced are shared with
 * the given model, weights included; nested models are rebuilt likewise.
 */
export function rebuildModel(
  model: tf.LayersModel,
  replace: (layer: tf.layers.Layer) => tf.layers.Layer,
): tf.LayersModel {
  const tensors = new Map<number, tf.SymbolicTensor>();
  const layers = new Map<number, tf.layers.Layer>();
  const layerFor = (layer: tf.layers.Layer): tf.layers.Layer => {
    const made =
      layers.get(layer.id) ??
      (layer instanceof tf.LayersModel ? rebuildModel(layer, replace) : replace(layer));
    layers.set(layer.id, made);
    return made;
  };
  const rebuild = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const made = tensors.get(tensor.id) ?? apply(tensor, tensor.inputs.map(rebuild), layerFor);
    tensors.set(tensor.id, made);
    return made;
  };
  const inputs = model.inputs.map(rebuild);
  const outputs = model.outputs.map(rebuild);
  return tf.model({ inputs, outputs, name: `${model.name}_relaxed` });
}

function apply(
  tensor: tf.SymbolicTensor,
  inputs: tf.SymbolicTensor[],
  layerFor: (layer: tf.layers.Layer) => tf.layers.Layer,
): tf.SymbolicTensor {
  if (inputs.length === 0) {
    const { shape, dtype, sourceLayer } = tensor;
    return tf.input({ batchShape: shape, dtype, name: `${sourceLayer.name}_again` });
  }
  const outputs = layerFor(tensor.sourceLayer).apply(inputs.length === 1 ? inputs[0] : inputs);
  return [outputs].flat()[tensor.outputTensorIndex ?? 0] as tf.SymbolicTensor;
}
