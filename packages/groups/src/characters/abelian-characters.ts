/** The characters of an abelian subgroup, one generator after the other. */
import type { FiniteGroup } from '../groups/group.js';

export interface AbelianCharacters {
  /** The elements of the subgroup; the first is the identity. */
  readonly elements: readonly number[];
  /** values[i][k]: character i takes element k to e^{2πi·value/exponent}. */
  readonly values: readonly Int32Array[];
}

/**
 * @param elements a set of commuting elements that is closed under multiplication.
 * @param exponent a multiple of all their orders.
 */
export function abelianCharacters(
  group: FiniteGroup,
  elements: readonly number[],
  exponent: number,
): AbelianCharacters {
  let members = [0];
  let values = [Int32Array.of(0)];
  for (const g of elements) {
    const place = new Map(members.map((a, k) => [a, k]));
    if (place.has(g)) continue;
    const powers = [0];
    let power = g;
    for (; !place.has(power); power = group.multiply(power, g)) powers.push(power);
    const m = powers.length;
    const closing = place.get(power) as number;
    // χ(g)^m = χ(g^m) has m solutions.
    values = values.flatMap((chi) =>
      Array.from({ length: m }, (_, t) => {
        const ofG = chi[closing] / m + (t * exponent) / m;
        return Int32Array.from({ length: m * chi.length }, (__, k) => {
          const [i, h] = [Math.floor(k / chi.length), k % chi.length];
          return (i * ofG + chi[h]) % exponent;
        });
      }),
    );
    members = powers.flatMap((a) => members.map((h) => group.multiply(a, h)));
  }
  return { elements: members, values };
}
