import { diagonalMatrix } from '../lie/algebras.js';
import { rotation2 } from './cyclic.js';
import type { FiniteGroup } from './group.js';
import { matrixGroup } from './matrix-group.js';

/** (x, y, z) → (z, x, y): a third of a turn about (1, 1, 1). */
const diagonalTurn = Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0);
const halfTurn = diagonalMatrix([-1, -1, 1]);
const inversion = diagonalMatrix([-1, -1, -1]);
/** The reflection x ↔ y, a symmetry of the tetrahedron on (1, 1, 1), (1, −1, −1), …. */
const swap = Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1);

function quarterTurn(): Float64Array {
  const r = rotation2(1, 4);
  return Float64Array.of(r[0], r[1], 0, r[2], r[3], 0, 0, 0, 1);
}

/**
 * A fifth of a turn about (0, 1, φ), a vertex of the icosahedron with vertices (0, ±1, ±φ) and
 * cyclic shifts. Its entries are ±1/2, ±φ/2 and ±(φ − 1)/2.
 */
function fifthTurn(): Float64Array {
  const phi = (1 + Math.sqrt(5)) / 2;
  const [a, b, c] = [0.5, phi / 2, (phi - 1) / 2];
  return Float64Array.of(c, -b, a, b, a, c, -a, c, b);
}

const generatorsOf = {
  T: () => [diagonalTurn, halfTurn],
  O: () => [diagonalTurn, quarterTurn()],
  I: () => [diagonalTurn, fifthTurn()],
};

/** A polyhedral group's name: T, O, I (rotations), with inversion T_h, O_h, I_h, or T_d. */
export type PolyhedralName = 'T' | 'O' | 'I' | 'T_h' | 'O_h' | 'I_h' | 'T_d';

/** The symmetries of the tetrahedron, octahedron or icosahedron as 3 × 3 matrices. */
export function polyhedralGroup(name: PolyhedralName): FiniteGroup {
  const rotations = generatorsOf[name[0] as 'T' | 'O' | 'I']();
  const further = name.endsWith('_h') ? [inversion] : [];
  return matrixGroup([...rotations, ...further, ...(name === 'T_d' ? [swap] : [])], name);
}
