/** The validation of a relaxed network after an epoch. */
import type * as tf from '@tensorflow/tfjs';
import type { StepOutputs } from '@intertwiner/engine';
import { foldRelaxation } from '../projection/fold.js';
import { snapshot, trainableVariables } from '../projection/snapshot.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import { evaluateRelaxed, evaluateStrict } from './evaluate.js';
import type { RelaxedEpoch } from './options.js';
import { isRelaxed } from './program.js';
import type { Settings } from './settings.js';

/** @internal An epoch, and copies of the projected network's weights. */
export interface MeasuredEpoch {
  readonly result: RelaxedEpoch;
  readonly weights: readonly Float32Array[];
}

/** @internal The variables that a training leaves behind, W included. */
export const trainedVariables = (model: Settings['model']): tf.Variable[] =>
  trainableVariables(isRelaxed(model) ? model.model : model);

/** @internal Validates the relaxed and the projected network; the variables stay as they are. */
export async function measureEpoch(
  settings: Settings,
  epoch: number,
  outputs: StepOutputs,
): Promise<MeasuredEpoch> {
  const { model, loss, validation, device, stepsPerEpoch } = settings;
  const means = { epoch, loss: mean(outputs['loss']), penalty: mean(outputs['penalty']) };
  const remul = remulOf(outputs);
  if (!isRelaxed(model)) {
    const { loss: value } = await evaluateStrict(model, loss, validation, device);
    const projected = { projected: value, projection: 'drop' as const };
    const result = { ...means, theta: [], relaxed: value, ...projected, layerErrors: [], ...remul };
    return { result, weights: copies(model) };
  }
  const theta = [...outputs['thetas'].slice(-outputs['thetas'].length / stepsPerEpoch)];
  const relaxed = await evaluateRelaxed(model, theta, loss, validation, device);
  const { weights, ...projected } = await projectedBest(settings, model, theta);
  const { layerErrors } = relaxed;
  const result = { ...means, theta, relaxed: relaxed.loss, ...projected, layerErrors, ...remul };
  return { result, weights };
}

/** The projection that was asked for, or the better of both. */
async function projectedBest(
  settings: Settings,
  model: RelaxedModel,
  theta: readonly number[],
): Promise<{
  projected: number;
  projection: 'drop' | 'fold';
  weights: readonly Float32Array[];
}> {
  const { projection, loss, validation, device } = settings;
  const trained = snapshot(trainedVariables(model));
  const measured = async (how: 'drop' | 'fold') => {
    try {
      if (how === 'fold') model.layers.forEach((layer, i) => foldRelaxation([layer], theta[i]));
      const { loss: value } = await evaluateStrict(model.strict, loss, validation, device);
      return { projected: value, projection: how, weights: copies(model) };
    } finally {
      trained.restore();
    }
  };
  if (projection !== 'best') return measured(projection === 'fold' ? 'fold' : 'drop');
  const [dropped, folded] = [await measured('drop'), await measured('fold')];
  return folded.projected < dropped.projected ? folded : dropped;
}

const copies = (model: Settings['model']): Float32Array[] => [
  ...snapshot(trainedVariables(model)).values.values(),
];

function remulOf(outputs: StepOutputs): Pick<RelaxedEpoch, 'remul'> {
  const { equivariance, balance } = outputs;
  if (!equivariance || !balance) return {};
  const [alpha, beta] = balance.slice(-2);
  return { remul: { equivariance: mean(equivariance), alpha, beta } };
}

const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;
