import { dualActivation, type Activation } from '../activations/activation.js';
import { requireInteger } from '../checks.js';
import { vectorNetworkKernel, type VectorKernel } from './kernel.js';
import type { Layer } from './layers.js';

/** What the hidden layers and the readout of every network share. */
export interface LayerOptions {
  /** Number of hidden layers (blocks, convolutions), ≥ 0. */
  readonly depth: number;
  /** Default `relu`. */
  readonly activation?: Activation;
  /** σ_w² of hidden layers; default 2 (He: keeps the variance of ReLU networks). */
  readonly weightVariance?: number;
  /** σ_b² of hidden layers; default 0. */
  readonly biasVariance?: number;
  /** σ_w² of the readout; default 1. */
  readonly readoutWeightVariance?: number;
  /** σ_b² of the readout; default 0. */
  readonly readoutBiasVariance?: number;
  /** Normalise before every activation; default false. */
  readonly layerNorm?: boolean;
}

/** {@link LayerOptions} with every default filled in. */
export type ResolvedLayerOptions = Required<LayerOptions>;

/** @throws RangeError unless the depth is an integer ≥ 0. */
export function resolveLayerOptions(options: LayerOptions): ResolvedLayerOptions {
  requireInteger('depth', options.depth, 0);
  return {
    activation: 'relu',
    weightVariance: 2,
    biasVariance: 0,
    readoutWeightVariance: 1,
    readoutBiasVariance: 0,
    layerNorm: false,
    ...options,
  };
}

/** Dense, (norm,) activation. */
export function hiddenLayers(options: ResolvedLayerOptions): Layer[] {
  const { weightVariance, biasVariance } = options;
  return [{ layer: 'dense', weightVariance, biasVariance }, ...nonlinearity(options)];
}

/** (Norm,) activation. */
export function nonlinearity({ activation, layerNorm }: ResolvedLayerOptions): Layer[] {
  return [
    ...(layerNorm ? [{ layer: 'layerNorm' } as const] : []),
    { layer: 'activation', activation },
  ];
}

/** The last layer. */
export function readoutLayer(options: ResolvedLayerOptions): Layer {
  return {
    layer: 'dense',
    weightVariance: options.readoutWeightVariance,
    biasVariance: options.readoutBiasVariance,
  };
}

/** How the shared options print, e.g. `depth 3, relu, weights 2, biases 0, readout 1 + 0`. */
export function describeLayers(options: ResolvedLayerOptions): string {
  const { depth, weightVariance, biasVariance } = options;
  const norm = options.layerNorm ? ', layer norm' : '';
  return (
    `depth ${depth}, ${dualActivation(options.activation).name}, weights ${weightVariance}, ` +
    `biases ${biasVariance}, ` +
    `readout ${options.readoutWeightVariance} + ${options.readoutBiasVariance}${norm}`
  );
}

/**
 * Kernel of a multilayer perceptron: `depth` times dense and activation, then a dense readout
 * (Lee et al. 2018; Jacot et al. 2018).
 *
 * @throws RangeError on a depth or variance that is not ≥ 0, or an unknown activation.
 */
export function mlpKernel(options: LayerOptions): VectorKernel {
  const resolved = resolveLayerOptions(options);
  const hidden = Array.from({ length: resolved.depth }, () => hiddenLayers(resolved));
  const layers = [...hidden.flat(), readoutLayer(resolved)];
  return vectorNetworkKernel({
    name: `mlp(${describeLayers(resolved)})`,
    grid: [],
    channels: 1,
    layers,
  });
}
