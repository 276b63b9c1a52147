/** Dense maps block by block: one block for each pair of a term on the input and one on the output. */
import * as tf from '@tensorflow/tfjs';
import { termSize, type Side, type SideTerm } from './side.js';

/**
 * Linear maps of the entries of every block, the same for all pairs of channels.
 *
 * @param w [1, in, out].
 * @param map takes block (i, j) as [d_out·d_in, channels in · channels out], entry (o, i) at o·d_in + i,
 *   to one or several of that size, one below the other: as many for all blocks.
 * @returns [several, 1, in, out]. The caller owns it, and what is made on the way.
 */
export function onPairs(
  w: tf.Tensor3D,
  input: Side,
  output: Side,
  map: (flat: tf.Tensor2D, i: number, j: number) => tf.Tensor2D,
): tf.Tensor4D {
  const matrix = w.reshape([input.size, output.size]) as tf.Tensor2D;
  const rows = offsets(input).map((top, i) => {
    const blocks = offsets(output).map((left, j) => {
      const [term, out] = [input.terms[i], output.terms[j]];
      const size: [number, number] = [termSize(term), termSize(out)];
      const isAll = size[0] === input.size && size[1] === output.size;
      const block = isAll ? matrix : tf.slice(matrix, [top, left], size);
      return onBlock(block, term, out, (flat) => map(flat, i, j));
    });
    return blocks.length === 1 ? blocks[0] : tf.concat(blocks, 3);
  });
  return rows.length === 1 ? rows[0] : tf.concat(rows, 2);
}

/** Where each term begins. */
function offsets({ terms }: Side): number[] {
  let at = 0;
  return terms.map((term) => (at += termSize(term)) - termSize(term));
}

function onBlock(
  block: tf.Tensor2D,
  term: SideTerm,
  out: SideTerm,
  map: (flat: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor4D {
  const [inShape, inEntry] = axesOf(term);
  const [outShape, outEntry] = axesOf(out);
  const shape = [...inShape, ...outShape];
  const axes = [2 + outEntry, inEntry, 1 - inEntry, 3 - outEntry];
  const columns = term.multiplicity * out.multiplicity;
  const flat = block.reshape(shape).transpose(axes).reshape([-1, columns]) as tf.Tensor2D;
  const mapped = map(flat).reshape([-1, ...axes.map((axis) => shape[axis])]);
  const back = [0, 1, 2, 3].map((axis) => 1 + axes.indexOf(axis));
  return mapped.transpose([0, ...back]).reshape([-1, 1, ...block.shape]) as tf.Tensor4D;
}

/** The two extents of a term, and which of them counts the entries. */
function axesOf({ representation, multiplicity, first }: SideTerm): [[number, number], 0 | 1] {
  const d = representation.dimension;
  return first === 'channel' ? [[multiplicity, d], 1] : [[d, multiplicity], 0];
}
