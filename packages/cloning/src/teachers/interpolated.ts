/** Convolutions of rotation groups that do not map the pixels onto themselves, such as C8. */
import * as tf from '@tensorflow/tfjs';
import { interpolatedAction, type FiniteGroup } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import {
  convolutionTeacher,
  patchIndex,
  type ConvolutionOptions,
  type FilterBank,
} from './convolution.js';
import type { LayerTeacher } from './teacher.js';

export interface InterpolatedOptions extends ConvolutionOptions {
  /** What lies beyond the edge. Default: zeros, since no rotation fits a torus of pixels. */
  readonly padding?: 'torus' | 'zero';
}

/**
 * Image → regular field of C_n or D_n with any n, by filters rotated with bilinear interpolation:
 * x [S·S], τ [k·k] → [S·S·|G|]. Its actions interpolate too, so it commutes with them only
 * approximately; `mapSymmetry` measures how far, which is what a clone of it can have at best.
 */
export function interpolatedLiftingTeacher(options: InterpolatedOptions): LayerTeacher {
  const { group, size, kernelSize, padding = 'zero' } = options;
  return convolutionTeacher({
    name: `${group.name} interpolated lifting ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, 1, padding === 'zero'),
    filters: rotatedFilters(group, kernelSize, false),
    filterSize: kernelSize ** 2,
    order: group.order,
    inputAction: rotatedFields(group, size, false),
    outputAction: rotatedFields(group, size, true),
  });
}

/** Regular field → regular field, likewise: x [S·S·|G|], τ [k·k·|G|] → [S·S·|G|]. */
export function interpolatedGroupTeacher(options: InterpolatedOptions): LayerTeacher {
  const { group, size, kernelSize, padding = 'zero' } = options;
  const action = rotatedFields(group, size, true);
  return convolutionTeacher({
    name: `${group.name} interpolated group convolution ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, group.order, padding === 'zero'),
    filters: rotatedFilters(group, kernelSize, true),
    filterSize: kernelSize ** 2 * group.order,
    order: group.order,
    inputAction: action,
    outputAction: action,
  });
}

/** The filters g·τ of all elements, one after the other. */
function rotatedFilters(group: FiniteGroup, size: number, regular: boolean): FilterBank {
  const matrices = group.elements.map((element) => fieldMatrix(group, element, size, regular));
  const taps = size ** 2 * (regular ? group.order : 1);
  // Columns of all matrices beside each other: (g·τ)[p] = Σ_q M_g[p, q] τ[q].
  const table = new Float32Array(taps * matrices.length * taps);
  matrices.forEach((matrix, g) => {
    for (let p = 0; p < taps; p++) {
      for (let q = 0; q < taps; q++) {
        table[(q * matrices.length + g) * taps + p] = matrix[p * taps + q]!;
      }
    }
  });
  return (tau) =>
    tau
      .reshape([-1, taps])
      .matMul(tf.tensor2d(table, [taps, matrices.length * taps]))
      .reshape([...tau.shape.slice(0, -1), matrices.length * taps]);
}

/** The matrix of an element on a scalar or a regular field of size × size pixels, row-major. */
function fieldMatrix(
  group: FiniteGroup,
  element: number,
  size: number,
  regular: boolean,
): Float32Array {
  const pixels = size ** 2;
  const action = interpolatedAction(group, { height: size, width: size });
  const order = regular ? group.order : 1;
  const n = pixels * order;
  const out = new Float32Array(n * n);
  const unit = new Float64Array(pixels);
  for (let q = 0; q < pixels; q++) {
    unit.fill(0);
    unit[q] = 1;
    const moved = action.apply(element, unit);
    moved.forEach((value, p) => {
      if (value === 0) return;
      for (let h = 0; h < order; h++) {
        const to = regular ? group.multiply(element, h) : 0;
        out[(p * order + to) * n + q * order + h] = value;
      }
    });
  }
  return out;
}

function rotatedFields(group: FiniteGroup, size: number, regular: boolean): Action {
  const known = new Map<number, Float32Array>();
  const n = size ** 2 * (regular ? group.order : 1);
  const matrixOf = (element: number) => {
    const matrix = known.get(element) ?? fieldMatrix(group, element, size, regular);
    known.set(element, matrix);
    return matrix;
  };
  const apply = (element: number, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() =>
      x
        .reshape([-1, n])
        .matMul(tf.tensor2d(matrixOf(element), [n, n]), false, true)
        .reshape(x.shape),
    );
  const field = regular ? 'regular' : 'scalar';
  const description = `${field} field of ${group.name} on ${size}×${size}, interpolated`;
  return { group, description, sampleShape: [n], apply };
}
