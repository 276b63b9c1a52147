/** Spaces of equivariant maps that are intertwiners in disguise. */
import { addScaled, dot } from '../linalg/dense.js';
import { symmetricPower } from '../representations/powers.js';
import type { Representation } from '../representations/representation.js';
import { trivial } from '../representations/standard.js';
import { homBasis, type HomOptions, type Intertwiners } from './hom-basis.js';

/** Vectors with ρ(g) v = v for all g: the intertwiners from the trivial representation. */
export function invariantVectors(rep: Representation, options?: HomOptions): Intertwiners {
  return homBasis(trivial(rep.group), rep, options);
}

/** Bilinear maps b(ρ₁(g)x, ρ₂(g)y) = σ(g) b(x, y), as intertwiners from x ⊗ y. */
export function bilinearMaps(
  first: Representation,
  second: Representation,
  out: Representation,
  options?: HomOptions,
): Intertwiners {
  return homBasis(first.times(second), out, options);
}

/** Quadratic maps q(ρ(g)x) = σ(g) q(x), as intertwiners from Sym² ρ. */
export function quadraticMaps(
  rep: Representation,
  out: Representation,
  options?: HomOptions,
): Intertwiners {
  return homBasis(symmetricPower(rep, 2), out, options);
}

/** The orthogonal projection of a dimOut × dimIn matrix onto the intertwiners. */
export function projectOntoIntertwiners(
  space: Intertwiners,
  matrix: ArrayLike<number>,
): Float64Array {
  const size = space.repOut.dimension * space.repIn.dimension;
  if (matrix.length !== size) {
    throw new RangeError(
      `projectOntoIntertwiners: expected ${space.repOut.dimension} × ${space.repIn.dimension} ` +
        `entries, got ${matrix.length}.`,
    );
  }
  const out = new Float64Array(size);
  for (let k = 0; k < space.rank; k++) {
    const element = space.element(k);
    addScaled(out, element, dot(element, matrix));
  }
  return out;
}
