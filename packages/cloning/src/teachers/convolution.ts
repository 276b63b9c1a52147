/**
 * Convolutions on S × S pixels as teachers: of the plane's shifts T(2), and lifting and group
 * convolutions of rotations and reflections. Written with index tables so that every sample of a
 * batch may have its own filter. (@intertwiner/layers has the same convolutions as layers with one
 * filter for all; a test holds them together.)
 */
import * as tf from '@tensorflow/tfjs';
import { group as parseGroup, type FiniteGroup } from '@intertwiner/groups';
import {
  groupFilterIndex,
  imageAction,
  liftingFilterIndex,
  permutationAction,
  type Action,
} from '@intertwiner/layers';
import type { ChannelMap } from '../network/channelMap.js';
import { zeroFilledShifts } from './zeroFilledShifts.js';
import type { LayerTeacher } from './teacher.js';

export interface ConvolutionOptions {
  readonly group: FiniteGroup;
  /** Side S of the image in pixels. */
  readonly size: number;
  /** Odd side k of the filter. */
  readonly kernelSize: number;
}

/** Image → regular field: x [S·S], τ [k·k] → [S·S·|G|], the group index fastest. */
export function liftingTeacher({ group, size, kernelSize }: ConvolutionOptions): LayerTeacher {
  return convolutionTeacher({
    name: `${group.name} lifting ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, 1),
    filters: gathered(liftingFilterIndex(group, kernelSize)),
    filterSize: kernelSize ** 2,
    order: group.order,
    inputAction: flattened(group, size, 'scalar'),
    outputAction: flattened(group, size, 'regular'),
  });
}

/** Regular field → regular field: x [S·S·|G|], τ [k·k·|G|] → [S·S·|G|]. */
export function groupConvolutionTeacher(options: ConvolutionOptions): LayerTeacher {
  const { group, size, kernelSize } = options;
  const action = flattened(group, size, 'regular');
  return convolutionTeacher({
    name: `${group.name} group convolution ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, group.order),
    filters: gathered(groupFilterIndex(group, kernelSize)),
    filterSize: kernelSize ** 2 * group.order,
    order: group.order,
    inputAction: action,
    outputAction: action,
  });
}

export interface ShiftOptions {
  /** Side S of the image in pixels. */
  readonly size: number;
  /** Odd side k of the filter. */
  readonly kernelSize: number;
  /** What lies beyond the edge: the other side (default), or zeros. */
  readonly padding?: 'torus' | 'zero';
  /**
   * A permutation of the S·S pixels that the layer is seen through: pixel q of the torus is entry
   * scramble[q] of x. The layer then commutes with another group, isomorphic to T(S, S). Torus only.
   */
  readonly scramble?: Int32Array;
}

/**
 * An ordinary convolution, image → image: x [S·S], τ [k·k] → [S·S]. On the torus it commutes with
 * all cyclic shifts. With zero padding its actions are zero-filled shifts, with which it commutes
 * only away from the edges.
 */
export function shiftTeacher(options: ShiftOptions): LayerTeacher {
  const { size, kernelSize, padding = 'torus', scramble } = options;
  const torus = parseGroup(`T(${size},${size})`) as FiniteGroup;
  const zero = padding === 'zero';
  const plain = patchIndex(size, kernelSize, 1, zero);
  const action = zero ? zeroFilledShifts(torus, size) : flattened(torus, size, 'scalar', scramble);
  const title = zero ? 'T(2), zeros outside,' : scramble ? 'scrambled T(2)' : 'T(2)';
  return convolutionTeacher({
    name: `${title} convolution ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: scramble ? scrambled(plain, scramble) : plain,
    filters: gathered(Int32Array.from({ length: kernelSize ** 2 }, (_, i) => i)),
    filterSize: kernelSize ** 2,
    order: 1,
    inputAction: action,
    outputAction: action,
  });
}

/** The rows and entries of a patch table renamed. */
function scrambled(patches: Int32Array, names: Int32Array): Int32Array {
  const taps = patches.length / names.length;
  const out = new Int32Array(patches.length);
  names.forEach((name, q) => {
    for (let tap = 0; tap < taps; tap++) out[name * taps + tap] = names[patches[q * taps + tap]!]!;
  });
  return out;
}

/** τ [.., filterSize] → the filters of all group elements, [.., |G|·taps]. */
export type FilterBank = (tau: tf.Tensor) => tf.Tensor;

/** Filters that are rearrangements of τ. */
const gathered =
  (index: Int32Array): FilterBank =>
  (tau) =>
    select(tau, index, tau.shape.at(-1)!);

/**
 * Entries of the last axis, of the given size, by a table; −1 gives 0. The gradient is a gather too,
 * of every place that an entry went to, and a sum: the scatter that tfjs makes of it costs several
 * times as much, and so does a product with a matrix of zeros and ones.
 */
function select(x: tf.Tensor, table: Int32Array, size: number): tf.Tensor {
  const gather = tf.customGrad((input) => ({
    value: gatherOrZero(input as tf.Tensor, table, size),
    gradFunc: (dy: tf.Tensor) => {
      const places = placesOf(table, size);
      return gatherOrZero(dy, places, table.length)
        .reshape([...dy.shape.slice(0, -1), size, places.length / size])
        .sum(-1);
    },
  }));
  return gather(x);
}

function gatherOrZero(x: tf.Tensor, table: Int32Array, size: number): tf.Tensor {
  const extended = table.includes(-1)
    ? x.pad(x.shape.map((_, axis) => [0, axis === x.rank - 1 ? 1 : 0] as [number, number]))
    : x;
  const sources = table.map((source) => (source < 0 ? size : source));
  return tf.gather(extended, tf.tensor1d(sources, 'int32'), x.rank - 1);
}

/** For each of `size` entries the places of the table that name it, as many for all: −1 fills up. */
function placesOf(table: Int32Array, size: number): Int32Array {
  const places: number[][] = Array.from({ length: size }, () => []);
  table.forEach((source, place) => {
    if (source >= 0) places[source]!.push(place);
  });
  const most = places.reduce((max, { length }) => Math.max(max, length), 0);
  return Int32Array.from(
    places.flatMap((own) => Array.from({ length: most }, (_, i) => own[i] ?? -1)),
  );
}

export interface ConvolutionTables {
  readonly name: string;
  /** For each position the inputs that its filter covers: [positions, taps]; −1 is a zero. */
  readonly patches: Int32Array;
  readonly filters: FilterBank;
  readonly filterSize: number;
  readonly order: number;
  readonly inputAction: Action;
  readonly outputAction: Action;
}

export function convolutionTeacher(tables: ConvolutionTables): LayerTeacher {
  const { name, filterSize, order, inputAction, outputAction } = tables;
  const taps = filterSize;
  const positions = tables.patches.length / taps;
  const inputSize = inputAction.sampleShape![0]!;
  const scale = 1 / Math.sqrt(taps);
  const patches = (x: tf.Tensor): tf.Tensor => select(x, tables.patches, inputSize);
  const filters = (tau: tf.Tensor): tf.Tensor => tables.filters(tau).mul(scale);

  const apply = (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() =>
      tf
        .matMul(
          patches(x).reshape([-1, positions, taps]),
          filters(tau).reshape([-1, order, taps]),
          false,
          true,
        )
        .reshape([-1, positions * order]),
    );

  const channels: ChannelMap = (x, tau) =>
    tf.tidy(() => {
      const [channelsOut, channelsIn] = tau.shape;
      const columns = patches(x)
        .reshape([-1, channelsIn, positions, taps])
        .transpose([0, 2, 1, 3])
        .reshape([-1, channelsIn * taps]);
      const weights = filters(tau)
        .reshape([channelsOut, channelsIn, order, taps])
        .transpose([0, 2, 1, 3])
        .reshape([channelsOut * order, channelsIn * taps]);
      return tf
        .matMul(columns, weights, false, true)
        .reshape([-1, positions, channelsOut, order])
        .transpose([0, 2, 1, 3])
        .reshape([-1, channelsOut, positions * order]) as tf.Tensor3D;
    });

  return {
    name,
    inputSize,
    filterSize,
    outputSize: positions * order,
    inputAction,
    outputAction,
    apply,
    channels,
  };
}

/**
 * The inputs under a k × k filter at every position: [S·S, k·k·order]. A pixel's entries of the
 * group index stay together.
 *
 * @param zero whether pixels beyond the edge are −1, rather than those of the other side.
 */
export function patchIndex(
  size: number,
  kernelSize: number,
  order: number,
  zero = false,
): Int32Array {
  const half = (kernelSize - 1) / 2;
  const wrap = (i: number) => (i + size) % size;
  const isOutside = (i: number) => i < 0 || i >= size;
  const index: number[] = [];
  for (let position = 0; position < size * size; position++) {
    const [row, column] = [Math.floor(position / size), position % size];
    for (let tap = 0; tap < kernelSize ** 2; tap++) {
      const r = row + Math.floor(tap / kernelSize) - half;
      const c = column + (tap % kernelSize) - half;
      const pixel = zero && (isOutside(r) || isOutside(c)) ? -1 : wrap(r) * size + wrap(c);
      for (let h = 0; h < order; h++) index.push(pixel < 0 ? -1 : pixel * order + h);
    }
  }
  return Int32Array.from(index);
}

/**
 * The group's action on a field of one channel, on flattened samples [B, S·S·(1 or |G|)].
 *
 * @param scramble names of the pixels; see {@link ShiftOptions}.
 */
function flattened(
  group: FiniteGroup,
  size: number,
  field: 'scalar' | 'regular',
  scramble?: Int32Array,
): Action {
  const image = imageAction(group, { height: size, width: size, field });
  const length = image.sampleShape!.reduce((product, extent) => product * extent, 1);
  const plain = (element: number) =>
    tf.tidy(() => {
      const index = tf.range(0, length).reshape([1, ...image.sampleShape!]);
      return Int32Array.from(image.apply(element, index).dataSync());
    });
  const sources = (element: number) =>
    scramble ? renamed(plain(element), scramble) : plain(element);
  return permutationAction(group, [length], sources, image.description);
}

/** The permutation q ↦ sources[q] between renamed entries. */
function renamed(sources: Int32Array, names: Int32Array): Int32Array {
  const out = new Int32Array(sources.length);
  names.forEach((name, q) => (out[name] = names[sources[q]!]!));
  return out;
}
