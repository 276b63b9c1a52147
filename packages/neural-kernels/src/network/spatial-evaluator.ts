/** Kernel matrices of networks on images: their pairs on the grids, then the head on vectors. */
import { scaleInputs } from '../gram/input.js';
import type { TileEvaluator } from '../gram/tiles.js';
import type { LaneArena } from '../simd/lanes.js';
import { BufferPool } from './buffer-pool.js';
import { ImagePairs, type PreparedImage } from './image-pairs.js';
import type { EvaluatorInputs } from './kernel.js';
import type { SpatialPlan } from './spatial-plan.js';
import { pairEvaluator } from './pair-evaluator.js';
import { traceVariances } from './vector-network.js';

/** Prepares the kernel matrix of a network on images; rows are images, channels last. */
/** Room for the grids of a pair; what does not fit lies in ordinary memory. */
const laneRoom = 2 ** 20;

export function spatialEvaluator(
  plan: SpatialPlan,
  inputs: EvaluatorInputs,
  arena: LaneArena,
): TileEvaluator {
  const size = plan.grid.h * plan.grid.w * plan.channels;
  if (inputs.d !== size) {
    const { h, w } = plan.grid;
    throw new RangeError(
      `d: the kernel takes ${h} × ${w} × ${plan.channels} numbers, got ${inputs.d}.`,
    );
  }
  const pool = new BufferPool(arena.reserve(laneRoom));
  const prepare = (X: ArrayLike<number>, n: number) => {
    const { rows, factor } = scaleInputs(X, n, size, plan.channels, inputs.inputScaling);
    const pairs = new ImagePairs(plan, factor, pool);
    const images = Array.from({ length: n }, (_, i) =>
      pairs.prepare(rows.subarray(i * size, (i + 1) * size)),
    );
    return { pairs, images, head: headTrace(plan, pairs, images) };
  };
  const X = prepare(inputs.X, inputs.n);
  const Y = inputs.Y ? prepare(inputs.Y, inputs.m) : X;
  return pairEvaluator({
    rows: inputs.n,
    columns: inputs.m,
    symmetric: X === Y,
    pair: (i, j) => X.pairs.readout(X.images[i], Y.images[j]),
    head: plan.head,
    headX: X.head,
    headY: Y.head,
  });
}

/** Variances that the dense head reads; a head without nonlinearity reads none. */
function headTrace(
  plan: SpatialPlan,
  pairs: ImagePairs,
  images: readonly PreparedImage[],
): Float64Array[] {
  if (plan.head.reads === 0) return [];
  const own = Float64Array.from(images, (image) => pairs.readout(image, image)[0]);
  return traceVariances(plan.head, own);
}
