/**
 * Kernels κ: R² → R^{dimOut×dimIn} on the taps of a filter with κ(g·q) = ρ_out(g) κ(q) ρ_in(g)⁻¹, the
 * condition under which convolution turns a field of type ρ_in into one of type ρ_out (Weiler & Cesa,
 * General E(2)-Equivariant Steerable CNNs, 2019, eq. 4).
 */
import type { Group, Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { Block } from '../linear/intertwinerBlock.js';
import { circularKernels } from './circularKernels.js';
import { harmonicKernels } from './harmonicKernels.js';
import type { Kernel, KernelMethod, Sampling } from './kernel.js';
import { orbitKernels } from './orbitKernels.js';

/**
 * An orthonormal basis of the steerable kernels, as rows over output entries, taps, input entries.
 *
 * C_n and D_n with n | 4: all kernels on the grid, exactly. SO(2), O(2) and the other C_n, D_n: rings
 * with a Gaussian profile and circular harmonics around, sampled at the taps; exact under the quarter
 * turns and reflections among them, as good as the sampling for the rest.
 *
 * @param sampling odd side k of the filter, and the largest frequency of sampled harmonics.
 * @throws {LayerError} for groups that do not act on the plane.
 */
export function kernelBasis(
  repIn: Representation,
  repOut: Representation,
  sampling: Sampling,
  where: string,
): Block {
  const { kernelSize } = sampling;
  const kernels = kernelMethod(repIn.group, where)(repIn, repOut, sampling);
  const rows: Float64Array[] = [];
  for (const kernel of kernels) {
    const row = flatten(kernel, kernelSize ** 2, repOut.dimension, repIn.dimension);
    if (orthonormalise(row, rows)) rows.push(row);
  }
  const size = repOut.dimension * kernelSize ** 2 * repIn.dimension;
  const basis = new Float64Array(rows.length * size);
  rows.forEach((row, k) => basis.set(row, k * size));
  return { rank: rows.length, basis, channels: 1 };
}

function kernelMethod({ name }: Group, where: string): KernelMethod {
  if (/^[CD][124]$/.test(name)) return orbitKernels;
  if (/^[CD]\d+$/.test(name)) return harmonicKernels;
  if (name === 'SO(2)' || name === 'O(2)') return circularKernels;
  throw new LayerError(where, `no planar kernels for ${name}; use C_n, D_n, SO(2) or O(2).`);
}

/** The values of a kernel by output entry, tap and input entry. */
function flatten(kernel: Kernel, taps: number, dimOut: number, dimIn: number): Float64Array {
  const row = new Float64Array(dimOut * taps * dimIn);
  for (const [tap, value] of kernel) {
    for (let o = 0; o < dimOut; o++) {
      for (let i = 0; i < dimIn; i++) row[(o * taps + tap) * dimIn + i] = value.get(o, i);
    }
  }
  return row;
}

/**
 * Takes the parts along orthonormal rows away and scales to length 1, in place; false if nothing but
 * rounding is left (kernels are of order 1). Twice, as once loses digits where little is left.
 */
function orthonormalise(row: Float64Array, others: readonly Float64Array[]): boolean {
  for (const other of [...others, ...others]) {
    let part = 0;
    for (let i = 0; i < row.length; i++) part += row[i] * other[i];
    if (part !== 0) for (let i = 0; i < row.length; i++) row[i] -= part * other[i];
  }
  const length = Math.hypot(...row);
  if (length < 1e-8) return false;
  for (let i = 0; i < row.length; i++) row[i] /= length;
  return true;
}
