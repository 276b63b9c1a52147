/** Kernel matrices of networks on images: their pairs on the grids, then the head on vectors. */
import { scaleInputs } from '../gram/input.js';
import { largestTile, type TileEvaluator } from '../gram/tiles.js';
import type { LaneArena } from '../simd/lanes.js';
import { BufferPool } from './buffer-pool.js';
import { ImagePairs, type PreparedImage } from './image-pairs.js';
import type { EvaluatorInputs } from './kernel.js';
import type { SpatialPlan } from './spatial-plan.js';
import { propagateRows, traceVariances } from './vector-network.js';

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
  const symmetric = X === Y;
  const area = Math.min(inputs.n, largestTile) * Math.min(inputs.m, largestTile);
  const [nngp, ntk] = [new Float64Array(area), new Float64Array(area)];
  return {
    rows: inputs.n,
    columns: inputs.m,
    symmetric,
    tile(tile) {
      const stride = tile.j1 - tile.j0;
      for (let i = tile.i0; i < tile.i1; i++) {
        for (let j = symmetric ? Math.max(i, tile.j0) : tile.j0; j < tile.j1; j++) {
          const [k, theta] = X.pairs.readout(X.images[i], Y.images[j]);
          nngp[(i - tile.i0) * stride + j - tile.j0] = k;
          ntk[(i - tile.i0) * stride + j - tile.j0] = theta;
        }
      }
      propagateRows(plan.head, X.head, Y.head, tile, symmetric, { nngp, ntk, stride });
      return { nngp, ntk, stride };
    },
  };
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
