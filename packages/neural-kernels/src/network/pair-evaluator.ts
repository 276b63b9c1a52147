import { largestTile, type TileEvaluator } from '../gram/tiles.js';
import { propagateRows, type VectorPlan } from './vector-network.js';

/** Inputs whose pairs are computed one by one, and then go through dense layers. */
export interface PairProblem {
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns are the same inputs. */
  readonly symmetric: boolean;
  /** K and Θ of row i and column j after pooling. */
  pair(i: number, j: number): readonly [number, number];
  /** The dense layers, and the variances that they read: of the rows, and of the columns. */
  readonly head: VectorPlan;
  readonly headX: readonly Float64Array[];
  readonly headY: readonly Float64Array[];
}

/** Tiles of a kernel matrix that is computed pair by pair. */
export function pairEvaluator(problem: PairProblem): TileEvaluator {
  const { rows, columns, symmetric, pair, head, headX, headY } = problem;
  const area = Math.min(rows, largestTile) * Math.min(columns, largestTile);
  const [nngp, ntk] = [new Float64Array(area), new Float64Array(area)];
  return {
    rows,
    columns,
    symmetric,
    tile(tile) {
      const stride = tile.j1 - tile.j0;
      for (let i = tile.i0; i < tile.i1; i++) {
        for (let j = symmetric ? Math.max(i, tile.j0) : tile.j0; j < tile.j1; j++) {
          const at = (i - tile.i0) * stride + j - tile.j0;
          [nngp[at], ntk[at]] = pair(i, j);
        }
      }
      const values = { nngp, ntk, stride };
      propagateRows(head, headX, headY, tile, symmetric, values);
      return values;
    },
  };
}
