/** The irreps of SO(3), O(3) and SU(2) as real representations. */
import type { Group, LieGroup } from '../groups/group.js';
import type { TorusPoint } from '../lie/torus.js';
import { realified } from '../lie/algebras.js';
import { addScaled, determinant, scaled } from '../linalg/dense.js';
import { sparseFromDense } from '../linalg/sparse.js';
import { makeRepresentation, type Representation } from '../representations/representation.js';
import { so3Generators, wignerMatrix } from './wigner.js';

/** D^l of SO(3), of dimension 2l + 1, in e3nn's basis. */
export function so3Irrep(group: LieGroup, l: number): Representation<LieGroup> {
  checkFamily(group, 'SO(3)');
  return makeRepresentation<LieGroup>({
    group,
    dimension: 2 * l + 1,
    name: `D${l}`,
    sparse: (r) => sparseFromDense(wignerMatrix(l, r), 2 * l + 1),
    sparseDerivative: (x) => sparseFromDense(algebraMatrix(l, axisOfSo3(x)), 2 * l + 1),
    degree: l,
    torusCharacter: (point) => ({ re: rotationCharacter(l, point.trace(1).re), im: 0 }),
  });
}

/** Degree l of O(3) with even (`e`) or odd (`o`) parity: −1 acts as +1 or −1. */
export function o3Irrep(group: LieGroup, l: number, parity: 'e' | 'o'): Representation<LieGroup> {
  checkFamily(group, 'O(3)');
  const sign = parity === 'e' ? 1 : -1;
  return makeRepresentation<LieGroup>({
    group,
    dimension: 2 * l + 1,
    name: `${l}${parity}`,
    sparse: (g) => {
      const flipped = determinant(g, 3) < 0;
      const d = wignerMatrix(l, flipped ? scaled(g, -1) : g);
      return sparseFromDense(flipped ? scaled(d, sign) : d, 2 * l + 1);
    },
    sparseDerivative: (x) => sparseFromDense(algebraMatrix(l, axisOfSo3(x)), 2 * l + 1),
    degree: l,
    torusCharacter: (point) => {
      const flipped = determinantAt(point) < 0;
      const t = point.trace(1).re;
      const value = rotationCharacter(l, flipped ? -t : t);
      return { re: flipped ? sign * value : value, im: 0 };
    },
  });
}

/**
 * Spin j = 0, ½, 1, … of SU(2). Integer spins are D^j of the rotation that u covers; half-integer
 * ones are the 2j+1 complex dimensions in the basis |j, m⟩, m = j … −j, as real 2(2j+1) × 2(2j+1)
 * matrices [[A, −B], [B, A]].
 */
export function su2Irrep(group: LieGroup, j: number): Representation<LieGroup> {
  checkFamily(group, 'SU(2)');
  if (!Number.isInteger(2 * j) || j < 0) {
    throw new RangeError(`su2Irrep: the spin must be a multiple of ½, ≥ 0, got ${j}.`);
  }
  const n = 2 * j + 1;
  const whole = Number.isInteger(j);
  const dimension = whole ? n : 2 * n;
  return makeRepresentation<LieGroup>({
    group,
    dimension,
    name: whole ? `spin ${j}` : `spin ${2 * j}/2`,
    sparse: (u) =>
      sparseFromDense(whole ? wignerMatrix(j, rotationOf(u)) : spinMatrix(j, u), dimension),
    sparseDerivative: (x) =>
      sparseFromDense(
        whole ? algebraMatrix(j, axisOfSu2(x)) : spinDerivative(j, axisOfSu2(x)),
        dimension,
      ),
    degree: 2 * j,
    torusCharacter: (point) => {
      // The defining representation is 4 × 4 real: its trace is 4 cos φ.
      const phi = Math.acos(Math.max(-1, Math.min(1, point.trace(1).re / 4)));
      let sum = 0;
      for (let m = -j; m <= j; m++) sum += Math.cos(2 * m * phi);
      return { re: whole ? sum : 2 * sum, im: 0 };
    },
  });
}

/** All irreps whose highest weight does not exceed `degree`, for the groups that have a list here. */
export function lieIrrepsUpTo(group: LieGroup, degree: number): Representation<LieGroup>[] | null {
  const all = Array.from({ length: degree + 1 }, (_, i) => i);
  if (isFamily(group, 'SO(3)')) return all.map((l) => so3Irrep(group, l));
  if (isFamily(group, 'O(3)')) {
    return all.flatMap((l) => [o3Irrep(group, l, 'e'), o3Irrep(group, l, 'o')]);
  }
  return isFamily(group, 'SU(2)') ? all.map((twice) => su2Irrep(group, twice / 2)) : null;
}

function isFamily({ family, compact }: LieGroup, name: 'SO(3)' | 'O(3)' | 'SU(2)'): boolean {
  if (name === 'SU(2)') return family.kind === 'unitary' && family.n === 2 && family.special;
  const reflections = name === 'O(3)';
  return (
    compact && family.kind === 'orthogonal' && family.n === 3 && family.reflections === reflections
  );
}

function checkFamily(group: Group, name: 'SO(3)' | 'O(3)' | 'SU(2)'): void {
  if (group.kind !== 'lie' || !isFamily(group, name)) {
    throw new RangeError(`Expected the group ${name}, got ${group.name}.`);
  }
}

/** (a_x, a_y, a_z) with X = Σ a_k L_k. */
function axisOfSo3(x: Float64Array): readonly number[] {
  return [x[7], x[2], x[3]];
}

/** (a_x, a_y, a_z) with X = −(i/2) Σ a_k σ_k, X given as [[A, −B], [B, A]]. */
function axisOfSu2(x: Float64Array): readonly number[] {
  return [-2 * x[9], -2 * x[1], -2 * x[8]];
}

function algebraMatrix(l: number, axis: readonly number[]): Float64Array {
  const generators = so3Generators(l);
  const sum: Float64Array = new Float64Array((2 * l + 1) ** 2);
  generators.forEach((generator, k) => addScaled(sum, generator, axis[k]));
  return sum;
}

/** Σ_m cos(mθ) for the rotation with trace 1 + 2 cos θ. */
function rotationCharacter(l: number, rotationTrace: number): number {
  const theta = Math.acos(Math.max(-1, Math.min(1, (rotationTrace - 1) / 2)));
  let sum = 1;
  for (let m = 1; m <= l; m++) sum += 2 * Math.cos(m * theta);
  return sum;
}

/** e₃ of the eigenvalues, from power sums. */
function determinantAt(point: TorusPoint): number {
  const [p1, p2, p3] = [1, 2, 3].map((k) => point.trace(k).re);
  return (p1 ** 3 - 3 * p1 * p2 + 2 * p3) / 6;
}

/** R_ij = ½ tr(σ_i u σ_j u†), for u = [[α, −β̄], [β, ᾱ]]. */
function rotationOf(u: Float64Array): Float64Array {
  // α = a + ib, β = c + id; as a quaternion w = a, and (x, y, z) = (−d, c, −b).
  const [w, x, y, z] = [u[0], 0 - u[12], u[4], 0 - u[8]];
  return Float64Array.of(
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  );
}

type Polynomial = readonly { readonly re: number; readonly im: number }[];

function polynomialProduct(a: Polynomial, b: Polynomial): Polynomial {
  return Array.from({ length: a.length + b.length - 1 }, (_, k) => {
    let [re, im] = [0, 0];
    a.forEach((x, i) => {
      const y = b[k - i];
      if (!y) return;
      re += x.re * y.re - x.im * y.im;
      im += x.re * y.im + x.im * y.re;
    });
    return { re, im };
  });
}

/** u acting on the polynomials p^{j+m} q^{j−m} / √((j+m)! (j−m)!), u p = α p + β q. */
function spinMatrix(j: number, u: Float64Array): Float64Array {
  const n = 2 * j + 1;
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  // Coefficients by ascending powers of q.
  const up: Polynomial = [
    { re: u[0], im: u[8] },
    { re: u[4], im: u[12] },
  ];
  const down: Polynomial = [
    { re: u[1], im: u[9] },
    { re: u[5], im: u[13] },
  ];
  const weight = (q: number) => Math.sqrt(gammaProduct(n - 1 - q) * gammaProduct(q));
  for (let column = 0; column < n; column++) {
    let image: Polynomial = [{ re: 1, im: 0 }];
    for (let k = 0; k < n - 1; k++) image = polynomialProduct(image, k < column ? down : up);
    image.forEach((value, row) => {
      re[row * n + column] = (value.re * weight(row)) / weight(column);
      im[row * n + column] = (value.im * weight(row)) / weight(column);
    });
  }
  return realified(re, im, n);
}

function gammaProduct(n: number): number {
  let result = 1;
  for (let k = 2; k <= n; k++) result *= k;
  return result;
}

/** −i Σ a_k J_k in the basis |j, m⟩, m = j … −j. */
function spinDerivative(j: number, [ax, ay, az]: readonly number[]): Float64Array {
  const n = 2 * j + 1;
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) {
    const m = j - i;
    im[i * n + i] = -az * m;
    if (i === 0) continue;
    // ⟨m+1| J₊ |m⟩ at row i − 1, column i; J_x = (J₊ + J₋)/2, J_y = (J₊ − J₋)/2i.
    const ladder = Math.sqrt(j * (j + 1) - m * (m + 1)) / 2;
    const [above, below] = [(i - 1) * n + i, i * n + i - 1];
    im[above] -= ax * ladder;
    im[below] -= ax * ladder;
    re[above] -= ay * ladder;
    re[below] += ay * ladder;
  }
  return realified(re, im, n);
}
