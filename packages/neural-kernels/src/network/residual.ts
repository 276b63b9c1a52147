import { vectorNetworkKernel, type VectorKernel } from './kernel.js';
import type { Layer } from './layers.js';
import {
  describeLayers,
  nonlinearity,
  readoutLayer,
  resolveLayerOptions,
  type LayerOptions,
} from './mlp.js';

export interface ResidualOptions extends LayerOptions {
  /** Start with a dense layer, which lifts the input to the network's width; default true. */
  readonly stem?: boolean;
}

/**
 * Kernel of a residual perceptron: a dense stem, `depth` blocks x + Dense(activation(x)) (with
 * `layerNorm`: x + Dense(activation(norm(x)))), then a dense readout.
 *
 * @throws RangeError on a depth or variance that is not ≥ 0, or an unknown activation.
 */
export function residualKernel(options: ResidualOptions): VectorKernel {
  const { stem = true, ...rest } = options;
  const resolved = resolveLayerOptions(rest);
  const { weightVariance, biasVariance } = resolved;
  const dense: Layer = { layer: 'dense', weightVariance, biasVariance };
  const block: Layer = { layer: 'residual', branch: [...nonlinearity(resolved), dense] };
  const blocks = Array.from({ length: resolved.depth }, () => block);
  return vectorNetworkKernel({
    name: `residual(${describeLayers(resolved)}${stem ? '' : ', no stem'})`,
    grid: [],
    channels: 1,
    layers: [...(stem ? [dense] : []), ...blocks, readoutLayer(resolved)],
  });
}
