import { gridAction, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { actionKind } from '../field/actionKind.js';
import {
  orbitBasis,
  outerPermutation,
  permutesUpToSign,
  signedPermutation,
} from '../linear/orbitBasis.js';
import { fixedMaps, turned, type Kernel, type Sampling } from './kernel.js';

/**
 * All steerable kernels of a group that permutes the taps, orbit by orbit: the value at one tap of an
 * orbit is any intertwiner of the tap's stabiliser, and fixes those at all others.
 */
export function orbitKernels(
  repIn: Representation,
  repOut: Representation,
  { kernelSize }: Pick<Sampling, 'kernelSize'>,
): Kernel[] {
  const group = repIn.group as FiniteGroup;
  const action = gridAction(group, { height: kernelSize, width: kernelSize });
  // (g·x)[p] = x[perm(g)[p]], so g moves pixel p to perm(g⁻¹)[p].
  const moves = group.elements.map((g) => action.permutation(group.inverse(g)));
  return representatives(moves, kernelSize ** 2).flatMap((tap) => {
    const stabiliser = group.elements.filter((g) => moves[g][tap] === tap);
    return fixedMaps(repIn, repOut, stabiliser).map(
      (value) =>
        new Map(group.elements.map((g) => [moves[g][tap], turned(repIn, repOut, g, value)])),
    );
  });
}

/**
 * The same where both representations permute entries, up to sign: orbits of entries (output, tap,
 * input), on each of which a kernel is constant. Null for other representations.
 */
export function permutationKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
): { rank: number; basis: Float64Array } | null {
  if (![repIn, repOut].every((rep) => permutesUpToSign(actionKind(rep)))) return null;
  const group = repIn.group as FiniteGroup;
  const action = gridAction(group, { height: kernelSize, width: kernelSize });
  const [into, out] = [repIn, repOut] as Representation<FiniteGroup>[];
  const taps = kernelSize ** 2;
  const generators = group.generators.map((g) => {
    const moves = {
      image: action.permutation(group.inverse(g)),
      sign: new Int8Array(taps).fill(1),
    };
    return outerPermutation(signedPermutation(out, g), moves, signedPermutation(into, g));
  });
  return orbitBasis(repOut.dimension * taps * repIn.dimension, generators);
}

/** The first tap of every orbit. */
function representatives(moves: readonly Int32Array[], taps: number): number[] {
  const seen = new Set<number>();
  return Array.from({ length: taps }, (_, tap) => tap).filter((tap) => {
    if (seen.has(tap)) return false;
    for (const move of moves) seen.add(move[tap]);
    return true;
  });
}
