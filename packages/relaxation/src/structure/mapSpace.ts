/**
 * The space of all linear maps between two sides, in the layout of tfjs kernels: W [taps, in, out],
 * one tap for a dense map y = xW, k·k taps for a convolution. The map of tap q is M_q = W[q]ᵀ.
 */
import * as tf from '@tensorflow/tfjs';
import { gridAction, type FiniteGroup, type Group } from '@intertwiner/groups';
import { averageOverGroup, blockProjector, type Projector } from './projector.js';
import { constantMatrix } from './constantMatrix.js';
import { pairDefects, pairsPay } from './defects.js';
import { moveMatrix, type Move } from './moves.js';
import { termSize, type Side, type SideTerm } from './side.js';

export interface MapSpace {
  readonly group: Group;
  readonly input: Side;
  readonly output: Side;
  /** [taps, in, out]. */
  readonly shape: readonly [number, number, number];
  /**
   * M A_in − A_out M in the layout of W, for a convolution M_{gq} ρ_in(g) − ρ_out(g) M_q: 0 just where
   * W commutes with the move. [moves, taps, in, out]; moves with which every map commutes may be left
   * out.
   */
  defects(w: tf.Tensor3D, moves: readonly Move[]): tf.Tensor4D;
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
    defects: (w, moves) =>
      tf.tidy(() =>
        pairsPay(input, output)
          ? pairDefects(w, moves, input, output)
          : stacked(
              w,
              moves.map((move) => defect(w, w, move, input, output)),
            ),
      ),
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
    defects: (w, moves) =>
      tf.tidy(() =>
        stacked(
          w,
          moves.map((move) => defect(ahead(w, move.element as number), w, move, input, output)),
        ),
      ),
    project: (w) => tf.tidy(() => averageOverGroup(w, group, input, output, behind)),
  };
}

/** The trivial group has no moves: nothing is broken. */
function stacked(w: tf.Tensor3D, parts: tf.Tensor3D[]): tf.Tensor4D {
  if (parts.length === 0) return tf.zeros([1, ...w.shape]);
  return (parts.length === 1 ? parts[0].expandDims(0) : tf.stack(parts)) as tf.Tensor4D;
}

/** A_inᵀ·W′ − W·A_outᵀ, the transpose of M′ A_in − A_out M. */
function defect(
  moved: tf.Tensor3D,
  w: tf.Tensor3D,
  move: Move,
  input: Side,
  output: Side,
): tf.Tensor3D {
  return tf.sub(actOn(moved, 1, input, move, true), actOn(w, 2, output, move, false));
}

/** A move's matrix (or its transpose) along the input or output axis of W, term by term. */
function actOn(
  w: tf.Tensor3D,
  axis: 1 | 2,
  { terms, size }: Side,
  move: Move,
  isTransposed: boolean,
): tf.Tensor3D {
  let offset = 0;
  const parts = terms.map((term) => {
    const begin = [0, 0, 0].map((_, i) => (i === axis ? offset : 0));
    const extent = w.shape.map((length, i) => (i === axis ? termSize(term) : length));
    offset += termSize(term);
    const block = termSize(term) === size ? w : tf.slice(w, begin, extent);
    const matrix = constantMatrix(moveMatrix(term.representation, move));
    return onEntries(block, axis, term, matrix, isTransposed).reshape(extent);
  });
  return (parts.length === 1 ? parts[0] : tf.concat(parts, axis)) as tf.Tensor3D;
}

/** The small matrix of one representation on the entries of every channel. */
function onEntries(
  block: tf.Tensor3D,
  axis: 1 | 2,
  { representation: { dimension: d }, first }: SideTerm,
  matrix: tf.Tensor2D,
  isTransposed: boolean,
): tf.Tensor {
  const [taps, rows, columns] = block.shape;
  // The last axis with its entries fastest: rows of entries, one product.
  if (axis === 2 && first === 'channel') {
    return tf.matMul(block.reshape([-1, d]) as tf.Tensor2D, matrix, false, !isTransposed);
  }
  const before = axis === 1 ? taps : taps * rows;
  const after = axis === 1 ? columns : 1;
  const entries =
    first === 'entry' ? block.reshape([before, d, -1]) : block.reshape([-1, d, after]);
  return tf.matMul(matrix.expandDims(0), entries, isTransposed);
}

const gatherTaps = (w: tf.Tensor3D, sources: Int32Array): tf.Tensor3D =>
  tf.gather(w, tf.tensor1d(sources, 'int32'), 0);
