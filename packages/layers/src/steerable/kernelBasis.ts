/**
 * Kernels κ: R² → R^{dimOut×dimIn} on the taps of a filter with κ(g·q) = ρ_out(g) κ(q) ρ_in(g)⁻¹, the
 * condition under which convolution turns a field of type ρ_in into one of type ρ_out (Weiler & Cesa,
 * General E(2)-Equivariant Steerable CNNs, 2019, eq. 4).
 */
import type { Group, Representation } from '@intertwiner/groups';
import { CholeskyDecomposition } from 'ml-matrix';
import { LayerError } from '../errors.js';
import type { Block } from '../linear/intertwinerBlock.js';
import { circularKernels } from './circularKernels.js';
import { harmonicKernels } from './harmonicKernels.js';
import type { Kernel, KernelMethod, Sampling } from './kernel.js';
import { orbitKernels, permutationKernels } from './orbitKernels.js';

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
  const method = kernelMethod(repIn.group, where);
  const permuted = method === orbitKernels ? permutationKernels(repIn, repOut, kernelSize) : null;
  if (permuted) return { ...permuted, channels: 1 };
  const kernels = method(repIn, repOut, sampling);
  const rows: Float64Array[] = [];
  for (const kernel of kernels) {
    const row = flatten(kernel, kernelSize ** 2, repOut.dimension, repIn.dimension);
    if (orthonormalise(row, rows)) rows.push(row);
  }
  const size = repOut.dimension * kernelSize ** 2 * repIn.dimension;
  const basis = new Float64Array(rows.length * size);
  rows.forEach((row, k) => basis.set(row, k * size));
  const block = { rank: rows.length, basis, channels: 1 };
  if (method === orbitKernels) return block;
  return { ...block, onTypicalInput: onSmoothImages(block, kernelSize, repIn.dimension) };
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
 * rounding is left (kernels are of order 1). Again where much went away, which loses digits (Parlett's
 * "twice is enough").
 */
function orthonormalise(row: Float64Array, others: readonly Float64Array[]): boolean {
  const before = norm(row);
  subtractParts(row, others);
  if (norm(row) < before / 2) subtractParts(row, others);
  const length = norm(row);
  if (length < 1e-8) return false;
  for (let i = 0; i < row.length; i++) row[i] /= length;
  return true;
}

function subtractParts(row: Float64Array, others: readonly Float64Array[]): void {
  for (const other of others) {
    let part = 0;
    for (let i = 0; i < row.length; i++) part += row[i] * other[i];
    if (part !== 0) for (let i = 0; i < row.length; i++) row[i] -= part * other[i];
  }
}

function norm(row: Float64Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * The basis on images that are as smooth as what layers like this one return: white noise blurred by a
 * Gaussian of width s, whose pixels at distance r correlate by exp(−r²/4s²) = (LLᵀ). Sampled harmonics
 * are smooth themselves, so that they let more of smooth images through than of white noise: without
 * reckoning with it, variance grows by a factor of two in every layer.
 */
function onSmoothImages(
  { basis }: Pick<Block, 'basis'>,
  kernelSize: number,
  dimIn: number,
): Float64Array {
  const taps = kernelSize ** 2;
  const square = (p: number, q: number) =>
    (Math.floor(p / kernelSize) - Math.floor(q / kernelSize)) ** 2 +
    ((p % kernelSize) - (q % kernelSize)) ** 2;
  const pixels = Array.from({ length: taps }, (_, p) => p);
  const correlation = pixels.map((p) =>
    // Neighbours correlate so much that rounding could make it indefinite.
    pixels.map((q) => Math.exp(-square(p, q) / (4 * smoothness ** 2)) + (p === q ? 1e-9 : 0)),
  );
  const root = new CholeskyDecomposition(correlation).lowerTriangularMatrix;
  const smooth = new Float64Array(basis.length);
  const block = taps * dimIn;
  for (let at = 0; at < basis.length; at += block) {
    for (let q = 0; q < taps; q++) {
      for (let u = 0; u <= q; u++) {
        const weight = root.get(q, u);
        const [from, to] = [at + q * dimIn, at + u * dimIn];
        for (let i = 0; i < dimIn; i++) smooth[to + i] += weight * basis[from + i];
      }
    }
  }
  return smooth;
}

/**
 * Width in pixels of the Gaussian, by trial: the middle of what keeps ten 5×5 layers with gates, Fourier
 * ReLUs or norms behind them (test/initialisation.test.ts).
 */
const smoothness = 0.9;
