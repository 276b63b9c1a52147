import * as tf from '@tensorflow/tfjs';
import { RelaxationError } from '../errors.js';
import { VectorLeakyReLU } from '@intertwiner/layers';
import { isRelaxable, whyNot } from '../structure/structure.js';
import { RelaxedLayer, type RelaxedWeights } from './relaxedLayer.js';
import { RelaxationScope } from './scope.js';
import { rebuildModel } from './rebuildModel.js';

export interface RelaxOptions extends RelaxedWeights {
  /**
   * Which layers of a model to relax: their names, or a test. Default: all that can be, but for the
   * directions of VectorLeakyReLU, which are relaxed where they are chosen. A layer that is chosen and
   * cannot be relaxed is refused.
   */
  readonly layers?: readonly string[] | ((layer: tf.layers.Layer) => boolean);
  /** Where the layers take θ from; default: a scope of their own. */
  readonly scope?: RelaxationScope;
}

/** A relaxed model beside the strict one that it was made of. */
export interface RelaxedModel {
  /** The relaxed model; outside of `scope.run` it computes the same as `strict`. */
  readonly model: tf.LayersModel;
  /** The model as it was given. It shares its weights with `model`: it is the projected network. */
  readonly strict: tf.LayersModel;
  /** The relaxed layers. */
  readonly layers: readonly RelaxedLayer[];
  readonly scope: RelaxationScope;
  /** Frees W; the strict model stays the caller's. */
  dispose(): void;
}

/**
 * Relaxes the constraint of an equivariant layer, or of the layers of a model.
 *
 * A relaxed layer is f_eq(x) + θ·Wx with W without constraint on the flattened features: those of
 * one position for EquivariantLinear, the d·C of one feature for VectorLinear (and for the map that
 * gives VectorLeakyReLU its directions), those of all n elements for SetLinear, the left ones for
 * FullyConnectedTensorProduct; for convolutions, a plain filter of the same size.
 *
 * @param target a layer, or a built sequential or functional model.
 * @throws RelaxationError for a layer without equivariant structure, or a model without any that has.
 */
export function relax(target: tf.LayersModel, options?: RelaxOptions): RelaxedModel;
export function relax(target: tf.layers.Layer, options?: RelaxOptions): RelaxedLayer;
export function relax(
  target: tf.LayersModel | tf.layers.Layer,
  options: RelaxOptions = {},
): RelaxedModel | RelaxedLayer {
  const scope = options.scope ?? new RelaxationScope();
  if (target instanceof tf.LayersModel) return relaxModel(target, scope, options);
  checkRelaxable(target);
  return new RelaxedLayer(target, scope, options);
}

function relaxModel(
  strict: tf.LayersModel,
  scope: RelaxationScope,
  options: RelaxOptions,
): RelaxedModel {
  const chosen = choice(strict, options);
  const relaxed = new Map<tf.layers.Layer, RelaxedLayer>();
  const replace = (layer: tf.layers.Layer): tf.layers.Layer => {
    if (!chosen(layer)) return layer;
    const known = relaxed.get(layer) ?? new RelaxedLayer(layer, scope, options);
    relaxed.set(layer, known);
    return known;
  };
  const model = rebuildModel(strict, replace);
  const layers = [...relaxed.values()];
  if (layers.length === 0) {
    throw new RelaxationError(
      strict.name,
      'no layer of this model is chosen and can be relaxed; choose among its equivariant linear ' +
        'layers and convolutions.',
    );
  }
  return {
    model,
    strict,
    layers,
    scope,
    dispose: () => void model.dispose(),
  };
}

function choice(model: tf.LayersModel, { layers }: RelaxOptions): (l: tf.layers.Layer) => boolean {
  if (layers === undefined) {
    return (layer) => isRelaxable(layer) && !(layer instanceof VectorLeakyReLU);
  }
  if (typeof layers === 'function') {
    return (layer) => {
      const isChosen = layers(layer);
      if (isChosen) checkRelaxable(layer);
      return isChosen;
    };
  }
  for (const name of layers) checkRelaxable(model.getLayer(name));
  return (layer) => layers.includes(layer.name);
}

/** @throws RelaxationError for a layer without equivariant structure. */
function checkRelaxable(layer: tf.layers.Layer): void {
  if (isRelaxable(layer)) return;
  throw new RelaxationError(layer.name, whyNot(layer));
}
