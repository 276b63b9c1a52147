import * as tf from '@tensorflow/tfjs';
import type { Group } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { FieldType } from '../field/fieldType.js';
import { typeOf } from '../field/typedLayer.js';
import type { Action } from './action.js';
import { equivarianceError, type EquivarianceReport } from './equivarianceError.js';
import { fieldAction } from './fieldAction.js';
import type { EquivarianceOptions } from './sampling.js';

/** What one layer of a model has made of the input so far. */
export interface LayerEquivariance<G extends Group> {
  readonly layer: string;
  /** The error of the model up to and with this layer; null where its output's type is not known. */
  readonly report: EquivarianceReport<G> | null;
}

/**
 * {@link equivarianceError} of a model after each of its layers, in order: where a symmetry is lost. How
 * the group acts on a layer's output is read off its field type; positions in front of the features are
 * pixels if there are two, else points that stay.
 *
 * @param options as for `equivarianceError`, without `output`; `last` says how the group acts on outputs
 *   of unknown type, `invariant(group)` for instance.
 * @throws {LayerError} if the model has several inputs.
 */
export async function equivarianceByLayer<G extends Group>(
  model: tf.LayersModel,
  options: Omit<EquivarianceOptions<G>, 'output'> & { readonly last?: Action<G> },
): Promise<LayerEquivariance<G>[]> {
  if (model.inputs.length !== 1) {
    throw new LayerError('equivarianceByLayer', 'expected a model of one input.');
  }
  const { last, ...rest } = options;
  const reports: LayerEquivariance<G>[] = [];
  for (const layer of model.layers) {
    if (layer.inboundNodes[0].inboundLayers.length === 0) continue;
    const output = [layer.output].flat()[0];
    const type = typeOf(output);
    const isKnown = type !== null && type.group === options.group.name;
    const action = isKnown ? (actionOn(type, output.shape) as Action<G>) : last;
    const upTo = tf.model({ inputs: model.inputs, outputs: output });
    const report = action ? await equivarianceError(upTo, { ...rest, output: action }) : null;
    reports.push({ layer: layer.name, report });
  }
  return reports;
}

function actionOn(type: FieldType, shape: tf.Shape): Action<Group> {
  const positions = shape.slice(1, -1) as number[];
  if (positions.length === 2) {
    return fieldAction(type, { image: { height: positions[0], width: positions[1] } });
  }
  return fieldAction(type, { leading: positions });
}
