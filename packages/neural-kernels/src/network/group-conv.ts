import { requireInteger } from '../checks.js';
import { resolveGroup, type OrbitGroup } from '../symmetry/group-average.js';
import { networkKernel, type NeuralKernel } from './kernel.js';
import type { Layer } from './layers.js';
import {
  describeLayers,
  nonlinearity,
  readoutLayer,
  resolveLayerOptions,
  type LayerOptions,
} from './mlp.js';

export interface GroupConvOptions extends LayerOptions {
  /** A finite group, or N for Z_N. */
  readonly group: OrbitGroup;
  /** How an element moves an input: (g·x)[i] = x[permutation(g)[i]]. */
  readonly permutation: (element: number) => ArrayLike<number>;
  /** The numbers of an input that the lifting's filter sees from the identity; default all. */
  readonly window?: readonly number[];
  /** The elements that the filters of group convolutions cover; default all. */
  readonly filter?: readonly number[];
  /**
   * `groupPool` (default): the mean over the group, which makes the network invariant. `flatten`: one
   * weight per element.
   */
  readonly pooling?: 'groupPool' | 'flatten';
}

/**
 * Kernel of a group-convolutional network (Cohen & Welling 2016) on any finite group that permutes
 * the numbers of an input: a lifting f(g) = w·(g⁻¹x), then `depth` − 1 group convolutions
 * f'(g) = Σ_k w(k) f(gk), each with an activation, then pooling over the group and a readout.
 *
 * Filters see pairs of elements at equal offsets, K(g, g') ← mean_k K(gk, g'k): work per pair of
 * inputs is |G|²·|filter| for each layer. With shifts as the group it is `convKernel` with a circular
 * filter; with shifts and quarter turns of a torus it is a p4 network.
 *
 * @throws RangeError on a window, filter or permutation that does not fit, and depths < 1.
 */
export function groupConvKernel(options: GroupConvOptions): NeuralKernel {
  const group = resolveGroup(options.group);
  const { order, elements, inverse, multiply } = group;
  const { pooling = 'groupPool', filter = elements } = options;
  requireInteger('depth', options.depth);
  const resolved = resolveLayerOptions(options);
  const d = options.permutation(0).length;
  const { window = Array.from({ length: d }, (_, i) => i) } = options;
  requireMembers('window', window, d);
  requireMembers('filter', filter, order);
  const taps = elements.map((g) => {
    const moved = options.permutation(inverse(g));
    const seen = window.map((i) => moved[i]);
    if (moved.length !== d || seen.some((i) => !Number.isInteger(i) || i < 0 || i >= d)) {
      throw new RangeError(`permutation(${inverse(g)}): expected ${d} numbers from 0 to ${d - 1}.`);
    }
    return seen;
  });
  const { weightVariance, biasVariance } = resolved;
  const hidden: Layer[] = Array.from({ length: resolved.depth - 1 }, (): Layer[] => [
    { layer: 'groupConv', filter, weightVariance, biasVariance },
    ...nonlinearity(resolved),
  ]).flat();
  return networkKernel({
    name: `groupConv(${group.name}, ${window.length} inputs, ${filter.length} elements, ${pooling}, ${describeLayers(resolved)})`,
    grid: [],
    channels: 1,
    positions: {
      inputSize: d,
      taps,
      products: elements.map((g) => elements.map((h) => multiply(g, h))),
    },
    layers: [
      { layer: 'dense', weightVariance, biasVariance },
      ...nonlinearity(resolved),
      ...hidden,
      { layer: pooling },
      readoutLayer(resolved),
    ],
  });
}

function requireMembers(name: string, list: readonly number[], count: number): void {
  for (const entry of list) {
    requireInteger(name, entry, 0);
    if (entry >= count) throw new RangeError(`${name}: ${entry} is not below ${count}.`);
  }
  if (list.length === 0 || new Set(list).size !== list.length) {
    throw new RangeError(`${name}: expected distinct numbers, got [${list.join(', ')}].`);
  }
}
