import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTraining } from '@intertwiner/engine';
import { group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  clonePhase,
  gluFamily,
  liftingTeacher,
  lowRankFamily,
  mlpFamily,
  normalisedMse,
  residualFamily,
  transformerFamily,
  type StudentFamily,
} from '@intertwiner/cloning';
import { gaussian, relativeGap, startTfjs } from './support.js';
import { pairwise } from './pairwise.js';

beforeAll(startTfjs);

const shape = { inputSize: 10, filterSize: 5, outputSize: 7 };
const families: [string, StudentFamily][] = [
  gluFamily(12),
  mlpFamily(12),
  mlpFamily(12, 9),
  residualFamily(12, 2),
  lowRankFamily(12, 4),
  transformerFamily(12, 2),
].map((family) => [family.name, family]);

describe.each(families)('%s', (_, family) => {
  it('computes many channels as the sum over pairs', () => {
    const before = tf.memory().numTensors;
    const student = family.create(shape, 'student', random(0, 'weights'));
    tf.tidy(() => {
      // Biases that are not zero, so that leaving one out would show.
      for (const weight of student.weights) weight.assign(gaussian(weight.shape, weight.name));
      const x = gaussian([3, 2, shape.inputSize], 'x') as tf.Tensor3D;
      const tau = gaussian([4, 2, shape.filterSize], 'tau') as tf.Tensor3D;
      // Sums of some dozens of float32 products in another order.
      expect(relativeGap(student.channels(x, tau), pairwise(student, x, tau))).toBeLessThan(1e-5);
    });
    student.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has outputs of the order of the teacher’s at the start', () => {
    const student = family.create(
      { inputSize: 100, filterSize: 9, outputSize: 50 },
      'student',
      random(0, 'weights'),
    );
    tf.tidy(() => {
      const y = student.apply(
        gaussian([64, 100], 'x') as tf.Tensor2D,
        gaussian([64, 9], 'tau') as tf.Tensor2D,
      );
      const power = y.square().mean().dataSync()[0]!;
      expect(power).toBeGreaterThan(0.2);
      expect(power).toBeLessThan(5);
    });
    student.dispose();
  });
});

describe('stage 1', () => {
  it('a gated student learns a lifting convolution on noise, and does better than a ReLU one', async () => {
    const teacher = liftingTeacher({ group: group('C4') as never, size: 4, kernelSize: 3 });
    const reached: number[] = [];
    for (const family of [gluFamily(160), mlpFamily(160)]) {
      const student = family.create(teacher, 'student', random(0, 'weights'));
      const phase = clonePhase('stage1', teacher, student, {
        steps: 400,
        batchSize: 128,
        learningRate: 1e-2,
        seed: 0,
      });
      expect(await normalisedMse(teacher, student, { seed: 0, batches: 2 })).toBeGreaterThan(0.5);
      const training = await compileTraining(phase.program, { device: 'cpu' });
      await training.run(phase.steps, phase.fill);
      await training.sync();
      await training.dispose();
      phase.dispose();
      reached.push(await normalisedMse(teacher, student, { seed: 0, batches: 2 }));
      student.dispose();
    }
    // 16 · 9 = 144 products represent the layer exactly; 0.05 is far below what predicting 0 gives.
    expect(reached[0]).toBeLessThan(0.05);
    expect(reached[1]).toBeGreaterThan(2 * reached[0]!);
  });
});
