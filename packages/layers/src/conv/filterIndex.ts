/**
 * Weight sharing of group convolutions as index tables (Cohen & Welling, Group Equivariant
 * Convolutional Networks, 2016, eq. 10 and 11): the filter bank of all orientations is a gather of
 * one filter τ. Convolution is tfjs's cross-correlation, taps q are offsets from the centre:
 *
 *   lifting   y[p, g] = Σ_q     x[p + q]    τ[g⁻¹q]
 *   group     y[p, g] = Σ_{q,h} x[p + q, h] τ[g⁻¹q, g⁻¹h]
 */
import { gridAction, type FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';

/**
 * Index table of the lifting convolution.
 *
 * @param group a planar group with an exact action on the square grid (C_n, D_n with n | 4).
 * @param kernelSize odd side k of the filter.
 * @returns `Int32Array` of shape [|G|, k·k]: the filter of element g at tap p (row-major) is
 *   τ[index[g·k² + p]].
 * @throws {LayerError} if `kernelSize` is not an odd positive integer.
 */
export function liftingFilterIndex(group: FiniteGroup, kernelSize: number): Int32Array {
  checkKernelSize(kernelSize, 'liftingFilterIndex');
  const taps = kernelSize ** 2;
  const action = gridAction(group, { height: kernelSize, width: kernelSize });
  const index = new Int32Array(group.order * taps);
  for (const g of group.elements) index.set(action.permutation(g), g * taps);
  return index;
}

/**
 * Index table of the group convolution.
 *
 * @param group as for {@link liftingFilterIndex}.
 * @param kernelSize odd side k of the filter.
 * @returns `Int32Array` of shape [|G| out, k·k·|G| in]: the filter of output element g at tap p and
 *   input element h is τ[index[g·k²|G| + p·|G| + h]], τ of size k²·|G|, tap-major.
 * @throws {LayerError} if `kernelSize` is not an odd positive integer.
 */
export function groupFilterIndex(group: FiniteGroup, kernelSize: number): Int32Array {
  checkKernelSize(kernelSize, 'groupFilterIndex');
  const { order } = group;
  const taps = kernelSize ** 2;
  const spatial = liftingFilterIndex(group, kernelSize);
  const index = new Int32Array(order * taps * order);
  let at = 0;
  for (const g of group.elements) {
    const inverse = group.inverse(g);
    for (let p = 0; p < taps; p++) {
      for (const h of group.elements) {
        index[at++] = spatial[g * taps + p] * order + group.multiply(inverse, h);
      }
    }
  }
  return index;
}

/** @throws {LayerError} unless the filter has a centre tap, about which it can be rotated. */
export function checkKernelSize(kernelSize: number, where: string): void {
  if (!Number.isInteger(kernelSize) || kernelSize < 1 || kernelSize % 2 === 0) {
    throw new LayerError(
      where,
      `kernelSize must be an odd positive integer, so that the filter has a centre, got ${kernelSize}.`,
    );
  }
}
