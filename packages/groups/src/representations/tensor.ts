import type { Group } from '../groups/group.js';
import type { Representation } from './representation.js';
import { renamed } from './representation.js';
import { trivial } from './standard.js';

/** ρ ⊗ … ⊗ ρ with `power` factors; `power` 0 gives the trivial representation. */
export function tensorPower<G extends Group>(
  rep: Representation<G>,
  power: number,
): Representation<G> {
  if (!Number.isInteger(power) || power < 0) {
    throw new RangeError(`The power of a representation must be an integer ≥ 0, got ${power}.`);
  }
  if (power === 0) return trivial(rep.group);
  let result = rep;
  for (let i = 1; i < power; i++) result = result.times(rep);
  return power === 1 ? rep : renamed(result, `${bracketed(rep)}^${power}`);
}

/** V^⊗p ⊗ V*^⊗q. */
export function tensor<G extends Group>(
  rep: Representation<G>,
  p: number,
  q = 0,
): Representation<G> {
  const up = tensorPower(rep, p);
  if (q === 0) return up;
  const down = tensorPower(rep.dual(), q);
  const both = p === 0 ? down : up.times(down);
  return rep.name === 'V' ? renamed(both, `T(${p},${q})`) : both;
}

function bracketed(rep: Representation): string {
  return /^\w+\*?$/.test(rep.name) ? rep.name : `(${rep.name})`;
}
