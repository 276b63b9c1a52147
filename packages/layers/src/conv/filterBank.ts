/**
 * One filter in all orientations of a planar group, as a linear map of its weights: a gather where the
 * group maps taps onto taps, interpolation where it does not.
 */
import * as tf from '@tensorflow/tfjs';
import { interpolatedAction, type FiniteGroup } from '@intertwiner/groups';
import { groupFilterIndex, liftingFilterIndex } from './filterIndex.js';
import { shareFilter } from './sharedFilter.js';

export interface FilterBank {
  /** Weights of one filter: taps, times |G| for filters on regular fields. */
  readonly size: number;
  /** Mean square of a weight in the bank for weights of variance 1: less than 1 by interpolation. */
  readonly power: number;
  /**
   * How far the turns of the filter are from an isometry: max over the group of ‖TᵀT − 1‖ / √n on the
   * taps within the inscribed disc; 0 where they are exact.
   */
  readonly defect: number;
  /** [size, ...] → [|G|·size, ...], the filter of element g in block g. */
  spread(weights: tf.Tensor): tf.Tensor;
}

export interface FilterBankOptions {
  readonly group: FiniteGroup;
  readonly kernelSize: number;
  /** Whether the filter reads regular fields, whose index turns along. */
  readonly onFields: boolean;
}

/** The bank of C_n, D_n with n | 4: an index table (filterIndex.ts). */
export function exactBank({ group, kernelSize, onFields }: FilterBankOptions): FilterBank {
  const index = (onFields ? groupFilterIndex : liftingFilterIndex)(group, kernelSize);
  return {
    size: index.length / group.order,
    power: 1,
    defect: 0,
    spread: (weights) => shareFilter(weights, index),
  };
}

/**
 * The bank of any C_n or D_n: the filter, cut to the inscribed disc, is turned by bilinear interpolation.
 * Exact under the quarter turns and reflections in the axes among the group's elements.
 */
export function interpolatedBank({ group, kernelSize, onFields }: FilterBankOptions): FilterBank {
  const taps = kernelSize ** 2;
  const fields = onFields ? group.order : 1;
  const size = taps * fields;
  const action = interpolatedAction(group, { height: kernelSize, width: kernelSize });
  const inside = discTaps(kernelSize);
  const matrix = new Float32Array(group.order * size * size);
  for (let q = 0; q < taps; q++) {
    if (!inside[q]) continue;
    const unit = Float64Array.from({ length: taps }, (_, at) => (at === q ? 1 : 0));
    for (const g of group.elements) {
      const turned = action.apply(g, unit);
      for (let p = 0; p < taps; p++) {
        if (turned[p] === 0 || !inside[p]) continue;
        for (let h = 0; h < fields; h++) {
          // The filter of g at tap p and element h reads τ at g⁻¹p and g⁻¹h.
          const from = fields === 1 ? 0 : group.multiply(group.inverse(g), h);
          matrix[(g * size + p * fields + h) * size + q * fields + from] = turned[p];
        }
      }
    }
  }
  const squares = matrix.reduce((sum, value) => sum + value ** 2, 0);
  return {
    size,
    power: squares / (group.order * size),
    defect: Math.max(...group.elements.map((g) => action.isometryDefect(g))),
    spread: (weights) =>
      tf.tidy(() => {
        const [, ...rest] = weights.shape;
        const table = tf.tensor2d(matrix, [group.order * size, size]);
        const columns = weights.reshape([size, -1]) as tf.Tensor2D;
        return tf.matMul(table, columns).reshape([group.order * size, ...rest]);
      }),
  };
}

/** Whether a tap lies in the disc inscribed in the filter, which turns map onto itself. */
function discTaps(kernelSize: number): boolean[] {
  const half = (kernelSize - 1) / 2;
  return Array.from({ length: kernelSize ** 2 }, (_, at) => {
    const [x, y] = [(at % kernelSize) - half, Math.floor(at / kernelSize) - half];
    return Math.hypot(x, y) <= half + 1e-9;
  });
}
