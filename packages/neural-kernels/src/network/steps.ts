/**
 * Layers as elementary steps on covariances. K and Θ are arrays: one entry per pair of inputs for
 * vectors, one per pair of positions for images. All steps but `window` act on each entry alone.
 */
import { dualActivation, type DualActivation } from '../activations/activation.js';
import { requireInteger, requireNonNegative } from '../checks.js';
import type { Layer, Padding } from './layers.js';

/** Steps that act on every entry alone. `reads` numbers the steps that need the variances. */
export type EntryStep =
  | { readonly step: 'affine'; readonly weightVariance: number; readonly biasVariance: number }
  | { readonly step: 'activation'; readonly dual: DualActivation; readonly reads: number }
  | { readonly step: 'normalise'; readonly reads: number }
  | { readonly step: 'fork' }
  | { readonly step: 'join' };

/** Filter window along equal offsets: what a convolution does before its weights. */
export interface WindowStep {
  readonly step: 'window';
  readonly filter: number | readonly number[];
  readonly stride: number;
  readonly padding: Padding;
}

/** A filter over elements of a group, along equal offsets. */
export interface GroupWindowStep {
  readonly step: 'groupWindow';
  readonly filter: readonly number[];
}

export type Step = EntryStep | WindowStep | GroupWindowStep;

/** Translates layers to steps; numbers the variance reads from `firstRead` on. */
export function compileSteps(layers: readonly Layer[], firstRead = 0): Step[] {
  let reads = firstRead;
  const compile = (layer: Layer): Step[] => {
    switch (layer.layer) {
      case 'dense':
        return [affine(layer)];
      case 'conv':
        return [window(layer), affine(layer)];
      case 'groupConv':
        return [{ step: 'groupWindow', filter: layer.filter }, affine(layer)];
      case 'activation':
        return [{ step: 'activation', dual: dualActivation(layer.activation), reads: reads++ }];
      case 'layerNorm':
        return [{ step: 'normalise', reads: reads++ }];
      case 'residual':
        requireBranch(layer.branch);
        return [{ step: 'fork' }, ...layer.branch.flatMap(compile), { step: 'join' }];
      default:
        throw new RangeError(
          `layers: ${layer.layer} cannot stand here; it belongs at the top level of an image network.`,
        );
    }
  };
  return layers.flatMap(compile);
}

/** How many variance reads the steps contain. */
export function countReads(steps: readonly Step[]): number {
  return steps.filter((s) => s.step === 'activation' || s.step === 'normalise').length;
}

function affine(layer: { weightVariance: number; biasVariance: number }): EntryStep {
  requireNonNegative('weightVariance', layer.weightVariance);
  requireNonNegative('biasVariance', layer.biasVariance);
  const { weightVariance, biasVariance } = layer;
  return { step: 'affine', weightVariance, biasVariance };
}

function window(layer: Extract<Layer, { layer: 'conv' }>): WindowStep {
  const { filter, stride = 1, padding = 'circular' } = layer;
  for (const size of [filter].flat()) requireInteger('conv.filter', size);
  requireInteger('conv.stride', stride);
  if (padding !== 'circular' && padding !== 'zero') {
    throw new RangeError(`conv.padding: expected circular or zero, got ${String(padding)}.`);
  }
  return { step: 'window', filter, stride, padding };
}

/** Without fresh weights at its end, a branch is correlated with x and K does not simply add. */
function requireBranch(branch: readonly Layer[]): void {
  const last = branch.at(-1)?.layer;
  if (last !== 'dense' && last !== 'conv' && last !== 'groupConv') {
    throw new RangeError(
      `residual.branch: must end in dense, conv or groupConv, ends in ${last ?? 'nothing'}.`,
    );
  }
}
