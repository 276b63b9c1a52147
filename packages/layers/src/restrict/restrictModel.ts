/**
 * A network that commutes with a group commutes with its subgroups; as one of a subgroup it has more
 * weights that keep that symmetry. So one may train with much symmetry first, and go on with less
 * (Weiler & Cesa, General E(2)-Equivariant Steerable CNNs, 2019, section 2.7: group restriction).
 */
import * as tf from '@tensorflow/tfjs';
import { LiftingConv2d } from '../conv/liftingConv2d.js';
import { PlanarConv2d } from '../conv/planarConv2d.js';
import { regularOf } from '../conv/regularConv2d.js';
import { LayerError } from '../errors.js';
import { fieldType, scalars, typeConfig, type FieldType } from '../field/fieldType.js';
import { restrictType, type Subgroup } from '../field/restrictType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { EquivariantLinear } from '../linear/equivariantLinear.js';
import type { IntertwinerLayer } from '../linear/intertwinerLayer.js';
import { FourierActivation } from '../nonlinearity/fourierActivation.js';
import { chain } from '../plain/plainConvertible.js';
import { rebuildModel, type Replacement } from '../plain/rebuild.js';
import { SteerableConv2d } from '../steerable/steerableConv2d.js';

/**
 * The same network as one of a subgroup: same values, weights carried over, trained on with the freedom
 * that the smaller symmetry leaves. `EquivariantLinear` and `SteerableConv2d` get restricted types;
 * `LiftingConv2d` and `GroupConv2d` become steerable convolutions between what regular fields restrict
 * to (layouts stay); all other layers are copied, with their types restricted.
 *
 * @param subgroup for instance `group('C4')` of a network of D4 or SO(2), or an inclusion.
 * @returns a functional model; the caller disposes of it.
 * @throws {LayerError} if the subgroup is none of the network's group, or a layer has lost its
 *   representations by saving.
 */
export function restrictModel(model: tf.LayersModel, subgroup: Subgroup): tf.LayersModel {
  return rebuildModel(model, (layer) => replacementOf(layer, subgroup));
}

function replacementOf(layer: tf.layers.Layer, subgroup: Subgroup): Replacement {
  const seen = (type: FieldType) => restrictType(type, subgroup);
  if (layer instanceof EquivariantLinear) {
    const { useBias, name } = layer;
    const types = { input: seen(layer.inputType), output: seen(layer.outputType) };
    return (x) => carried(new EquivariantLinear({ ...types, useBias, name }), x, layer);
  }
  if (layer instanceof SteerableConv2d) {
    const types = { input: seen(layer.inputType), output: seen(layer.outputType) };
    return (x) => carried(new SteerableConv2d({ ...convolutionOf(layer), ...types }), x, layer);
  }
  if (layer instanceof PlanarConv2d) return (x) => planarReplacement(layer, x, seen);
  if (layer instanceof TypedLayer) return (x) => chain(x, retyped(layer, seen));
  return null;
}

function planarReplacement(
  layer: PlanarConv2d,
  x: tf.SymbolicTensor,
  seen: (type: FieldType) => FieldType,
): tf.SymbolicTensor {
  if (layer.interpolation !== 'none' && layer.interpolationDefect > 0) {
    throw new LayerError(layer.name, 'interpolated filters cannot be restricted.');
  }
  const { group } = layer;
  const depth = x.shape.at(-1)!;
  const isLifting = layer instanceof LiftingConv2d;
  const input = isLifting
    ? scalars(group, depth)
    : fieldType([regularOf(group), depth / group.order]);
  const types = { input: seen(input), output: seen(layer.outputType) };
  return carried(new SteerableConv2d({ ...convolutionOf(layer), ...types }), x, layer);
}

function convolutionOf(layer: SteerableConv2d | PlanarConv2d) {
  const { kernelSize, padding, strides, acceptDefect, useBias, name } = layer;
  const bandLimit = layer instanceof SteerableConv2d ? { bandLimit: layer.bandLimit } : {};
  return { kernelSize, padding, strides, acceptDefect, useBias, name, ...bandLimit };
}

/** Applies a layer of the subgroup, and gives it the weights of the old one. */
function carried(
  layer: IntertwinerLayer,
  x: tf.SymbolicTensor,
  old: EquivariantLinear | SteerableConv2d | PlanarConv2d,
): tf.SymbolicTensor {
  const y = chain(x, layer);
  tf.tidy(() => {
    const kernel = 'expandedKernel' in old ? old.expandedKernel() : old.expandedFilter();
    layer.project(kernel, old.useBias ? old.expandedBias() : null);
  });
  return y;
}

/** A layer without bases of intertwiners, for the restricted types: its weights stay the same. */
function retyped(layer: TypedLayer, seen: (type: FieldType) => FieldType): tf.layers.Layer {
  const config = layer.getConfig() as Record<string, unknown>;
  if (!('type' in config)) {
    throw new LayerError(layer.name, `${layer.getClassName()} cannot be restricted.`);
  }
  const [input, output] = [seen(layer.inputType), seen(layer.outputType)];
  // Of a nonlinearity with gates `type` is what comes out, of one into norms what goes in.
  const type = 'input' in config ? output : input;
  const types = {
    // Samples of the large group are read as from a file: the small one may have fewer rotations.
    type: layer instanceof FourierActivation ? typeConfig(type) : type,
    ...('input' in config && { input }),
    ...('output' in config && { output }),
  };
  const Class = layer.constructor as new (args: object) => tf.layers.Layer;
  const copy = new Class({ ...config, ...types });
  copy.initialWeights = layer.getWeights();
  return copy;
}
