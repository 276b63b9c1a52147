import { networkKernel, type NeuralKernel } from './kernel.js';
import type { Layer, Padding } from './layers.js';
import { readoutLayer, resolveLayerOptions, type LayerOptions } from './mlp.js';

/** Convolutions in each of the three stages. */
const stages = { 5: [2, 1, 1], 7: [2, 2, 2], 10: [3, 3, 3] } as const;

export interface MyrtleOptions extends Omit<LayerOptions, 'depth' | 'layerNorm'> {
  /** 5, 7 or 10 layers of weights, the readout included. */
  readonly depth: keyof typeof stages;
  /** Height and width, both multiples of 4. */
  readonly grid: readonly [number, number];
  /** Numbers per position, default 1. */
  readonly channels?: number;
  /** Default `zero`, as in the paper. */
  readonly padding?: Padding;
}

/**
 * The kernel of a Myrtle network (Shankar et al. 2020): three stages of 3×3 convolutions with
 * activations, 2×2 average pooling after the first two, global average pooling after the last.
 *
 * Pooling between convolutions mixes all pairs of positions: a pair of images costs positions²,
 * 32×32 pixels are seconds per entry.
 *
 * @throws RangeError on another depth, a grid that is not a multiple of 4, variances that are not ≥ 0.
 */
export function myrtleKernel(options: MyrtleOptions): NeuralKernel {
  const { depth, grid, channels = 1, padding = 'zero' } = options;
  if (!(depth in stages)) throw new RangeError(`depth: expected 5, 7 or 10, got ${depth}.`);
  const resolved = resolveLayerOptions(options);
  const { weightVariance, biasVariance, activation } = resolved;
  const block: Layer[] = [
    { layer: 'conv', filter: 3, padding, weightVariance, biasVariance },
    { layer: 'activation', activation },
  ];
  const [first, second, third] = stages[depth].map((count) =>
    Array.from({ length: count }, () => block).flat(),
  );
  const pool: Layer = { layer: 'averagePool', size: 2 };
  return networkKernel({
    name: `myrtle${depth}(${[...grid, channels].join('×')}, ${padding}, weights ${weightVariance}, biases ${biasVariance})`,
    grid,
    channels,
    layers: [
      ...[...first, pool, ...second, pool, ...third],
      { layer: 'globalAveragePool' },
      readoutLayer(resolved),
    ],
  });
}
