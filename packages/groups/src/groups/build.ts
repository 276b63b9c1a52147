import type { FiniteGroup, PermutationGroup } from './group.js';
import { matrixGroup } from './matrix-group.js';
import { permutationGroup } from './permutation-group.js';
import { tableGroup } from './table-group.js';

/** Generators or a table, and the name that messages use; default `G`. */
export type FiniteGroupSource = { readonly name?: string } & (
  | { readonly permutations: readonly ArrayLike<number>[] }
  | { readonly matrices: readonly ArrayLike<number>[] }
  | { readonly table: readonly ArrayLike<number>[] }
);

/**
 * A finite group from generators or from its multiplication table:
 * `permutations` (image lists of 0 … n − 1), `matrices` (n × n, row-major), or `table`
 * (`table[a][b]` = a b). Permutation groups beyond order 2²⁴ come as {@link PermutationGroup}.
 *
 * @throws RangeError (not a permutation), GeneratorError (singular, or not closing), NotAGroupError.
 */
export function finiteGroup(
  source: FiniteGroupSource & { readonly permutations: readonly ArrayLike<number>[] },
): FiniteGroup | PermutationGroup;
export function finiteGroup(source: FiniteGroupSource): FiniteGroup;
export function finiteGroup(source: FiniteGroupSource): FiniteGroup | PermutationGroup {
  const name = source.name ?? 'G';
  if ('permutations' in source) return permutationGroup(source.permutations, name);
  if ('matrices' in source) return matrixGroup(source.matrices, name);
  return tableGroup(source.table, name);
}
