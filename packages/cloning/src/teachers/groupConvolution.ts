/**
 * Lifting and group convolutions on a torus of S × S pixels, written with index tables so that every
 * sample of a batch may have its own filter. (@intertwiner/layers has the same convolutions as
 * layers with one filter for all; a test holds them together.)
 */
import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import {
  groupFilterIndex,
  imageAction,
  liftingFilterIndex,
  permutationAction,
  type Action,
} from '@intertwiner/layers';
import type { ChannelMap } from '../network/channelMap.js';
import type { Teacher } from './teacher.js';

export interface ConvolutionOptions {
  readonly group: FiniteGroup;
  /** Side S of the image in pixels. */
  readonly size: number;
  /** Odd side k of the filter. */
  readonly kernelSize: number;
}

/** Image → regular field: x [S·S], τ [k·k] → [S·S·|G|], the group index fastest. */
export function liftingTeacher({ group, size, kernelSize }: ConvolutionOptions): Teacher {
  return convolutionTeacher({
    name: `${group.name} lifting ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, 1),
    filters: liftingFilterIndex(group, kernelSize),
    filterSize: kernelSize ** 2,
    order: group.order,
    inputAction: flattened(group, size, 'scalar'),
    outputAction: flattened(group, size, 'regular'),
  });
}

/** Regular field → regular field: x [S·S·|G|], τ [k·k·|G|] → [S·S·|G|]. */
export function groupConvolutionTeacher(options: ConvolutionOptions): Teacher {
  const { group, size, kernelSize } = options;
  const action = flattened(group, size, 'regular');
  return convolutionTeacher({
    name: `${group.name} group convolution ${kernelSize}×${kernelSize} on ${size}×${size}`,
    patches: patchIndex(size, kernelSize, group.order),
    filters: groupFilterIndex(group, kernelSize),
    filterSize: kernelSize ** 2 * group.order,
    order: group.order,
    inputAction: action,
    outputAction: action,
  });
}

interface ConvolutionTables {
  readonly name: string;
  /** For each position the inputs that its filter covers: [positions, taps]. */
  readonly patches: Int32Array;
  /** For each group element the tap's place in τ: [|G|, taps]. */
  readonly filters: Int32Array;
  readonly filterSize: number;
  readonly order: number;
  readonly inputAction: Action;
  readonly outputAction: Action;
}

function convolutionTeacher(tables: ConvolutionTables): Teacher {
  const { name, filterSize, order, inputAction, outputAction } = tables;
  const taps = tables.filters.length / order;
  const positions = tables.patches.length / taps;
  const scale = 1 / Math.sqrt(taps);
  const patches = (x: tf.Tensor): tf.Tensor => tf.gather(x, indices(tables.patches), x.rank - 1);
  const filters = (tau: tf.Tensor): tf.Tensor =>
    tf.gather(tau, indices(tables.filters), tau.rank - 1).mul(scale);

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
    inputSize: inputAction.sampleShape![0]!,
    filterSize,
    outputSize: positions * order,
    inputAction,
    outputAction,
    apply,
    channels,
  };
}

const indices = (table: Int32Array): tf.Tensor1D => tf.tensor1d(table, 'int32');

/**
 * The inputs under a k × k filter at every position of the torus: [S·S, k·k·order]. A pixel's
 * entries of the group index stay together.
 */
function patchIndex(size: number, kernelSize: number, order: number): Int32Array {
  const half = (kernelSize - 1) / 2;
  const wrap = (i: number) => (i + size) % size;
  const index: number[] = [];
  for (let position = 0; position < size * size; position++) {
    const [row, column] = [Math.floor(position / size), position % size];
    for (let tap = 0; tap < kernelSize ** 2; tap++) {
      const r = wrap(row + Math.floor(tap / kernelSize) - half);
      const c = wrap(column + (tap % kernelSize) - half);
      for (let h = 0; h < order; h++) index.push((r * size + c) * order + h);
    }
  }
  return Int32Array.from(index);
}

/** The group's action on a field of one channel, on flattened samples [B, S·S·(1 or |G|)]. */
function flattened(group: FiniteGroup, size: number, field: 'scalar' | 'regular'): Action {
  const image = imageAction(group, { height: size, width: size, field });
  const length = image.sampleShape!.reduce((product, extent) => product * extent, 1);
  const sources = (element: number) =>
    tf.tidy(() => {
      const index = tf.range(0, length).reshape([1, ...image.sampleShape!]);
      return Int32Array.from(image.apply(element, index).dataSync());
    });
  return permutationAction(group, [length], sources, image.description);
}
