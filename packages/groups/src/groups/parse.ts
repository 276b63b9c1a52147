import {
  euclideanGroup,
  indefiniteOrthogonalGroup,
  lieProduct,
  linearGroup,
  orthogonalGroup,
  symplecticGroup,
  unitaryGroup,
} from '../lie/lie-group.js';
import { cyclicGroup, shiftGroup } from './cyclic.js';
import { dihedralGroup } from './dihedral.js';
import { UnknownGroupError } from './errors.js';
import { affineGroup, heisenbergGroup, hyperoctahedralGroup, isPrime } from './families.js';
import { asFiniteGroup, type FiniteGroup, type Group, type LieGroup } from './group.js';
import { largePermutationGroup } from './permutation-group.js';
import { type PolyhedralName, polyhedralGroup } from './polyhedral.js';
import { directProduct, wreathProduct } from './products.js';
import { quaternionGroup } from './quaternion.js';
import { rubikGroup } from './rubik.js';
import {
  alternatingGenerators,
  alternatingGroup,
  largestNumberedDegree,
  symmetricGenerators,
  symmetricGroup,
} from './symmetric.js';
import { torusGroup } from './torus.js';

type UpTo12 = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12;

/** Specs of which the type checker knows that they name a finite group with numbered elements. */
export type FiniteSpec =
  | `${'C' | 'D' | 'Z' | 'Q' | 'B'}${number}`
  | `${'S' | 'A'}${UpTo12}`
  | `${'Heis' | 'Aff'}(${number})`
  | `T(${number},${number})`
  | PolyhedralName;

/** Specs of which the type checker knows that they name a Lie group. */
export type LieSpec = `${'SO' | 'O' | 'SU' | 'U' | 'Sp' | 'SL' | 'GL' | 'E' | 'SE'}(${string})`;

/** One family of groups: an example, the pattern of its specs, and how it is built. */
interface Family {
  readonly example: string;
  readonly pattern: RegExp;
  build(args: readonly number[], spec: string): Group;
}

const families: readonly Family[] = [
  family('C4', /^C(\d+)$/, ([n]) => cyclicGroup(n)),
  family('D4', /^D(\d+)$/, ([n]) => dihedralGroup(n)),
  family('Z16', /^Z(\d+)$/, ([n]) => shiftGroup(n)),
  family('S5', /^S(\d+)$/, ([n], spec) => symmetric(limited(n, 100, spec))),
  family('A5', /^A(\d+)$/, ([n], spec) => alternating(limited(n, 100, spec))),
  family('Q8', /^Q(\d+)$/, ([n], spec) => quaternionGroup(multipleOf(4, n, spec))),
  family('T(8,8)', /^T\((\d+(?:,\d+)*)\)$/, (sizes) => torusGroup(sizes)),
  ...(['T', 'O', 'I', 'T_h', 'O_h', 'I_h', 'T_d'] as const).map((name) =>
    family(name, new RegExp(`^${name}$`), () => polyhedralGroup(name)),
  ),
  family('B3', /^B(\d+)$/, ([n], spec) => hyperoctahedralGroup(limited(n, 6, spec))),
  family('Heis(3)', /^Heis\((\d+)\)$/, ([p], spec) => heisenbergGroup(limited(p, 1000, spec))),
  family('Aff(5)', /^Aff\((\d+)\)$/, ([p], spec) =>
    affineGroup(prime(limited(p, 400, spec), spec)),
  ),
  family('Rubik', /^Rubik$/, () => rubikGroup()),
  family('SO(3)', /^SO\((\d+)\)$/, ([n]) => orthogonalGroup(n, false)),
  family('O(3)', /^O\((\d+)\)$/, ([n]) => orthogonalGroup(n, true)),
  family('SO(1,3)', /^SO\((\d+),(\d+)\)$/, ([p, q]) => indefiniteOrthogonalGroup(p, q, false)),
  family('O(1,3)', /^O\((\d+),(\d+)\)$/, ([p, q]) => indefiniteOrthogonalGroup(p, q, true)),
  family('SU(2)', /^SU\((\d+)\)$/, ([n]) => unitaryGroup(n, true)),
  family('U(1)', /^U\((\d+)\)$/, ([n]) => unitaryGroup(n, false)),
  family('Sp(4)', /^Sp\((\d+)\)$/, ([n], spec) => symplecticGroup(multipleOf(2, n, spec))),
  family('SL(3)', /^SL\((\d+)\)$/, ([n]) => linearGroup(n, true)),
  family('GL(3)', /^GL\((\d+)\)$/, ([n]) => linearGroup(n, false)),
  family('SE(3)', /^SE\((\d+)\)$/, ([n]) => euclideanGroup(n, false)),
  family('E(2)', /^E\((\d+)\)$/, ([n]) => euclideanGroup(n, true)),
];

/** The specs that messages and the command line list. */
export const knownSpecs: readonly string[] = [
  ...families.map(({ example }) => example),
  'C4xS3',
  'C2wrS3',
];

function family(example: string, pattern: RegExp, build: Family['build']): Family {
  return { example, pattern, build };
}

/**
 * Parses the name of a group; the group's `name` is the same string. Known are
 * `C4 D4 S5 A5 Q8 Z16 T(8,8) T O I T_h O_h I_h T_d B3 Heis(3) Aff(5) Rubik SO(3) O(5) SU(2) U(1)
 * SO(1,3) O(1,3) Sp(4) SL(3) GL(3) E(2) SE(3)` of any size, products such as `C4xS3`, and wreath
 * products such as `C2wrS3`.
 *
 * @throws UnknownGroupError (with the nearest known spec) or `RangeError` (a size out of range).
 */
export function group(spec: FiniteSpec): FiniteGroup;
export function group(spec: LieSpec): LieGroup;
export function group(spec: string): Group;
export function group(spec: string): Group {
  const factors = spec.split('x');
  if (factors.length > 1 && factors.every((factor) => factor !== '')) {
    return product(factors.map((factor) => parseFactor(factor, spec)));
  }
  return parseFactor(spec, spec);
}

function parseFactor(factor: string, spec: string): Group {
  const wreath = /^(.+)wrS(\d+)$/.exec(factor);
  if (wreath) return wreathProduct(asFiniteGroup(parseFactor(wreath[1], spec)), Number(wreath[2]));
  for (const { pattern, build } of families) {
    const match = pattern.exec(factor);
    if (match) return build(sizesOf(match, spec), spec);
  }
  throw new UnknownGroupError(factor, knownSpecs);
}

function product(factors: readonly Group[]): Group {
  if (factors.some((factor) => factor.kind === 'lie')) return lieProduct(factors);
  return factors.map(asFiniteGroup).reduce(directProduct);
}

function symmetric(n: number): Group {
  if (n <= largestNumberedDegree) return symmetricGroup(n);
  return largePermutationGroup(`S${n}`, symmetricGenerators(n), n);
}

function alternating(n: number): Group {
  if (n <= largestNumberedDegree) return alternatingGroup(n);
  return largePermutationGroup(`A${n}`, alternatingGenerators(n), n);
}

function sizesOf(match: RegExpExecArray, spec: string): number[] {
  const sizes = match.slice(1).flatMap((text) => text.split(',').map(Number));
  const bad = sizes.find((n) => n < 1 || n > 2 ** 31 - 1);
  if (bad !== undefined) {
    throw new RangeError(`group('${spec}'): a size must be from 1 to 2^31 − 1, got ${bad}.`);
  }
  return sizes;
}

function limited(n: number, limit: number, spec: string): number {
  if (n <= limit) return n;
  throw new RangeError(`group('${spec}'): the size must be at most ${limit}, got ${n}.`);
}

function multipleOf(factor: number, n: number, spec: string): number {
  if (n % factor === 0) return n;
  throw new RangeError(`group('${spec}'): the size must be a multiple of ${factor}, got ${n}.`);
}

function prime(p: number, spec: string): number {
  if (isPrime(p)) return p;
  throw new RangeError(`group('${spec}'): the size must be a prime, got ${p}.`);
}
