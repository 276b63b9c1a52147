import type { FiniteGroup } from '@intertwiner/groups';

/** A unitary irreducible representation over C. */
export interface ComplexIrrep {
  readonly dimension: number;
  /** ρ(element): real and imaginary parts, row-major dimension × dimension. */
  matrix(element: number): { readonly re: Float64Array; readonly im: Float64Array };
}

/** The characters e^{2πikm/n} of a cyclic group whose element m is the m-th power of one. */
export function cyclicIrreps(n: number): ComplexIrrep[] {
  return Array.from({ length: n }, (_, k) => ({
    dimension: 1,
    matrix: (m) => {
      const angle = (2 * Math.PI * ((k * m) % n)) / n;
      return { re: Float64Array.of(Math.cos(angle)), im: Float64Array.of(Math.sin(angle)) };
    },
  }));
}

/** The irreps by which an orbit's kernel matrix falls into blocks, the trivial one first. */
export function orbitIrreps(group: FiniteGroup): ComplexIrrep[] {
  return cyclicIrreps(group.order);
}
