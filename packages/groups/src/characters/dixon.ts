/**
 * Character tables by Dixon's algorithm ("High speed computation of group characters", Numer. Math.
 * 10, 1967): the characters are the common eigenvectors of the class multiplication matrices, found
 * exactly modulo a prime and lifted to sums of roots of unity.
 *
 * Two departures keep it quick for many classes. The centre Z splits the class functions into one block
 * for each of its characters λ, those with ω(zC) = λ(z) ω(C), known on one class of each Z-orbit. And
 * within a block a random combination of class matrices has different eigenvalues, so that one Krylov
 * space gives all eigenvectors.
 */
import { random, type RandomStream } from '@intertwiner/random';
import {
  classOf,
  conjugacyClasses,
  elementPower,
  leastCommonMultiple,
} from '../groups/conjugacy.js';
import { isPrime } from '../groups/families.js';
import type { FiniteGroup } from '../groups/group.js';
import type { Complex } from '../linalg/complex.js';
import { krylovSpace, modFourier, modInverse, modPower, rootOfOrder } from '../linalg/modular.js';
import { divideByRoot, modRoots } from '../linalg/modular-polynomial.js';
import { turn } from '../linalg/turn.js';
import { abelianCharacters } from './abelian-characters.js';

/** The irreducible characters on the conjugacy classes, in no particular order. */
export function dixonCharacters(group: FiniteGroup): Complex[][] {
  const classes = conjugacyClasses(group);
  const exponent = classes.reduce((e, c) => leastCommonMultiple(e, c.elementOrder), 1);
  const p = dixonPrime(exponent, group.order);
  const zeta = rootOfOrder(exponent, p);
  const cycles = cyclicSubgroups(group);
  return centralEigenvectors(group, exponent, zeta, p).map((omega) =>
    lifted(modularCharacter(group, omega, p), cycles, zeta, exponent, p),
  );
}

/**
 * A prime p ≡ 1 mod the exponent with p > 2 √|G|, so that degrees are known from residues; large
 * enough that random eigenvalues seldom coincide.
 */
function dixonPrime(exponent: number, order: number): number {
  const least = Math.max(2 * Math.sqrt(order), 2 ** 21);
  let p = exponent * Math.ceil(least / exponent) + 1;
  while (!isPrime(p)) p += exponent;
  return p;
}

/** The orbits of the centre on the classes. */
interface CentralOrbits {
  /** One class of each orbit, the class of 1 first. */
  readonly representatives: readonly number[];
  /** The orbit of each class, and the number of a central element that takes the representative there. */
  readonly orbit: Int32Array;
  readonly shift: Int32Array;
  /** The numbers of the central elements that leave the representative's class where it is. */
  readonly stabilisers: readonly (readonly number[])[];
}

function centralOrbits(group: FiniteGroup, centre: readonly number[]): CentralOrbits {
  const classes = conjugacyClasses(group);
  const orbit = new Int32Array(classes.length).fill(-1);
  const shift = new Int32Array(classes.length);
  const representatives: number[] = [];
  const stabilisers: number[][] = [];
  classes.forEach(({ representative }, k) => {
    if (orbit[k] >= 0) return;
    const stabiliser: number[] = [];
    centre.forEach((z, number) => {
      const image = classOf(group, group.multiply(z, representative));
      if (image === k) stabiliser.push(number);
      if (orbit[image] >= 0) return;
      orbit[image] = representatives.length;
      shift[image] = number;
    });
    representatives.push(k);
    stabilisers.push(stabiliser);
  });
  return { representatives, orbit, shift, stabilisers };
}

/** Vectors ω(C_k) = |C_k| χ(C_k)/χ(1) mod p, one per irreducible character, with ω(1) = 1. */
function centralEigenvectors(
  group: FiniteGroup,
  exponent: number,
  zeta: number,
  p: number,
): Float64Array[] {
  const classes = conjugacyClasses(group);
  const central = classes.filter((c) => c.size === 1).map((c) => c.representative);
  const centre = abelianCharacters(group, central, exponent);
  const orbits = centralOrbits(group, centre.elements);
  const roots = powersOf(zeta, exponent, p);
  const blocks = centre.values.map((values) => {
    const lambda = Float64Array.from(values, (value) => roots[value]);
    const allowed = orbits.stabilisers.map((zs) => zs.every((z) => values[z] === 0));
    const kept = allowed.flatMap((yes, o) => (yes ? [o] : []));
    return { lambda, kept };
  });
  return solveBlocks(group, orbits, blocks, p);
}

function powersOf(base: number, count: number, p: number): Float64Array {
  const out = new Float64Array(count);
  let power = 1;
  for (let i = 0; i < count; i++) {
    out[i] = power;
    power = (power * base) % p;
  }
  return out;
}

/** The class functions of one central character: its values mod p, and the orbits that can carry one. */
interface Block {
  readonly lambda: Float64Array;
  readonly kept: readonly number[];
}

/** Draws of coefficients before giving up; a draw fails with a probability of about r²/p. */
const mostDraws = 20;

function solveBlocks(
  group: FiniteGroup,
  orbits: CentralOrbits,
  blocks: readonly Block[],
  p: number,
): Float64Array[] {
  const found: Float64Array[] = [];
  let open = blocks;
  for (let draw = 0; draw < mostDraws; draw++) {
    const stream = random(0, 'dixon', draw);
    const mixed = new MixedClasses(group, orbits, p, stream);
    while (open.length > 0 && mixed.addClasses()) {
      open = open.filter((block) => {
        const eigenvectors = blockEigenvectors(mixed.matrix(block), p, stream);
        for (const v of eigenvectors ?? []) found.push(spread(v, block, orbits, p));
        return eigenvectors === null;
      });
    }
    if (open.length === 0) return found;
  }
  throw new RangeError(`${group.name}: its multiplication is not that of a group.`);
}

/** A random combination of the matrices of some classes, smallest first, twice as many each time. */
class MixedClasses {
  readonly #group: FiniteGroup;
  readonly #orbits: CentralOrbits;
  readonly #p: number;
  readonly #stream: RandomStream;
  readonly #bySize: readonly number[];
  readonly #members: readonly (readonly number[])[];
  /** counts[o][k] = Σ_j a_j · number of x ∈ C_j with x·(representative of orbit o) ∈ C_k. */
  readonly #counts: readonly Float64Array[];
  #used = 0;

  constructor(group: FiniteGroup, orbits: CentralOrbits, p: number, stream: RandomStream) {
    const classes = conjugacyClasses(group);
    this.#group = group;
    this.#orbits = orbits;
    this.#p = p;
    this.#stream = stream;
    this.#bySize = orbits.representatives.toSorted((i, j) => classes[i].size - classes[j].size);
    this.#members = classMembers(group);
    this.#counts = orbits.representatives.map(() => new Float64Array(classes.length));
  }

  /** False if there are no further classes. */
  addClasses(): boolean {
    const end = Math.min(this.#bySize.length, Math.max(2, 2 * this.#used));
    if (this.#used === end) return false;
    for (; this.#used < end; this.#used++) this.#add(this.#bySize[this.#used]);
    return true;
  }

  #add(j: number): void {
    const classes = conjugacyClasses(this.#group);
    const coefficient = this.#stream.integer(this.#p);
    this.#orbits.representatives.forEach((i, o) => {
      const row = this.#counts[o];
      for (const x of this.#members[j]) {
        const k = classOf(this.#group, this.#group.multiply(x, classes[i].representative));
        row[k] = (row[k] + coefficient) % this.#p;
      }
    });
  }

  /** The matrix on ω at the kept orbits: C_j C_i = Σ_k |C_i|/|C_k| · #{x ∈ C_j : x i ∈ C_k} C_k. */
  matrix({ lambda, kept }: Block): Float64Array[] {
    const classes = conjugacyClasses(this.#group);
    const { representatives, orbit, shift } = this.#orbits;
    const column = new Int32Array(representatives.length).fill(-1);
    kept.forEach((o, at) => (column[o] = at));
    const inverseSizes = classes.map((c) => modInverse(c.size, this.#p));
    return kept.map((o) => {
      const { size } = classes[representatives[o]];
      const row = new Float64Array(kept.length);
      this.#counts[o].forEach((count, k) => {
        const at = column[orbit[k]];
        if (count === 0 || at < 0) return;
        const ratio = (size * inverseSizes[k]) % this.#p;
        const weighted = (count * ratio) % this.#p;
        row[at] = (row[at] + weighted * lambda[shift[k]]) % this.#p;
      });
      return row;
    });
  }
}

function classMembers(group: FiniteGroup): number[][] {
  const members: number[][] = conjugacyClasses(group).map(() => []);
  for (let a = 0; a < group.order; a++) members[classOf(group, a)].push(a);
  return members;
}

/** All eigenvectors of a matrix with different eigenvalues; null if some coincide. */
function blockEigenvectors(
  matrix: readonly Float64Array[],
  p: number,
  stream: RandomStream,
): Float64Array[] | null {
  const s = matrix.length;
  if (s === 1) return [Float64Array.of(1)];
  const apply = (v: Float64Array) => Float64Array.from(matrix, (row) => modDot(row, v, p));
  const start = Float64Array.from({ length: s }, () => stream.integer(p));
  const { vectors, polynomial } = krylovSpace(apply, start, p);
  if (vectors.length < s) return null;
  // f(A) v = 0, so (f/(x − θ))(A) v is an eigenvector at θ.
  return modRoots(polynomial, p, stream).map((theta) => {
    const out = new Float64Array(s);
    divideByRoot(polynomial, theta, p).forEach((c, i) => {
      for (let j = 0; j < s; j++) out[j] = (out[j] + c * vectors[i][j]) % p;
    });
    return out;
  });
}

function modDot(a: Float64Array, b: Float64Array, p: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = (sum + a[i] * b[i]) % p;
  return sum;
}

/** ω on all classes, with ω(1) = 1. */
function spread(
  values: Float64Array,
  { lambda, kept }: Block,
  { orbit, shift, representatives }: CentralOrbits,
  p: number,
): Float64Array {
  const onOrbits = new Float64Array(representatives.length);
  // The first orbit, the centre, is always kept.
  const scale = modInverse(values[0], p);
  kept.forEach((o, at) => (onOrbits[o] = (values[at] * scale) % p));
  return Float64Array.from(orbit, (o, k) => (onOrbits[o] * lambda[shift[k]]) % p);
}

/** χ(C_k) mod p, from χ(1)² = |G| / Σ_k ω(C_k) ω(C_k⁻¹)/|C_k|. */
function modularCharacter(group: FiniteGroup, omega: Float64Array, p: number): Float64Array {
  const classes = conjugacyClasses(group);
  const sum = classes.reduce((total, { representative, size }, k) => {
    const inverse = classOf(group, group.inverse(representative));
    return (total + ((omega[k] * omega[inverse]) % p) * modInverse(size % p, p)) % p;
  }, 0);
  const square = ((group.order % p) * modInverse(sum, p)) % p;
  let degree = 1;
  while ((degree * degree) % p !== square || group.order % degree !== 0) {
    if (++degree > Math.sqrt(group.order)) {
      throw new RangeError(`${group.name}: its multiplication is not that of a group.`);
    }
  }
  return omega.map((value, k) => (((value * degree) % p) * modInverse(classes[k].size % p, p)) % p);
}

/** A cyclic subgroup by the classes of its generator's powers, and the classes that it is to settle. */
interface Cycle {
  readonly powers: readonly number[];
  /** Exponents l of which the class of g^l is not settled by an earlier cycle. */
  readonly settles: readonly number[];
}

/** Cyclic subgroups, large ones first, that meet every class. */
function cyclicSubgroups(group: FiniteGroup): Cycle[] {
  const classes = conjugacyClasses(group);
  const settled = new Set<number>();
  const cycles: Cycle[] = [];
  const byOrder = classes.toSorted((a, b) => b.elementOrder - a.elementOrder);
  for (const { representative, elementOrder } of byOrder) {
    if (settled.has(classOf(group, representative))) continue;
    const powers = Array.from({ length: elementOrder }, (_, l) =>
      classOf(group, elementPower(group, representative, l)),
    );
    const settles = powers.flatMap((k, l) => (settled.has(k) || powers.indexOf(k) < l ? [] : [l]));
    for (const k of powers) settled.add(k);
    cycles.push({ powers, settles });
  }
  return cycles;
}

/**
 * The character on all classes: restricted to a cyclic group of order n it is Σ_s m_s e^{2πisl/n}, and the
 * multiplicities m_s are its Fourier transform over GF(p).
 */
function lifted(
  values: Float64Array,
  cycles: readonly Cycle[],
  zeta: number,
  exponent: number,
  p: number,
): Complex[] {
  const out = new Array<Complex>(values.length);
  for (const { powers, settles } of cycles) {
    const n = powers.length;
    const inverseRoot = modPower(zeta, exponent - exponent / n, p);
    const inverseN = modInverse(n, p);
    const transformed = modFourier(
      powers.map((k) => values[k]),
      inverseRoot,
      p,
    );
    const terms = Array.from(transformed, (value, s) => ({ s, times: (value * inverseN) % p }));
    const occurring = terms.filter(({ times }) => times > 0);
    for (const l of settles) {
      let [re, im] = [0, 0];
      for (const { s, times } of occurring) {
        const { cos, sin } = turn(s * l, n);
        re += times * cos;
        im += times * sin;
      }
      out[powers[l]] = { re, im };
    }
  }
  return out;
}
