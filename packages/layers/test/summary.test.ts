import * as tf from '@tensorflow/tfjs';
import { group } from '@intertwiner/groups';
import { expect, it } from 'vitest';
import {
  countParameters,
  GlobalPool,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
  planarType,
  scalars,
  SteerableConv2d,
  summary,
} from '@intertwiner/layers';
import { freeWeights } from './support.js';

it('summary names the representation of every feature and counts exactly', () => {
  const model = tf.sequential({
    layers: [
      new LiftingConv2d({
        group: 'C4',
        filters: 3,
        kernelSize: 3,
        name: 'lift',
        inputShape: [8, 8, 2],
      }),
      tf.layers.reLU({ name: 'relu' }),
      new GroupConv2d({ group: 'C4', filters: 5, kernelSize: 3, name: 'conv' }),
      new GlobalPool({ name: 'global' }),
      new GroupPool({ group: 'C4', name: 'pool' }),
      tf.layers.dense({ units: 2, name: 'head' }),
    ],
  });
  // 9·2·3 + 3, 9·4·3·5 + 5, 5·2 + 2
  expect(countParameters(model)).toEqual({ trainable: 57 + 545 + 12, fixed: 0 });
  const lines = summary(model).split('\n');
  expect(lines[1]).toMatch(/^lift \(LiftingConv2d\)\s+\[B, 8, 8, 12\]\s+3×R of C4\s+57\s+0$/);
  expect(lines[2]).toMatch(/^relu \(ReLU\)\s+\[B, 8, 8, 12\]\s+3×R of C4\s+0\s+0$/);
  expect(lines.find((line) => line.startsWith('global'))).toContain('5×R of C4');
  expect(lines.find((line) => line.startsWith('head'))).toContain('–');
  expect(lines.at(-1)).toMatch(/^total\s+614\s+0$/);
  freeWeights(model);
});

it('summary tells accepted defects, and bases as fixed', () => {
  const g = group('SO(2)');
  const [input, output] = [scalars(g, 1), planarType(g, 1, 2)];
  const layer = new SteerableConv2d({
    input,
    output,
    kernelSize: 5,
    strides: 2,
    acceptDefect: 1,
    inputShape: [8, 8, 1],
  });
  const model = tf.sequential({ layers: [layer] });
  expect(summary(model)).toContain('2×1 + 2×F1 of SO(2) (stride defect 1.00)');
  const { trainable, fixed } = countParameters(model);
  expect(trainable).toBeLessThan(fixed);
  freeWeights(model);
  const interpolated = new LiftingConv2d({
    group: 'C8',
    filters: 1,
    kernelSize: 5,
    interpolation: 'bilinear',
    inputShape: [8, 8, 1],
  });
  const other = tf.sequential({ layers: [interpolated] });
  expect(interpolated.interpolationDefect).toBeGreaterThan(0.05);
  expect(summary(other)).toContain('(interpolation defect 0.');
  freeWeights(other);
});
