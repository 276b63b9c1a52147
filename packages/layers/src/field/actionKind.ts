import type { Representation } from '@intertwiner/groups';

/**
 * How a representation moves the entries of a vector; each kind is contained in those after it.
 * Pointwise nonlinearities commute with permutations, odd ones with signed permutations, those of
 * lengths with orthogonal maps.
 */
export type ActionKind = 'trivial' | 'permutation' | 'signed permutation' | 'orthogonal' | 'linear';

/** What a kind asks of ρ(h) for the group's generators h, and of dρ(X) for its Lie algebra's. */
interface KindTest {
  readonly kind: ActionKind;
  element(matrix: Float64Array, n: number): boolean;
  derivative(matrix: Float64Array, n: number): boolean;
}

const isZero = (m: Float64Array) => m.every((value) => isNear(value, 0));

const tests: readonly KindTest[] = [
  { kind: 'trivial', element: isIdentity, derivative: isZero },
  { kind: 'permutation', element: isPermutation, derivative: isZero },
  { kind: 'signed permutation', element: isSignedPermutation, derivative: isZero },
  { kind: 'orthogonal', element: isOrthogonal, derivative: isAntisymmetric },
];

/** The narrowest kind of a representation, decided by the group's generators. */
export function actionKind(representation: Representation): ActionKind {
  const { group, dimension: n } = representation;
  const matrix = representation.matrix as (element: unknown) => Float64Array;
  const isLie = group.kind === 'lie';
  const elements = (isLie ? group.discreteGenerators : [...group.generators]).map(matrix);
  const derivatives = isLie ? group.generators.map((x) => representation.derivative(x)) : [];
  const fits = ({ element, derivative }: KindTest) =>
    elements.every((m) => element(m, n)) && derivatives.every((m) => derivative(m, n));
  return tests.find(fits)?.kind ?? 'linear';
}

/** Entries of representations are float64 of order 1. */
function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9;
}

function isIdentity(m: Float64Array, n: number): boolean {
  return m.every((value, at) => isNear(value, at % (n + 1) === 0 ? 1 : 0));
}

function isPermutation(m: Float64Array, n: number): boolean {
  return isSignedPermutation(m, n) && m.every((value) => value > -0.5);
}

/** An orthogonal matrix of 0, 1 and −1. */
function isSignedPermutation(m: Float64Array, n: number): boolean {
  const isSign = (value: number) => isNear(value, 0) || isNear(Math.abs(value), 1);
  return m.every(isSign) && isOrthogonal(m, n);
}

function isOrthogonal(m: Float64Array, n: number): boolean {
  const row = (i: number) => m.subarray(i * n, (i + 1) * n);
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      if (!isNear(dot(row(i), row(j)), i === j ? 1 : 0)) return false;
    }
  }
  return true;
}

function isAntisymmetric(m: Float64Array, n: number): boolean {
  return m.every((value, at) => isNear(value, -m[(at % n) * n + Math.floor(at / n)]));
}
