/**
 * The space of all linear maps between two sides, in the layout of tfjs kernels: W [taps, in, out],
 * one tap for a dense map y = xW, k·k taps for a convolution. The map of tap q is M_q = W[q]ᵀ.
 */
import * as tf from '@tensorflow/tfjs';
import { gridAction, type FiniteGroup, type Group } from '@intertwiner/groups';
import { averageOverGroup, blockProjector, type Projector } from './projector.js';
import { constantMatrix } from './constantMatrix.js';
import { moveMatrix, type Move } from './moves.js';
import { sideMatrix, type Side } from './side.js';

export interface MapSpace {
  readonly group: Group;
  readonly input: Side;
  readonly output: Side;
  /** [taps, in, out]. */
  readonly shape: readonly [number, number, number];
  /**
   * M A_in − A_out M in the layout of W, for a convolution M_{gq} ρ_in(g) − ρ_out(g) M_q: 0 just where
   * W commutes with the move.
   */
  defect(w: tf.Tensor3D, move: Move): tf.Tensor3D;
  /**
   * P_G W, the orthogonal projection onto the intertwiners; for orthogonal representations of a
   * compact group that is the group average (Reynolds operator).
   */
  project(w: tf.Tensor3D): tf.Tensor3D;
}

/** Maps between features, taken at each position by itself. */
export function denseSpace(group: Group, input: Side, output: Side): MapSpace {
  let projector: Projector | undefined;
  return {
    group,
    input,
    output,
    shape: [1, input.size, output.size],
    defect: (w, move) => tf.tidy(() => defect(w, w, move, input, output)),
    project: (w) => tf.tidy(() => (projector ??= blockProjector(input, output))(w)),
  };
}

/** Filters of k × k taps, which a planar group moves along with the features. */
export function filterSpace(
  group: FiniteGroup,
  input: Side,
  output: Side,
  kernelSize: number,
): MapSpace {
  const { permutation } = gridAction(group, { height: kernelSize, width: kernelSize });
  /** W[gq] at tap q: a grid permutation reads from g⁻¹q. */
  const ahead = (w: tf.Tensor3D, g: number) => gatherTaps(w, permutation(group.inverse(g)));
  const behind = (w: tf.Tensor3D, g: number) => gatherTaps(w, permutation(g));
  return {
    group,
    input,
    output,
    shape: [kernelSize ** 2, input.size, output.size],
    defect: (w, move) =>
      tf.tidy(() => defect(ahead(w, move.element as number), w, move, input, output)),
    project: (w) => tf.tidy(() => averageOverGroup(w, group, input, output, behind)),
  };
}

/** A_inᵀ·W′ − W·A_outᵀ, the transpose of M′ A_in − A_out M. */
function defect(
  moved: tf.Tensor3D,
  w: tf.Tensor3D,
  move: Move,
  input: Side,
  output: Side,
): tf.Tensor3D {
  const matrixOf = (side: Side) => constantMatrix(sideMatrix(side, (rep) => moveMatrix(rep, move)));
  const [taps, rows, columns] = w.shape;
  const right = tf.matMul(w.reshape([taps * rows, columns]), matrixOf(output), false, true);
  const left =
    taps === 1
      ? tf.matMul(matrixOf(input), moved.reshape([rows, columns]), true)
      : fromLeft(matrixOf(input), moved);
  return tf.sub(left.reshape(w.shape), right.reshape(w.shape));
}

/** Aᵀ·W[q] at every tap. */
function fromLeft(a: tf.Tensor2D, w: tf.Tensor3D): tf.Tensor {
  const [taps, rows, columns] = w.shape;
  const flat = w.transpose([1, 0, 2]).reshape([rows, taps * columns]) as tf.Tensor2D;
  return tf.matMul(a, flat, true).reshape([rows, taps, columns]).transpose([1, 0, 2]);
}

const gatherTaps = (w: tf.Tensor3D, sources: Int32Array): tf.Tensor3D =>
  tf.gather(w, tf.tensor1d(sources, 'int32'), 0);
