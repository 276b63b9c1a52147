import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { GroupConv2d, LiftingConv2d } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import {
  groupConvolutionTeacher,
  liftingTeacher,
  shiftTeacher,
  type LayerTeacher,
} from '@intertwiner/cloning';
import { pairwise } from './pairwise.js';
import { gaussian, relativeGap, startTfjs } from './support.js';

beforeAll(startTfjs);

// Sums of up to 72 products of float32 in another order.
const rounding = 1e-5;

const specs = ['C1', 'C2', 'C4', 'D1', 'D2', 'D4'];
const scramble = Int32Array.from(random(0, 'scramble').permutation(36));
const teachers: [string, LayerTeacher][] = [
  ...specs.flatMap((spec) => {
    const options = { group: group(spec) as never, size: 6, kernelSize: 3 };
    return [liftingTeacher(options), groupConvolutionTeacher(options)];
  }),
  shiftTeacher({ size: 6, kernelSize: 3 }),
  shiftTeacher({ size: 6, kernelSize: 3, scramble }),
].map((teacher) => [teacher.name, teacher]);

describe.each(teachers)('%s', (_, teacher) => {
  const { inputSize, filterSize, inputAction, outputAction } = teacher;

  it('commutes with the group for every filter', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = gaussian([4, inputSize], 'x') as tf.Tensor2D;
      const tau = gaussian([4, filterSize], 'tau') as tf.Tensor2D;
      const y = teacher.apply(x, tau);
      const { elements } = inputAction.group as FiniteGroup;
      for (const g of elements) {
        const moved = teacher.apply(inputAction.apply(g, x) as tf.Tensor2D, tau);
        expect(relativeGap(moved, outputAction.apply(g, y))).toBeLessThan(rounding);
      }
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('sums over channels as one filter per pair does', () => {
    tf.tidy(() => {
      const x = gaussian([3, 2, inputSize], 'channels') as tf.Tensor3D;
      const tau = gaussian([4, 2, filterSize], 'filters') as tf.Tensor3D;
      expect(relativeGap(teacher.channels(x, tau), pairwise(teacher, x, tau))).toBeLessThan(
        rounding,
      );
    });
  });

  it('gives outputs of unit variance (5 standard errors of 200,000 correlated outputs: 5 %)', () => {
    tf.tidy(() => {
      const y = teacher.apply(
        gaussian([1024, inputSize], 'x') as tf.Tensor2D,
        gaussian([1024, filterSize], 'tau') as tf.Tensor2D,
      );
      const power = y.square().mean().dataSync()[0]!;
      // The variance of τ's norm dominates: √(2 / (filterSize · 1024)) of the power.
      expect(Math.abs(power - 1)).toBeLessThan(5 * Math.sqrt(4 / (filterSize * 1024)) + 0.02);
    });
  });
});

describe('the layers of @intertwiner/layers', () => {
  it.each(['C4', 'D4'])('lift as the teacher of %s does', (spec) => {
    tf.tidy(() => {
      const size = 6;
      const teacher = liftingTeacher({ group: group(spec) as never, size, kernelSize: 3 });
      const layer = new LiftingConv2d({
        group: spec,
        filters: 1,
        kernelSize: 3,
        padding: 'circular',
        useBias: false,
      });
      const x = gaussian([1, size * size], 'x') as tf.Tensor2D;
      const image = x.reshape([1, size, size, 1]);
      layer.apply(image);
      const tau = gaussian([9], 'tau');
      layer.setWeights([tau.reshape(layer.getWeights()[0]!.shape)]);
      const expected = (layer.apply(image) as tf.Tensor).reshape([1, -1]);
      const actual = teacher.apply(x, tau.reshape([1, 9]) as tf.Tensor2D).mul(3);
      expect(relativeGap(actual, expected)).toBeLessThan(rounding);
    });
  });

  it.each(['C4', 'D4'])('convolve as the teacher of %s does', (spec) => {
    tf.tidy(() => {
      const size = 6;
      const { order } = group(spec) as { order: number };
      const teacher = groupConvolutionTeacher({ group: group(spec) as never, size, kernelSize: 3 });
      const layer = new GroupConv2d({
        group: spec,
        filters: 1,
        kernelSize: 3,
        padding: 'circular',
        useBias: false,
      });
      const x = gaussian([1, size * size * order], 'x') as tf.Tensor2D;
      const field = x.reshape([1, size, size, order]);
      layer.apply(field);
      const tau = gaussian([9 * order], 'tau');
      layer.setWeights([tau.reshape(layer.getWeights()[0]!.shape)]);
      const expected = (layer.apply(field) as tf.Tensor).reshape([1, -1]);
      const actual = teacher
        .apply(x, tau.reshape([1, -1]) as tf.Tensor2D)
        .mul(Math.sqrt(9 * order));
      expect(relativeGap(actual, expected)).toBeLessThan(rounding);
    });
  });
});
