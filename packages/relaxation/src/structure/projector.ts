/** The orthogonal projection of kernels [taps, in, out] onto the intertwiners. */
import * as tf from '@tensorflow/tfjs';
import { homBasis, type FiniteGroup } from '@intertwiner/groups';
import { constantMatrix } from './constantMatrix.js';
import { sideMatrix, termSize, type Side, type SideTerm } from './side.js';

export type Projector = (w: tf.Tensor3D) => tf.Tensor3D;

/** Block by block, P W = Σ_k ⟨B_k, W⟩ B_k with an orthonormal basis of Hom(ρ_in, ρ_out). */
export function blockProjector(input: Side, output: Side): Projector {
  const rows = input.terms.map((term) => output.terms.map((out) => pairProjector(term, out)));
  return (w) => {
    const [, , width] = w.shape;
    const projected = offsets(input).map((top, i) => {
      const blocks = offsets(output).map((left, j) => {
        const size = [termSize(input.terms[i]), termSize(output.terms[j])];
        const block = tf.slice(w.reshape([input.size, width]), [top, left], size);
        return rows[i][j](block as tf.Tensor2D);
      });
      return blocks.length === 1 ? blocks[0] : tf.concat(blocks, 1);
    });
    const joined = projected.length === 1 ? projected[0] : tf.concat(projected, 0);
    return joined.expandDims(0) as tf.Tensor3D;
  };
}

/** Where each term begins. */
function offsets({ terms }: Side): number[] {
  let at = 0;
  return terms.map((term) => (at += termSize(term)) - termSize(term));
}

function pairProjector(term: SideTerm, out: SideTerm): (block: tf.Tensor2D) => tf.Tensor2D {
  const { rank, basis } = homBasis(term.representation, out.representation);
  const [dIn, dOut] = [term.representation.dimension, out.representation.dimension];
  const values = Float32Array.from(rank === 0 ? [] : basis);
  return (block) => {
    if (rank === 0) return tf.zerosLike(block);
    const b = tf.tensor2d(values, [rank, dOut * dIn]);
    const { axes, shape, back, columns } = layout(term, out);
    const flat = block
      .reshape(shape)
      .transpose(axes)
      .reshape([dOut * dIn, columns]) as tf.Tensor2D;
    const projected = tf.matMul(b, tf.matMul(b, flat), true);
    const unflat = projected.reshape(axes.map((axis) => shape[axis]));
    return unflat.transpose(back).reshape(block.shape) as tf.Tensor2D;
  };
}

/** How a block [in, out] becomes [dOut·dIn, channels in · channels out], and back. */
function layout(term: SideTerm, out: SideTerm) {
  const [inShape, inEntry] = axesOf(term);
  const [outShape, outEntry] = axesOf(out);
  const axes = [2 + outEntry, inEntry, 1 - inEntry, 3 - outEntry];
  const back = [0, 1, 2, 3].map((axis) => axes.indexOf(axis));
  const columns = term.multiplicity * out.multiplicity;
  return { axes, shape: [...inShape, ...outShape], back, columns };
}

/** The two extents of a term, and which of them counts the entries. */
function axesOf({ representation, multiplicity, first }: SideTerm): [[number, number], 0 | 1] {
  const d = representation.dimension;
  return first === 'channel' ? [[multiplicity, d], 1] : [[d, multiplicity], 0];
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
