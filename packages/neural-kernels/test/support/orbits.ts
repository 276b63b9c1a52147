import { group, regular, type FiniteGroup } from '@intertwiner/groups';
import { random } from '@intertwiner/random';

export function finite(spec: string): FiniteGroup {
  return group(spec) as FiniteGroup;
}

/** Orbits of two random vectors of the regular representation, interleaved: row 2g + class. */
export function regularOrbits(g: FiniteGroup, seed: number, stabiliser: readonly number[] = [0]) {
  const d = g.order;
  const rho = regular(g);
  const points = new Float64Array(2 * g.order * d);
  for (const c of [0, 1]) {
    const raw = random(seed, 'point', c).fillNormal(new Float64Array(d));
    const x = c === 0 ? fixedBy(g, raw, stabiliser) : raw;
    for (const h of g.elements) points.set(times(rho.matrix(h), x), (2 * h + c) * d);
  }
  return { points, n: 2 * g.order, d };
}

/** Averages x over a subgroup that acts by the regular representation. */
function fixedBy(g: FiniteGroup, x: Float64Array, subgroup: readonly number[]): Float64Array {
  const images = subgroup.map((h) => times(regular(g).matrix(h), x));
  return x.map((_, i) => images.reduce((sum, image) => sum + image[i], 0) / subgroup.length);
}

export function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, i) => x.reduce((sum, value, j) => sum + matrix[i * n + j] * value, 0));
}

/** Residual y − f of the held-out rows by Gaussian elimination on the others: the plain oracle. */
export function directResiduals(
  gram: Float64Array,
  labels: readonly number[],
  heldOut: readonly number[],
  ridge = 0,
): number[] {
  const n = labels.length;
  const training = labels.map((_, i) => i).filter((i) => !heldOut.includes(i));
  const system = training.map((i) => [
    ...training.map((j) => gram[i * n + j] + (i === j ? ridge : 0)),
    labels[i],
  ]);
  const dual = eliminate(system);
  return heldOut.map(
    (s) => labels[s] - training.reduce((sum, t, k) => sum + gram[s * n + t] * dual[k], 0),
  );
}

function eliminate(system: number[][]): number[] {
  const n = system.length;
  for (let k = 0; k < n; k++) {
    const pivot = system.slice(k).reduce((best, row, i) => {
      return Math.abs(row[k]) > Math.abs(system[best][k]) ? i + k : best;
    }, k);
    [system[k], system[pivot]] = [system[pivot], system[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = system[i][k] / system[k][k];
      for (let j = k; j <= n; j++) system[i][j] -= factor * system[k][j];
    }
  }
  return system.map((row, i) => row[n] / row[i]);
}

export function alternating(n: number): number[] {
  return Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
}
