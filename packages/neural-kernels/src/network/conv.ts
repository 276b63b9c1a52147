import { requireInteger } from '../checks.js';
import { networkKernel, type NeuralKernel } from './kernel.js';
import type { Layer, Padding } from './layers.js';
import {
  describeLayers,
  hiddenLayers,
  nonlinearity,
  readoutLayer,
  resolveLayerOptions,
  type LayerOptions,
  type ResolvedLayerOptions,
} from './mlp.js';

export interface ConvOptions extends LayerOptions {
  /** Positions along each axis: [length] or [height, width]. */
  readonly grid: readonly number[];
  /** Numbers per position; inputs are laid out with channels last. Default 1. */
  readonly channels?: number;
  /** Filter size, or one per axis; default 3. */
  readonly filter?: number | readonly number[];
  /** Default 1. */
  readonly stride?: number;
  /** Default `circular`. */
  readonly padding?: Padding;
  /**
   * Averages windows of this size after every activation (of a residual network: after every block);
   * default 1, no pooling.
   */
  readonly averagePool?: number;
  /**
   * How positions reach the readout: `flatten` (default, one weight per position) or
   * `globalAveragePool`, which makes a circular network invariant to shifts.
   */
  readonly pooling?: 'flatten' | 'globalAveragePool';
  /** Hidden dense layers between pooling and readout; default 0. */
  readonly headDepth?: number;
  /** Every convolution but the first becomes x + conv(activation(x)); default false. */
  readonly residual?: boolean;
}

/**
 * Kernel of a convolutional network: `depth` times convolution and activation, then flatten or
 * global average pooling, then dense layers (Novak et al. 2019; Arora et al. 2019).
 *
 * Work per pair of images is proportional to depth · positions with `flatten`, and to
 * depth · positions² with global average pooling, whatever the filter.
 *
 * @throws RangeError on sizes that do not fit each other; variances and depths that are not ≥ 0.
 */
export function convKernel(options: ConvOptions): NeuralKernel {
  const { grid, channels = 1, pooling = 'flatten', headDepth = 0, residual = false } = options;
  const resolved = resolveLayerOptions(options);
  requireInteger('headDepth', headDepth, 0);
  return networkKernel({
    name: `conv(${describeConv(options, resolved)})`,
    grid,
    channels,
    layers: [
      ...(residual ? residualLayers(options, resolved) : plainLayers(options, resolved)),
      { layer: pooling },
      ...Array.from({ length: headDepth }, () => hiddenLayers(resolved)).flat(),
      readoutLayer(resolved),
    ],
  });
}

function plainLayers(options: ConvOptions, resolved: ResolvedLayerOptions): Layer[] {
  const hidden = [convLayer(options, resolved), ...nonlinearity(resolved), ...pool(options)];
  return Array.from({ length: resolved.depth }, () => hidden).flat();
}

function residualLayers(options: ConvOptions, resolved: ResolvedLayerOptions): Layer[] {
  if ((options.stride ?? 1) !== 1) {
    throw new RangeError('stride: a residual network needs stride 1; use averagePool instead.');
  }
  if (resolved.depth === 0) return [];
  const conv = convLayer(options, resolved);
  const block: Layer = { layer: 'residual', branch: [...nonlinearity(resolved), conv] };
  const blocks = Array.from({ length: resolved.depth - 1 }, () => [block, ...pool(options)]);
  return [conv, ...blocks.flat(), ...nonlinearity(resolved)];
}

function convLayer(options: ConvOptions, { weightVariance, biasVariance }: ResolvedLayerOptions) {
  const { filter = 3, stride = 1, padding = 'circular' } = options;
  return { layer: 'conv', filter, stride, padding, weightVariance, biasVariance } as const;
}

function pool({ averagePool: size = 1 }: ConvOptions): Layer[] {
  return size === 1 ? [] : [{ layer: 'averagePool', size }];
}

function describeConv(options: ConvOptions, resolved: ResolvedLayerOptions): string {
  const { grid, channels = 1, filter = 3, stride = 1, padding = 'circular' } = options;
  const extras = [
    ...(stride === 1 ? [] : [`stride ${stride}`]),
    ...((options.averagePool ?? 1) === 1 ? [] : [`average pool ${options.averagePool}`]),
    ...(options.residual ? ['residual'] : []),
    options.pooling ?? 'flatten',
    ...(options.headDepth ? [`head ${options.headDepth}`] : []),
  ];
  const shape = [...grid, channels].join('×');
  const size = [filter].flat().join('×');
  return `${shape}, filter ${size}, ${padding}, ${extras.join(', ')}, ${describeLayers(resolved)}`;
}
