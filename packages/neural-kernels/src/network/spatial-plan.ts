/**
 * Networks on images, cut where their structure changes.
 *
 * The covariance of two images is a function of pairs of positions (p, p'). Convolutions read it
 * at equal offsets (p+o, p'+o), so with δ = p' − p fixed they act on a grid, not on pairs: the
 * kernel is a family of independent grids, one for each δ (on the torus of positions). `flatten`
 * reads only δ = 0; global average pooling reads all of them. Only average pooling mixes grids of
 * different δ: there the network is cut into segments.
 */
import { requireInteger } from '../checks.js';
import type { Layer } from './layers.js';
import { compileSteps, countReads, type EntryStep, type WindowStep } from './steps.js';
import { compileVector, type VectorPlan } from './vector-network.js';

/** Height and width; signals of one axis have height 1. */
export interface Grid {
  readonly h: number;
  readonly w: number;
}

/** A window with its sizes and strides along both axes. */
export interface GridWindow extends Omit<WindowStep, 'filter' | 'stride'> {
  readonly filter: Grid;
  readonly stride: Grid;
}

export type SpatialStep = EntryStep | GridWindow;

/** Layers between two poolings. */
export interface Segment {
  /** Windows averaged before the segment; { h: 1, w: 1 } if none. */
  readonly pool: Grid;
  /** The grid the steps start from, after pooling. */
  readonly input: Grid;
  readonly output: Grid;
  /** Product of the strides: offsets δ of the output are offsets δ·stride of the input. */
  readonly stride: Grid;
  readonly steps: readonly SpatialStep[];
  readonly reads: number;
}

export interface SpatialPlan {
  readonly grid: Grid;
  readonly channels: number;
  readonly segments: readonly Segment[];
  readonly readout: 'flatten' | 'globalAveragePool';
  readonly head: VectorPlan;
}

/** @throws RangeError on layers that do not fit each other or the grid. */
export function compileSpatial(
  axes: readonly number[],
  channels: number,
  layers: readonly Layer[],
): SpatialPlan {
  if (axes.length > 2) throw new RangeError(`grid: expected 1 or 2 axes, got ${axes.length}.`);
  for (const size of axes) requireInteger('grid', size);
  requireInteger('channels', channels);
  const grid = axes.length === 1 ? { h: 1, w: axes[0] } : { h: axes[0], w: axes[1] };
  const cut = layers.findIndex(({ layer }) => layer === 'flatten' || layer === 'globalAveragePool');
  if (cut < 0) {
    throw new RangeError('layers: an image network needs flatten or globalAveragePool.');
  }
  return {
    grid,
    channels,
    segments: compileSegments(grid, axes.length, layers.slice(0, cut)),
    readout: layers[cut].layer as SpatialPlan['readout'],
    head: compileVector(layers.slice(cut + 1)),
  };
}

function compileSegments(grid: Grid, axes: number, layers: readonly Layer[]): Segment[] {
  const segments: Segment[] = [];
  let [pool, current, pending]: [Grid, Grid, Layer[]] = [perAxis(1, axes), grid, []];
  for (const layer of [...layers, null]) {
    if (layer !== null && layer.layer !== 'averagePool') {
      pending.push(layer);
      continue;
    }
    const segment = compileSegment(pool, current, axes, pending);
    segments.push(segment);
    if (layer === null) break;
    requireInteger('averagePool.size', layer.size);
    pool = perAxis(layer.size, axes);
    current = divided(segment.output, pool, 'averagePool.size');
    pending = [];
  }
  return segments;
}

function compileSegment(pool: Grid, input: Grid, axes: number, layers: readonly Layer[]): Segment {
  requireSpatial(layers);
  let output = input;
  let depth = 0;
  // A window is summed; its mean is left to the weights that follow it.
  let windowSize = 1;
  const steps = compileSteps(layers).map((step): SpatialStep => {
    if (step.step === 'fork') depth++;
    if (step.step === 'join') depth--;
    if (step.step === 'affine') {
      const weightVariance = step.weightVariance / windowSize;
      windowSize = 1;
      return { step: 'affine', weightVariance, biasVariance: step.biasVariance };
    }
    if (step.step === 'groupWindow') {
      throw new RangeError('layers: groupConv needs the elements of a group; use conv.');
    }
    if (step.step !== 'window') return step;
    const window = gridWindow(step, axes, output);
    const next = divided(output, window.stride, 'conv.stride');
    if (depth > 0 && step.stride > 1) {
      throw new RangeError('residual.branch: a conv inside must have stride 1.');
    }
    output = next;
    windowSize = window.filter.h * window.filter.w;
    return window;
  });
  const stride = { h: input.h / output.h, w: input.w / output.w };
  return { pool, input, output, stride, steps, reads: countReads(steps as EntryStep[]) };
}

function gridWindow(step: WindowStep, axes: number, grid: Grid): GridWindow {
  const sizes = typeof step.filter === 'number' ? new Array(axes).fill(step.filter) : step.filter;
  if (sizes.length !== axes) {
    throw new RangeError(`conv.filter: expected ${axes} sizes, got ${sizes.length}.`);
  }
  const filter = axes === 1 ? { h: 1, w: sizes[0] } : { h: sizes[0], w: sizes[1] };
  if (step.padding === 'circular' && (filter.h > grid.h || filter.w > grid.w)) {
    throw new RangeError(
      `conv.filter: ${filter.h} × ${filter.w} is larger than the torus, ${grid.h} × ${grid.w}.`,
    );
  }
  return { step: 'window', filter, stride: perAxis(step.stride, axes), padding: step.padding };
}

/** A dense layer would need to know all positions at once. */
function requireSpatial(layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (layer.layer === 'dense') {
      throw new RangeError('layers: dense on an image; flatten or pool first, or use conv.');
    }
    if (layer.layer === 'residual') requireSpatial(layer.branch);
  }
}

function perAxis(size: number, axes: number): Grid {
  return { h: axes === 1 ? 1 : size, w: size };
}

function divided(grid: Grid, by: Grid, name: string): Grid {
  if (grid.h % by.h !== 0 || grid.w % by.w !== 0) {
    throw new RangeError(`${name}: ${by.w} does not divide the grid, ${grid.h} × ${grid.w}.`);
  }
  return { h: grid.h / by.h, w: grid.w / by.w };
}
