/**
 * What `--input` and `--output` say: which tensor, and how the group acts on it. Written `NAME`,
 * `ACTION` or `NAME:ACTION`; an action is `image`, `points`, `invariant`, or an expression for a
 * representation such as `V` or `V^2 + 1`, with `@AXIS` to say on which axis it acts.
 */
import * as tf from '@tensorflow/tfjs';
import {
  gridAction,
  parseRepresentation,
  type Group,
  type Representation,
} from '@intertwiner/groups';
import {
  imageAction,
  invariant,
  permutationAction,
  planarImageAction,
  vectorAction,
  type Action,
} from '@intertwiner/layers';
import type { TensorDeclaration } from '@intertwiner/onnx';
import { UsageError } from '../io/errors.js';
import { asUsageError } from '../verbs/groupSpec.js';
import { imageLayout, type ImageLayout } from './imageLayout.js';

/** A tensor of the model, and the words for how the group acts on it, if there are any. */
export interface Side {
  readonly tensor: TensorDeclaration;
  readonly action: string | null;
}

/** Reads one `--input` or `--output`. @throws UsageError if it fits no tensor and is no action. */
export function parseSide(
  text: string | undefined,
  tensors: readonly TensorDeclaration[],
  what: 'input' | 'output',
): Side {
  const [first] = tensors;
  if (!first) throw new UsageError(`The model has no ${what}.`);
  if (text === undefined) return { tensor: first, action: null };
  const named = tensors.find(({ name }) => name === text);
  if (named) return { tensor: named, action: null };
  const colon = text.lastIndexOf(':');
  const [name, action] = colon < 0 ? [null, text] : [text.slice(0, colon), text.slice(colon + 1)];
  const tensor = name === null ? first : tensors.find((tensor) => tensor.name === name);
  // `logits` is meant as a name, `V` and `psi3` are representations.
  const isWord = /^(?!psi\d)[a-z_]\w{2,}$/i.test(text) && !knownWords.has(text);
  if (!tensor || (name === null && isWord)) {
    const names = tensors.map((tensor) => tensor.name).join(', ');
    throw new UsageError(
      `The model has no ${what} '${name ?? text}'. It has: ${names}. An action is written ` +
        `NAME:ACTION, such as ${first.name}:image or ${first.name}:V.`,
    );
  }
  return { tensor, action: action.trim() };
}

const knownWords = new Set(['image', 'points', 'invariant', 'trivial']);

/**
 * The action that the words name on samples of a shape (without the batch axis).
 *
 * @param words null for the one that the shape suggests: an image.
 * @throws UsageError if they do not fit.
 */
export function actionOn(
  group: Group,
  words: string | null,
  name: string,
  shape: readonly number[],
): Action<Group> {
  switch (words) {
    case null:
    case 'image':
      return imageActionOn(group, imageLayout(name, shape));
    case 'invariant':
    case 'trivial':
      return invariant(group);
    case 'points':
      return pointsAction(group, name, shape);
    default:
      return representationAction(group, words, name, shape);
  }
}

function imageActionOn(group: Group, layout: ImageLayout): Action<Group> {
  const { height, width, channels, channelsFirst, shape } = layout;
  if (group.kind === 'lie') {
    if (channelsFirst || shape.length === 2) {
      throw new UsageError(
        `${group.name} moves images [B, H, W, C]; this one is [B, ${shape.join(', ')}].`,
      );
    }
    return planarImageAction(group, { height, width, channels });
  }
  const action = gridAction(group, { height, width });
  if (!channelsFirst && shape.length === 3) {
    return imageAction(action.group, { height, width, channels });
  }
  const pixels = height * width;
  const permutation = (element: number) => {
    const plane = action.permutation(element);
    const source = (i: number) => i - (i % pixels) + plane[i % pixels]!;
    return Int32Array.from({ length: channels * pixels }, (_, i) => source(i));
  };
  return permutationAction(action.group, shape, permutation, `images [${shape.join(', ')}]`);
}

/** V on the last axis; for the motions E(n) and SE(n), x ↦ Rx + t. */
function pointsAction(group: Group, name: string, shape: readonly number[]): Action<Group> {
  if (!/^S?E\(\d+\)$/.test(group.name) || group.kind !== 'lie') {
    return representationAction(group, `V@${shape.length}`, name, shape);
  }
  const n = group.dimension - 1;
  if (shape.at(-1) !== n) {
    throw new UsageError(
      `'${name}' of shape [B, ${shape.join(', ')}] holds no points of ${n} coordinates.`,
    );
  }
  const apply = (element: Float64Array, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const rows = tf.tensor2d(Float32Array.from(element), [n + 1, n + 1]);
      const turn = tf.slice(rows, [0, 0], [n, n]);
      const shift = tf.slice(rows, [0, n], [n, 1]).reshape([1, n]);
      const points = x.reshape([-1, n]) as tf.Tensor2D;
      return tf.matMul(points, turn, false, true).add(shift).reshape(x.shape);
    });
  return { group, description: `points of R^${n}`, sampleShape: shape, apply };
}

function representationAction(
  group: Group,
  words: string,
  name: string,
  shape: readonly number[],
): Action<Group> {
  const [expression = '', axisText] = words.split('@');
  const rep = asUsageError(() => parseRepresentation(group, expression));
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (axisText === undefined && rep.dimension === size) return reshaped(vectorAction(rep), shape);
  const axis = axisText === undefined ? axisFor(rep, shape) : Number(axisText) - 1;
  if (axis < 0 || shape[axis] !== rep.dimension) {
    const where = axisText === undefined ? 'no axis' : `axis ${axisText}`;
    throw new UsageError(
      `${rep.name} of ${group.name} has dimension ${rep.dimension}, which ${where} of '${name}' ` +
        `[B, ${shape.join(', ')}] has.`,
    );
  }
  return vectorAction(rep, shape.slice(0, axis), shape.slice(axis + 1));
}

/** The last axis that is as long as the representation's dimension. */
const axisFor = ({ dimension }: Representation, shape: readonly number[]): number =>
  shape.lastIndexOf(dimension);

/** An action on vectors, on samples of another shape with as many entries. */
function reshaped(action: Action<Group>, shape: readonly number[]): Action<Group> {
  const apply = (element: never, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => action.apply(element, x.reshape([x.shape[0], -1])).reshape(x.shape));
  return { ...action, sampleShape: shape, apply };
}
