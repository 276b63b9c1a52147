import { gridAction, type FiniteGroup, type Representation } from '@intertwiner/groups';
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

/** The first tap of every orbit. */
function representatives(moves: readonly Int32Array[], taps: number): number[] {
  const seen = new Set<number>();
  return Array.from({ length: taps }, (_, tap) => tap).filter((tap) => {
    if (seen.has(tap)) return false;
    for (const move of moves) seen.add(move[tap]);
    return true;
  });
}
