/** All laws of one finite group, as a list of what is violated. */
import {
  characterTable,
  type CharacterValue,
  decompose,
  type FiniteGroup,
  homBasis,
  irreps,
  natural,
  tensor,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { finite } from './catalogue.js';
import { evenly } from './every-spec.js';
import { groupAxiomViolation, matrixProduct, maxDifference } from './laws.js';

/** Irreps, rows and elements that are looked at in one group, and dimensions that are multiplied. */
const some = 6;
const largestDimension = 60;

/** Rounding of sums of |G| terms of size ≤ d², relative to |G|; matrices are products of long words. */
const characterBound = 1e-10;
const matrixBound = 1e-10;

const complex = (value: CharacterValue) =>
  typeof value === 'number' ? { re: value, im: 0 } : value;

/** |Σ weight a conj(b) − expected| */
function innerError(
  a: readonly CharacterValue[],
  b: readonly CharacterValue[],
  weight: (k: number) => number,
  expected: number,
): number {
  let [re, im] = [-expected, 0];
  a.forEach((value, k) => {
    const [x, y] = [complex(value), complex(b[k])];
    re += weight(k) * (x.re * y.re + x.im * y.im);
    im += weight(k) * (x.im * y.re - x.re * y.im);
  });
  return Math.hypot(re, im);
}

function* characterViolations(g: FiniteGroup): Generator<string> {
  const { classes, rows, types } = characterTable(g);
  if (rows.length !== classes.length) yield `${rows.length} rows, ${classes.length} classes`;
  const squares = rows.reduce((sum, row) => sum + complex(row[0]).re ** 2, 0);
  if (squares !== g.order) yield `Σ d² = ${squares}`;
  if (!rows[0].every((value) => value === 1)) yield 'the first row is not trivial';
  const chosen = evenly(rows, some);
  for (const a of chosen) {
    for (const b of chosen) {
      const error = innerError(a, b, (k) => classes[k].size / g.order, a === b ? 1 : 0);
      if (error > characterBound) yield `rows are not orthonormal: ${error}`;
    }
  }
  const columns = evenly([...classes.keys()], some);
  const column = (k: number) => rows.map((row) => row[k]);
  for (const k of columns) {
    for (const l of columns) {
      const centraliser = k === l ? g.order / classes[k].size : 0;
      const error = innerError(column(k), column(l), () => 1, centraliser) / g.order;
      if (error > characterBound) yield `columns are not orthogonal: ${error}`;
    }
  }
  const sign = { real: 1, complex: 0, quaternionic: -1 };
  const roots = rows.reduce((sum, row, i) => sum + sign[types[i]] * complex(row[0]).re, 0);
  const counted = g.elements.filter((a) => g.multiply(a, a) === 0).length;
  if (roots !== counted) yield `Σ ν d = ${roots}, but ${counted} elements square to 1`;
}

function* irrepViolations(g: FiniteGroup): Generator<string> {
  const stream = random(3, g.name);
  const { rows } = characterTable(g);
  const complexIrreps = irreps(g);
  if (complexIrreps.some((irrep, i) => irrep.row !== i)) yield 'irreps are not in the rows’ order';
  const real = irreps(g, 'R');
  const total = real.reduce((sum, r) => sum + r.dimension ** 2 / r.endomorphisms, 0);
  if (total !== g.order) yield `Σ d²/dim End = ${total} over R`;
  for (const rep of evenly(real, some).filter((r) => r.dimension <= largestDimension)) {
    const n = rep.dimension;
    const [a, b] = [stream.integer(g.order), stream.integer(g.order)];
    const product = matrixProduct(rep.matrix(a), rep.matrix(b), n);
    const error = maxDifference(product, rep.matrix(g.multiply(a, b)));
    if (error > matrixBound) yield `${rep.name} is no homomorphism: ${error}`;
    const turned = rep.matrix(a).map((_, p, m) => m[(p % n) * n + Math.floor(p / n)]);
    const unit = maxDifference(turned, rep.matrix(g.inverse(a)));
    if (unit > matrixBound) yield `${rep.name} is not orthogonal: ${unit}`;
  }
  for (const irrep of evenly(complexIrreps, some).filter((r) => r.dimension <= largestDimension)) {
    const a = stream.integer(g.order);
    const { re, im } = irrep.matrix(a);
    const n = irrep.dimension;
    const trace = (m: Float64Array) => m.reduce((s, x, p) => (p % (n + 1) ? s : s + x), 0);
    const value = irrep.character(a);
    const error = Math.hypot(trace(re) - value.re, trace(im) - value.im);
    if (error > matrixBound) yield `the trace of ψ${irrep.row} is off its row by ${error}`;
    if (complex(rows[irrep.row][0]).re !== n) yield `ψ${irrep.row} has dimension ${n}`;
  }
}

function* intertwinerViolations(g: FiniteGroup): Generator<string> {
  const V = natural(g);
  const larger = V.dimension <= 4 ? tensor(V, 2) : V;
  for (const [from, to] of [
    [V, V],
    [V, larger],
  ]) {
    const { residual, certificate } = homBasis(from, to);
    if (residual > matrixBound) yield `${from.name} → ${to.name} has the residual ${residual}`;
    if (!certificate.agrees)
      yield `rank ${certificate.numericalRank}, not ${certificate.expectedRank}`;
  }
  if (larger.dimension > largestDimension) return;
  const { summands, changeOfBasis: q, inverse, residual } = decompose(larger);
  if (residual > matrixBound) yield `decompose has the residual ${residual}`;
  const n = larger.dimension;
  const a = random(4, g.name).integer(g.order);
  const blocks = summands
    .flatMap((s) => Array.from({ length: s.multiplicity }, () => s.irrep))
    .reduce((sum, irrep) => sum.plus(irrep));
  const rebuilt = matrixProduct(matrixProduct(q, blocks.matrix(a), n), inverse, n);
  const error = maxDifference(rebuilt, larger.matrix(a));
  if (error > matrixBound) yield `decompose does not reproduce ${larger.name}: ${error}`;
}

/** What is wrong with the group of a spec, its characters, irreps, decompositions and intertwiners. */
export function lawViolations(spec: string): string[] {
  const g = finite(spec);
  const axiom = groupAxiomViolation(g, some);
  return [
    ...(g.name === spec ? [] : [`prints back as ${g.name}`]),
    ...(axiom ? [axiom] : []),
    ...characterViolations(g),
    ...irrepViolations(g),
    ...intertwinerViolations(g),
  ].map((what) => `${spec}: ${what}`);
}
