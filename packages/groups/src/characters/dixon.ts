/**
 * Character tables by Dixon's algorithm ("High speed computation of group characters", Numer. Math.
 * 10, 1967) with the class splitting of Schneider ("Dixon's character table algorithm revisited",
 * J. Symb. Comput. 9, 1990): the characters are the common eigenvectors of the class multiplication
 * matrices, found exactly modulo a prime and lifted to sums of roots of unity.
 */
import { random } from '@intertwiner/random';
import {
  classOf,
  conjugacyClasses,
  elementPower,
  leastCommonMultiple,
} from '../groups/conjugacy.js';
import { isPrime, primitiveRoot } from '../groups/families.js';
import type { FiniteGroup } from '../groups/group.js';
import type { Complex } from '../linalg/complex.js';
import {
  echelonForm,
  minimalPolynomial,
  modInverse,
  modNullSpace,
  modPower,
  modRoots,
} from '../linalg/modular.js';
import { turn } from '../linalg/turn.js';

/** The irreducible characters on the conjugacy classes, in no particular order. */
export function dixonCharacters(group: FiniteGroup): Complex[][] {
  const classes = conjugacyClasses(group);
  const exponent = classes.reduce((e, c) => leastCommonMultiple(e, c.elementOrder), 1);
  const p = dixonPrime(exponent, group.order);
  const spaces = splitClassSpace(group, p);
  const powers = powerMaps(group);
  const zeta = modPower(primitiveRoot(p), (p - 1) / exponent, p);
  return spaces.map((omega) => {
    const values = modularCharacter(group, omega, p);
    return classes.map((c, k) => lift(values, powers[k], c.elementOrder, zeta, exponent, p));
  });
}

/**
 * A prime p ≡ 1 mod the exponent with p > 2 √|G|, so that degrees are known from residues; large
 * enough that a random vector seldom misses an eigenspace.
 */
function dixonPrime(exponent: number, order: number): number {
  const least = Math.max(2 * Math.sqrt(order), 1000);
  let p = exponent + 1;
  while (p <= least || !isPrime(p)) p += exponent;
  return p;
}

/** Vectors ω(C_k) = |C_k| χ(C_k)/χ(1) mod p, one per irreducible character, with ω(1) = 1. */
function splitClassSpace(group: FiniteGroup, p: number): Float64Array[] {
  const classes = conjugacyClasses(group);
  const r = classes.length;
  const unit = (i: number) => Float64Array.from({ length: r }, (_, j) => (i === j ? 1 : 0));
  let spaces: Float64Array[][] = [Array.from({ length: r }, (_, i) => unit(i))];
  const bySize = classes.map((_, k) => k).sort((i, j) => classes[i].size - classes[j].size);
  const members = classMembers(group);
  for (const j of bySize) {
    if (spaces.every((space) => space.length === 1)) break;
    if (j === 0) continue;
    const matrix = classMatrix(group, members[j]);
    spaces = spaces.flatMap((space) => (space.length === 1 ? [space] : split(space, matrix, p)));
  }
  return spaces.map(([omega]) => {
    const scale = modInverse(omega[0], p);
    return omega.map((value) => (value * scale) % p);
  });
}

function classMembers(group: FiniteGroup): number[][] {
  const members: number[][] = conjugacyClasses(group).map(() => []);
  for (let a = 0; a < group.order; a++) members[classOf(group, a)].push(a);
  return members;
}

/** M[i][k] = number of pairs x ∈ C_j, y ∈ C_i with x y = the representative of C_k. */
function classMatrix(group: FiniteGroup, members: readonly number[]): Float64Array[] {
  const classes = conjugacyClasses(group);
  const rows = classes.map(() => new Float64Array(classes.length));
  const inverses = members.map((x) => group.inverse(x));
  classes.forEach(({ representative }, k) => {
    for (const x of inverses) rows[classOf(group, group.multiply(x, representative))][k]++;
  });
  return rows;
}

/** The eigenspaces of a class matrix within an invariant space. */
function split(
  space: readonly Float64Array[],
  matrix: readonly Float64Array[],
  p: number,
): Float64Array[][] {
  const { rows, pivots } = echelonForm(space, p);
  const s = rows.length;
  // M rows[i] = Σ_j restricted[i][j] rows[j], read off at the pivots.
  const restricted = rows.map((row) =>
    Float64Array.from(pivots, (pivot) => modDot(matrix[pivot], row, p)),
  );
  const apply = (v: Float64Array) =>
    Float64Array.from({ length: s }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < s; i++) sum = (sum + v[i] * restricted[i][j]) % p;
      return sum;
    });
  const eigenspace = (root: number) => {
    const shifted = Array.from({ length: s }, (_, j) =>
      Float64Array.from({ length: s }, (_, i) => (restricted[i][j] + (i === j ? p - root : 0)) % p),
    );
    return modNullSpace(shifted, s, p).map((c) => combination(c, rows, p));
  };
  const stream = random(0, 'dixon');
  for (;;) {
    const start = Float64Array.from({ length: s }, () => stream.integer(p));
    const parts = modRoots(minimalPolynomial(apply, start, p), p).map(eigenspace);
    // A start without a part in some eigenspace misses that eigenvalue.
    if (parts.reduce((sum, part) => sum + part.length, 0) === s) return parts;
  }
}

function modDot(a: Float64Array, b: Float64Array, p: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = (sum + a[i] * b[i]) % p;
  return sum;
}

function combination(c: Float64Array, rows: readonly Float64Array[], p: number): Float64Array {
  const out = new Float64Array(rows[0].length);
  rows.forEach((row, i) => {
    for (let j = 0; j < out.length; j++) out[j] = (out[j] + c[i] * row[j]) % p;
  });
  return out;
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

/** powers[k][l] is the class of the l-th power of class k. */
function powerMaps(group: FiniteGroup): number[][] {
  return conjugacyClasses(group).map(({ representative, elementOrder }) =>
    Array.from({ length: elementOrder }, (_, l) =>
      classOf(group, elementPower(group, representative, l)),
    ),
  );
}

/** Σ_s m_s e^{2πis/n}: the multiplicities m_s are a discrete Fourier transform over GF(p). */
function lift(
  values: Float64Array,
  powers: readonly number[],
  n: number,
  zeta: number,
  exponent: number,
  p: number,
): Complex {
  const root = modPower(zeta, exponent / n, p);
  const inverseN = modInverse(n % p, p);
  let [re, im] = [0, 0];
  for (let s = 0; s < n; s++) {
    const step = modPower(root, (n - s) % n, p);
    let [sum, factor] = [0, 1];
    for (let l = 0; l < n; l++) {
      sum = (sum + values[powers[l]] * factor) % p;
      factor = (factor * step) % p;
    }
    const multiplicity = (sum * inverseN) % p;
    if (multiplicity === 0) continue;
    const { cos, sin } = turn(s, n);
    re += multiplicity * cos;
    im += multiplicity * sin;
  }
  return { re, im };
}
