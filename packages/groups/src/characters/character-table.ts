import {
  type ConjugacyClass,
  classOf,
  conjugacyClasses,
  cycleType,
  elementPower,
  partitions,
} from '../groups/conjugacy.js';
import type { FiniteGroup } from '../groups/group.js';
import { type Complex, complexProduct } from '../linalg/complex.js';
import { turn } from '../linalg/turn.js';
import { dixonCharacters } from './dixon.js';
import { symmetricCharacter } from './symmetric.js';

/** A character value: a number if it is real. */
export type CharacterValue = number | Complex;

/** Whether an irrep can be written in reals, has a complex character, or neither. */
export type IrrepType = 'real' | 'complex' | 'quaternionic';

export interface CharacterTable {
  /** The columns: identity first, as {@link conjugacyClasses} orders them. */
  readonly classes: readonly ConjugacyClass[];
  /** The rows: by dimension, the trivial one first, then by descending values from the left. */
  readonly rows: readonly (readonly CharacterValue[])[];
  /** The type of each row's irrep, from its Frobenius–Schur indicator. */
  readonly types: readonly IrrepType[];
}

const known = new WeakMap<FiniteGroup, CharacterTable>();

/** The irreducible complex characters of a finite group. */
export function characterTable(group: FiniteGroup): CharacterTable {
  const found = known.get(group);
  if (found) return found;
  const classes = conjugacyClasses(group);
  const rows = irreducibleCharacters(group)
    .map((row) => row.map(snapped))
    .sort(compareRows);
  const table = {
    classes,
    rows: rows.map((row) => row.map((value) => (value.im === 0 ? value.re : value))),
    types: frobeniusSchurTypes(group, rows),
  };
  known.set(group, table);
  return table;
}

/** A character value as a complex number. */
export function complexValue(value: CharacterValue): Complex {
  return typeof value === 'number' ? { re: value, im: 0 } : value;
}

function irreducibleCharacters(group: FiniteGroup): Complex[][] {
  const { structure } = group;
  const elements = conjugacyClasses(group).map(({ representative }) => representative);
  switch (structure.kind) {
    case 'cyclic':
      return Array.from({ length: structure.n }, (_, j) =>
        elements.map((k) => root(j * k, structure.n)),
      );
    case 'dihedral':
      return dihedralCharacters(structure.n, elements);
    case 'dicyclic':
      return dicyclicCharacters(structure.n, elements);
    case 'symmetric':
      return symmetricCharacters(group, structure.n, elements);
    case 'product':
      return productCharacters(group, structure.factors, elements);
    case 'generic':
      return dixonCharacters(group);
  }
}

function root(k: number, n: number): Complex {
  const { cos, sin } = turn(k, n);
  return { re: cos, im: sin };
}

/** Elements are r^k (number k) and r^k f (number n + k). */
function dihedralCharacters(n: number, elements: readonly number[]): Complex[][] {
  const row = (rotation: (k: number) => number, reflection: (k: number) => number) =>
    elements.map((a) => ({ re: a < n ? rotation(a) : reflection(a - n), im: 0 }));
  const alternating = (k: number) => (k % 2 === 0 ? 1 : -1);
  const one = () => 1;
  const minus = () => -1;
  const linear = [row(one, one), row(one, minus)];
  if (n % 2 === 0) {
    linear.push(
      row(alternating, alternating),
      row(alternating, (k) => -alternating(k)),
    );
  }
  const planar = Array.from({ length: Math.ceil(n / 2) - 1 }, (_, i) =>
    row(
      (k) => 2 * turn((i + 1) * k, n).cos,
      () => 0,
    ),
  );
  return [...linear, ...planar];
}

/** Elements are a^k (number k) and a^k b (number n + k), with b² = a^{n/2}. */
function dicyclicCharacters(n: number, elements: readonly number[]): Complex[][] {
  const row = (rotation: (k: number) => Complex, reflection: (k: number) => Complex) =>
    elements.map((g) => (g < n ? rotation(g) : reflection(g - n)));
  // On one dimension a ↦ ±1 and b² = a^{n/2}, so b is a fourth root of 1.
  const linear = [0, 1, 2, 3].map((quarter) => {
    const sign = (n / 2) % 2 === 0 ? 2 * (quarter % 2) : quarter % 2 === 0 ? 0 : 2;
    const ofB = (n / 2) % 2 === 0 ? 2 * Math.floor(quarter / 2) : quarter;
    return row(
      (k) => root(sign * k, 4),
      (k) => root(sign * k + ofB, 4),
    );
  });
  const zero = () => ({ re: 0, im: 0 });
  const planar = Array.from({ length: n / 2 - 1 }, (_, i) =>
    row((k) => ({ re: 2 * turn((i + 1) * k, n).cos, im: 0 }), zero),
  );
  return [...linear, ...planar];
}

function symmetricCharacters(
  group: FiniteGroup,
  n: number,
  elements: readonly number[],
): Complex[][] {
  const types = elements.map((a) => cycleType(group.defining.image(a)));
  return partitions(n).map((lambda) =>
    types.map((mu) => ({ re: symmetricCharacter(lambda, mu), im: 0 })),
  );
}

/** Products of the factors' characters; element numbers are row-major in the factors. */
function productCharacters(
  group: FiniteGroup,
  factors: readonly FiniteGroup[],
  elements: readonly number[],
): Complex[][] {
  let rows: Complex[][] = [elements.map(() => ({ re: 1, im: 0 }))];
  let stride = group.order;
  for (const factor of factors) {
    stride /= factor.order;
    const columns = elements.map((a) => classOf(factor, Math.floor(a / stride) % factor.order));
    const own = characterTable(factor).rows.map((row) => columns.map((k) => complexValue(row[k])));
    rows = rows.flatMap((a) => own.map((b) => a.map((value, k) => complexProduct(value, b[k]))));
  }
  return rows;
}

/** Parts within rounding of an integer are that integer: rational algebraic integers are integers. */
function snapped({ re, im }: Complex): Complex {
  return { re: snap(re), im: snap(im) };
}

function snap(x: number): number {
  const nearest = Math.round(x);
  return Math.abs(x - nearest) < 1e-11 ? nearest + 0 : x;
}

function compareRows(a: readonly Complex[], b: readonly Complex[]): number {
  if (a[0].re !== b[0].re) return a[0].re - b[0].re;
  for (let k = 1; k < a.length; k++) {
    if (Math.abs(a[k].re - b[k].re) > 1e-9) return b[k].re - a[k].re;
    if (Math.abs(a[k].im - b[k].im) > 1e-9) return b[k].im - a[k].im;
  }
  return 0;
}

/** (1/|G|) Σ χ(g²) is 1, 0 or −1 for real, complex, quaternionic type. */
function frobeniusSchurTypes(group: FiniteGroup, rows: readonly Complex[][]): IrrepType[] {
  const classes = conjugacyClasses(group);
  // How many elements have their square in each class.
  const roots = new Float64Array(classes.length);
  for (const { representative, size } of classes) {
    roots[classOf(group, elementPower(group, representative, 2))] += size;
  }
  return rows.map((row) => {
    const sum = row.reduce((total, { re }, k) => total + roots[k] * re, 0);
    const indicator = Math.round(sum / group.order);
    return indicator === 1 ? 'real' : indicator === 0 ? 'complex' : 'quaternionic';
  });
}
