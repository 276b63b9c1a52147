/** The orthogonal projection of kernels [taps, in, out] onto the intertwiners. */
import * as tf from '@tensorflow/tfjs';
import { homBasis, type FiniteGroup } from '@intertwiner/groups';
import { constantMatrix } from './constantMatrix.js';
import { onPairs } from './pairs.js';
import { sideMatrix, type Side, type SideTerm } from './side.js';

export type Projector = (w: tf.Tensor3D) => tf.Tensor3D;

/** Block by block, P W = Σ_k ⟨B_k, W⟩ B_k with an orthonormal basis of Hom(ρ_in, ρ_out). */
export function blockProjector(input: Side, output: Side): Projector {
  const rows = input.terms.map((term) => output.terms.map((out) => pairProjector(term, out)));
  return (w) =>
    onPairs(w, input, output, (flat, i, j) => rows[i][j](flat)).squeeze([0]) as tf.Tensor3D;
}

function pairProjector(term: SideTerm, out: SideTerm): (flat: tf.Tensor2D) => tf.Tensor2D {
  const { rank, basis } = homBasis(term.representation, out.representation);
  const values = Float32Array.from(rank === 0 ? [] : basis);
  return (flat) => {
    if (rank === 0) return tf.zerosLike(flat);
    const b = tf.tensor2d(values, [rank, flat.shape[0]]);
    return tf.matMul(b, tf.matMul(b, flat), true);
  };
}

/** The Reynolds operator of filters: the mean over g of ρ_out(g) M_{g⁻¹q} ρ_in(g)⁻¹. */
export function averageOverGroup(
  w: tf.Tensor3D,
  group: FiniteGroup,
  input: Side,
  output: Side,
  behind: (w: tf.Tensor3D, g: number) => tf.Tensor3D,
): tf.Tensor3D {
  const [taps, rows, columns] = w.shape;
  const terms = group.elements.map((g) => {
    const inverse = group.inverse(g);
    const left = constantMatrix(sideMatrix(input, (rep) => rep.matrix(inverse)));
    const right = constantMatrix(sideMatrix(output, (rep) => rep.matrix(g)));
    const moved = behind(w, g).reshape([taps * rows, columns]) as tf.Tensor2D;
    const turned = tf.matMul(moved, right, false, true).reshape([taps, rows, columns]);
    const flat = turned.transpose([1, 0, 2]).reshape([rows, taps * columns]) as tf.Tensor2D;
    return tf.matMul(left, flat, true).reshape([rows, taps, columns]).transpose([1, 0, 2]);
  });
  return tf.div(tf.addN(terms), group.order) as tf.Tensor3D;
}
