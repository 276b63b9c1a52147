import * as tf from '@tensorflow/tfjs';
import {
  gridAction,
  natural,
  type FiniteGroup,
  type Group,
  type Representation,
} from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { describeType, termOffsets, termSize, type FieldType } from '../field/fieldType.js';
import type { Action } from './action.js';
import { moveImages } from './planarImageAction.js';

export interface FieldActionOptions {
  /** Axes in front of the features that do not move, such as `[n]` points; default none. */
  readonly leading?: readonly number[];
  /** For fields on images: the pixels move as well. */
  readonly image?: { readonly height: number; readonly width: number };
}

/** An element of a group of whichever kind. */
type Matrices = (element: unknown) => Float64Array;

/**
 * A group acting on features of a field type, [B, …leading, size], (g·x)_i = ρ(g)x_i; on images
 * [B, H, W, size] by (g·f)[p] = ρ(g) f[g⁻¹p], exactly where the group maps pixels onto pixels, else by
 * bilinear interpolation.
 *
 * @throws {LayerError} if the type was read from a saved model, or its group does not move images.
 */
export function fieldAction(type: FieldType, options: FieldActionOptions = {}): Action<Group> {
  const { leading = [], image } = options;
  const representation = type.terms[0].representation;
  if (!representation) {
    throw new LayerError('fieldAction', `${describeType(type)}, saved, has no representations.`);
  }
  const { group } = representation;
  const positions = image ? [image.height, image.width] : leading;
  const sampleShape = [...positions, type.size];
  const move = image ? pixelMover(group, image) : (_: unknown, x: tf.Tensor) => x;
  const apply = (element: unknown, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const matrix = (rep: Representation) => (rep.matrix as Matrices)(element);
      return multiplyFields(move(element, x), type, matrix).reshape(x.shape).clone();
    });
  const description = `${describeType(type)} on [${sampleShape.join(', ')}]`;
  const action = { group, description, sampleShape, apply: apply as Action<Group>['apply'] };
  if (image) return action;
  const derivative = (algebraElement: Float64Array, x: tf.Tensor) =>
    tf.tidy(() => {
      const matrix = (rep: Representation) => rep.derivative(algebraElement);
      return multiplyFields(x, type, matrix, 0).reshape(x.shape).clone();
    });
  return { ...action, derivative };
}

/** A matrix of each representation on the entries of every channel; `onTrivial` times scalars. */
function multiplyFields(
  x: tf.Tensor,
  type: FieldType,
  matrixOf: (representation: Representation) => Float64Array,
  onTrivial: 0 | 1 = 1,
): tf.Tensor {
  const rows = x.reshape([-1, type.size]);
  const offsets = termOffsets(type);
  const parts = type.terms.map((term, i) => {
    const { dimension: d } = term;
    const part = tf.slice(rows, [0, offsets[i]], [-1, termSize(term)]);
    if (term.action === 'trivial') return onTrivial === 1 ? part : tf.zerosLike(part);
    const matrix = tf.tensor2d(Float32Array.from(matrixOf(term.representation!)), [d, d]);
    const turned = tf.matMul(part.reshape([-1, d]) as tf.Tensor2D, matrix, false, true);
    return turned.reshape([-1, termSize(term)]);
  });
  return tf.concat(parts, 1);
}

function pixelMover(
  group: Group,
  image: { readonly height: number; readonly width: number },
): (element: unknown, x: tf.Tensor) => tf.Tensor {
  if (group.kind === 'finite' && /^[CD][124]$/.test(group.name)) {
    const grid = gridAction(group, image);
    return (element, x) => {
      const sources = tf.tensor1d(grid.permutation(element as number), 'int32');
      const pixels = x.reshape([x.shape[0], image.height * image.width, -1]);
      return tf.gather(pixels, sources, 1).reshape(x.shape);
    };
  }
  if (group.kind === 'lie' && /^S?O\(2\)$/.test(group.name)) {
    return (element, x) => moveImages(x, group.inverse(element as Float64Array));
  }
  if (group.kind === 'finite' && /^[CD]\d+$/.test(group.name)) {
    const plane = natural(group as FiniteGroup);
    return (element, x) => moveImages(x, plane.matrix(group.inverse(element as number)));
  }
  throw new LayerError('fieldAction', `${group.name} does not move images; use C_n, D_n or SO(2).`);
}
