import * as tf from '@tensorflow/tfjs';
import { termOffsets, termSize, type FieldTerm, type FieldType } from '../field/fieldType.js';

/**
 * Applies a function to every term of a field, given as [B, …, multiplicity, dimension], and joins
 * the results, which have the same leading shape.
 */
export function mapTerms(
  x: tf.Tensor,
  type: FieldType,
  f: (channels: tf.Tensor, term: FieldTerm, index: number) => tf.Tensor,
): tf.Tensor {
  const offsets = termOffsets(type);
  const axis = x.rank - 1;
  const leading = x.shape.slice(0, -1);
  const parts = type.terms.map((term, i) => {
    const { multiplicity, dimension } = term;
    const channels = sliceLast(x, offsets[i], termSize(term)).reshape([
      ...leading,
      multiplicity,
      dimension,
    ]);
    const y = f(channels, term, i);
    return y.reshape([...leading, y.shape[axis]! * y.shape[axis + 1]!]);
  });
  return parts.length === 1 ? parts[0] : tf.concat(parts, axis);
}

/** Entries begin … begin + size − 1 of the last axis. */
export function sliceLast(x: tf.Tensor, begin: number, size: number): tf.Tensor {
  const start = x.shape.map(() => 0);
  const extent = [...x.shape];
  start[x.rank - 1] = begin;
  extent[x.rank - 1] = size;
  return tf.slice(x, start, extent);
}

/** A field whose terms have one multiplicity C as [B, …, C, Σ dimensions]. */
export function joinChannels(x: tf.Tensor, type: FieldType): tf.Tensor {
  const offsets = termOffsets(type);
  const leading = x.shape.slice(0, -1);
  const parts = type.terms.map((term, i) =>
    sliceLast(x, offsets[i], termSize(term)).reshape([
      ...leading,
      term.multiplicity,
      term.dimension,
    ]),
  );
  return parts.length === 1 ? parts[0] : tf.concat(parts, x.rank);
}

/** What {@link joinChannels} joined, as a field again. */
export function splitChannels(x: tf.Tensor, type: FieldType): tf.Tensor {
  const leading = x.shape.slice(0, -2);
  let at = 0;
  const parts = type.terms.map((term) => {
    at += term.dimension;
    const part = sliceLast(x, at - term.dimension, term.dimension);
    return part.reshape([...leading, termSize(term)]);
  });
  return parts.length === 1 ? parts[0] : tf.concat(parts, x.rank - 2);
}
