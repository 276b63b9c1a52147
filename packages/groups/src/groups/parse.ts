import { cyclicGroup, shiftGroup } from './cyclic.js';
import { dihedralGroup } from './dihedral.js';
import { UnknownGroupError } from './errors.js';
import type { FiniteGroup, Group } from './group.js';
import { quaternionGroup } from './quaternion.js';
import { alternatingGroup, largestNumberedDegree, symmetricGroup } from './symmetric.js';
import { torusGroup } from './torus.js';

/** Specs of which the type checker knows that they name a finite group with numbered elements. */
export type FiniteSpec = `${'C' | 'D' | 'Z' | 'A' | 'S' | 'Q'}${number}` | `T(${number},${number})`;

/** One family of groups: the arguments it takes and how it is built. */
interface Family {
  readonly example: string;
  readonly pattern: RegExp;
  build(args: readonly number[], spec: string): Group;
}

const families: readonly Family[] = [
  family('C4', /^C(\d+)$/, ([n]) => cyclicGroup(n)),
  family('D4', /^D(\d+)$/, ([n]) => dihedralGroup(n)),
  family('Z16', /^Z(\d+)$/, ([n]) => shiftGroup(n)),
  family('S5', /^S(\d+)$/, ([n], spec) => symmetricGroup(atMost(largestNumberedDegree, n, spec))),
  family('A5', /^A(\d+)$/, ([n], spec) => alternatingGroup(atMost(largestNumberedDegree, n, spec))),
  family('Q8', /^Q(\d+)$/, ([n], spec) => quaternionGroup(multipleOf(4, n, spec))),
  family('T(8,8)', /^T\((\d+(?:,\d+)*)\)$/, (sizes) => torusGroup(sizes)),
];

function family(example: string, pattern: RegExp, build: Family['build']): Family {
  return { example, pattern, build };
}

/**
 * Parses the name of a group, such as `C4`, `D4`, `S5`, `A5`, `Q8`, `Z16` or `T(8,8)`; the group's
 * `name` is the same string.
 *
 * @throws UnknownGroupError (with the nearest known spec) or `RangeError` (a size out of range).
 */
export function group(spec: FiniteSpec): FiniteGroup;
export function group(spec: string): Group;
export function group(spec: string): Group {
  for (const { pattern, build } of families) {
    const match = pattern.exec(spec);
    if (match) return build(sizesOf(match, spec), spec);
  }
  throw new UnknownGroupError(
    spec,
    families.map(({ example }) => example),
  );
}

function sizesOf(match: RegExpExecArray, spec: string): number[] {
  const sizes = match.slice(1).flatMap((text) => text.split(',').map(Number));
  const bad = sizes.find((n) => n < 1 || n > 2 ** 31 - 1);
  if (bad !== undefined)
    throw new RangeError(`group('${spec}'): a size must be from 1 to 2^31 − 1.`);
  return sizes;
}

function atMost(limit: number, n: number, spec: string): number {
  if (n <= limit) return n;
  throw new RangeError(`group('${spec}'): the degree must be at most ${limit}, got ${n}.`);
}

function multipleOf(factor: number, n: number, spec: string): number {
  if (n % factor === 0) return n;
  throw new RangeError(`group('${spec}'): the order must be a multiple of ${factor}, got ${n}.`);
}
