/**
 * The laws of groups, characters, irreps, decompositions and intertwiners on every finite spec that the
 * parser knows up to order 2,000. By default each family is sampled at equal distances, small and large
 * members alike; INTERTWINER_SWEEP=N takes every spec up to order N.
 */
import { describe, expect, it } from 'vitest';
import { lawViolations } from './every-group-laws.js';
import { evenly, specFamilies } from './every-spec.js';

const largestOrder = 2000;
/** Abelian families, whose tables have as many rows as the group has elements. */
const manyClasses = new Set(['C', 'Z', 'T']);
const sweep = Number(process.env['INTERTWINER_SWEEP'] ?? 0);
const families = sweep
  ? specFamilies(sweep)
  : specFamilies(largestOrder).map(({ name, specs }) => ({
      name,
      specs: evenly(specs, manyClasses.has(name) ? 5 : 10),
    }));

describe.each(families)('every law on $name', ({ specs }) => {
  // One after the other, so that tables of groups of 2,000 classes are not kept.
  it(`${specs.length} groups up to ${specs.at(-1)}`, { timeout: sweep ? 1e8 : 300_000 }, () => {
    expect(specs.flatMap(lawViolations)).toEqual([]);
  });
});
