import type { FiniteGroup } from '@intertwiner/groups';

/**
 * Checks that a list of elements is a subgroup whose elements leave the features as they are.
 *
 * @param kappa κ(h) = k(x, h·x), averaged over the group.
 * @throws RangeError naming the orbit and the element that does not fit.
 */
export function requireStabiliser(
  orbit: string,
  kappa: Float64Array,
  group: FiniteGroup,
  stabiliser: readonly number[],
): void {
  const members = new Set(stabiliser);
  const name = `stabilisers.${orbit}`;
  if (!members.has(0) || members.size !== stabiliser.length) {
    throw new RangeError(`${name}: expected distinct elements with the identity 0 among them.`);
  }
  const stranger = stabiliser.find((h) => !Number.isInteger(h) || h < 0 || h >= group.order);
  if (stranger !== undefined) {
    throw new RangeError(`${name}: ${group.name} has no element ${stranger}.`);
  }
  for (const h of stabiliser) {
    for (const other of stabiliser) {
      if (!members.has(group.multiply(h, other))) {
        throw new RangeError(`${name}: not a subgroup, ${h} times ${other} is missing.`);
      }
    }
    // Same point, same feature; NTKs differ by √ε of their slope at ρ = 1.
    if (Math.abs(kappa[0] - kappa[h]) > 1e-7 * Math.abs(kappa[0])) {
      throw new RangeError(`${name}: element ${h} moves the image in feature space.`);
    }
  }
}
