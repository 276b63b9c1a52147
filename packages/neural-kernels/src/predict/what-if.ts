import type { NeuralKernel } from '../network/kernel.js';
import type { LayerOptions } from '../network/mlp.js';
import { estimate, type Estimate } from './estimate.js';
import { predict, type PredictOptions, type Prediction } from './predict.js';

/**
 * The same pairs of images under other kernels: which architecture or pooling would learn it?
 *
 * @returns predictions in ascending order of the mean exact ε.
 */
export function compareKernels(
  options: Omit<PredictOptions, 'kernel'>,
  kernels: readonly PredictOptions['kernel'][],
): Prediction[] {
  return kernels
    .map((kernel) => predict({ ...options, kernel }))
    .sort((a, b) => a.exact.mean - b.exact.mean);
}

/** How ε answers to one setting. */
export interface Sensitivity {
  readonly setting: 'ridge' | 'depth' | 'weightVariance' | 'biasVariance';
  readonly from: number;
  readonly to: number;
  /** ε(to) − ε(from) of the same pairs of images, so that the pairs' own spread cancels. */
  readonly change: Estimate;
}

/**
 * Changes of the exact ε when one setting changes: depth by +1, the variances and the ridge
 * doubled (from 0: to 0.1 for biases, to 1e-3 of the mean eigenvalue for the ridge).
 *
 * @param layers the network; `build` makes its kernel, e.g. `mlpKernel`.
 */
export function sensitivities(
  options: Omit<PredictOptions, 'kernel'>,
  layers: LayerOptions,
  build: (layers: LayerOptions) => Pick<NeuralKernel, 'name' | 'gram'>,
): Sensitivity[] {
  const base = predict({ ...options, kernel: build(layers) });
  const { ridge = 0 } = options;
  const { depth, weightVariance = 2, biasVariance = 0 } = layers;
  const meanEigenvalue = estimate(base.pairs.map((pair) => pair.meanEigenvalue)).mean;
  const change = (setting: Sensitivity['setting'], from: number, to: number): Sensitivity => {
    const other =
      setting === 'ridge'
        ? predict({ ...options, ridge: to, kernel: build(layers) })
        : predict({ ...options, kernel: build({ ...layers, [setting]: to }) });
    const changes = other.pairs.map((pair, i) => pair.exact - base.pairs[i].exact);
    return { setting, from, to, change: estimate(changes) };
  };
  return [
    change('ridge', ridge, ridge === 0 ? 1e-3 * meanEigenvalue : 2 * ridge),
    change('depth', depth, depth + 1),
    change('weightVariance', weightVariance, 2 * weightVariance),
    change('biasVariance', biasVariance, biasVariance === 0 ? 0.1 : 2 * biasVariance),
  ];
}
