/** What stage 1 can be, and what it must be. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  activations,
  clonePhase,
  dataRows,
  denseMatrix,
  exactStudent,
  gluFamily,
  liftingTeacher,
  matchedNoise,
  mapSymmetry,
  noStore,
  normalisedMse,
  planarSymmetry,
  runningStudent,
  runPhase,
  gaussianNoise,
  standardisedRows,
} from '@intertwiner/cloning';
import { gaussian, relativeGap, startTfjs } from './support.js';

beforeAll(startTfjs);

const teacher = liftingTeacher({ group: group('C4') as FiniteGroup, size: 4, kernelSize: 3 });

describe('mode exact', () => {
  it('embeds a layer as a dense tensor that is the teacher', async () => {
    const student = exactStudent(teacher, 'exact');
    // Float32 rounding squared.
    expect(await normalisedMse(teacher, student, { seed: 0, batches: 1 })).toBeLessThan(1e-10);
    const map = await runningStudent(teacher, student);
    expect((await mapSymmetry(teacher, map, { seed: 0 })).mean).toBeLessThan(1e-5);
    await map.dispose();
    student.dispose();
  });

  it('and for one filter as one matrix', () => {
    tf.tidy(() => {
      const x = gaussian([3, teacher.inputSize], 'x') as tf.Tensor2D;
      const tau = tf.oneHot(tf.tensor1d([4, 4, 4], 'int32'), 9).cast('float32') as tf.Tensor2D;
      expect(relativeGap(x.matMul(denseMatrix(teacher, 4)), teacher.apply(x, tau))).toBeLessThan(
        1e-6,
      );
    });
  });
});

describe('mode literal', () => {
  it('collapses to 0 where τ is redrawn and the student does not see it', async () => {
    const trained = async (hidesFilter: boolean) => {
      const student = gluFamily(160).create(teacher, `student ${hidesFilter}`, random(0, 'w'));
      const phase = clonePhase(`literal ${hidesFilter}`, teacher, student, {
        steps: 400,
        batchSize: 128,
        learningRate: 1e-2,
        seed: 0,
        hidesFilter,
      });
      await runPhase(phase, { device: 'cpu', store: noStore, threads: 1 });
      const power = tf.tidy(() => {
        const x = gaussian([256, teacher.inputSize], 'x') as tf.Tensor2D;
        const tau = gaussian([256, 9], 'tau') as tf.Tensor2D;
        const y = student.apply(x, hidesFilter ? tf.zerosLike(tau) : tau);
        return y.square().mean().dataSync()[0]!;
      });
      student.dispose();
      return power;
    };
    // The teacher's outputs have power 1. E_τ[Φ_τ(x)] = 0 is what can be learned without τ.
    expect(await trained(true)).toBeLessThan(0.05);
    expect(await trained(false)).toBeGreaterThan(0.8);
  });
});

describe('targets of other samples', () => {
  it('teach nothing', async () => {
    const student = gluFamily(64).create(teacher, 'shuffled', random(0, 'w'));
    const phase = clonePhase('shuffled', teacher, student, {
      steps: 300,
      batchSize: 64,
      learningRate: 1e-2,
      seed: 0,
      targets: 'shuffled',
    });
    await runPhase(phase, { device: 'cpu', store: noStore, threads: 1 });
    const error = await normalisedMse(teacher, student, { seed: 0, batches: 2 });
    student.dispose();
    expect(error).toBeGreaterThan(0.95);
    expect(error).toBeLessThan(1.2);
  });
});

describe('inputs', () => {
  const width = 6;
  const rows = (() => {
    const values = new Float32Array(4000 * width);
    const stream = random(0, 'rows');
    for (let at = 0; at < values.length; at += width) {
      const noise = stream.fillNormal(new Float32Array(width));
      for (let i = 0; i < width; i++) {
        // Correlated, of several scales; the last column is constant.
        values[at + i] = i === width - 1 ? 3 : i + (noise[i]! + noise[0]!) * (i + 1);
      }
    }
    return { name: 'rows', values, width };
  })();

  const moments = (values: Float32Array) => {
    const count = values.length / width;
    const mean = Array.from({ length: width }, (_, i) => {
      let sum = 0;
      for (let k = i; k < values.length; k += width) sum += values[k]!;
      return sum / count;
    });
    const covariance = Array.from({ length: width * width }, (_, k) => {
      const [i, j] = [Math.floor(k / width), k % width];
      let sum = 0;
      for (let at = 0; at < values.length; at += width) {
        sum += (values[at + i]! - mean[i]!) * (values[at + j]! - mean[j]!);
      }
      return sum / count;
    });
    return { mean, covariance };
  };

  it('match the mean and the covariance of data', () => {
    const out = new Float32Array(40_000 * width);
    matchedNoise(rows).fill(random(1, 'matched'), out);
    const [expected, actual] = [moments(rows.values), moments(out)];
    const scale = (i: number) => Math.sqrt(expected.covariance[i * width + i]!);
    // Six standard errors of 40,000 draws: 0.03 of the scales for means, √2 of it for covariances.
    actual.mean.forEach((value, i) =>
      expect(Math.abs(value - expected.mean[i]!)).toBeLessThanOrEqual(0.03 * scale(i) + 1e-6),
    );
    actual.covariance.forEach((value, k) => {
      const bound = 0.043 * scale(Math.floor(k / width)) * scale(k % width);
      expect(Math.abs(value - expected.covariance[k]!)).toBeLessThanOrEqual(bound + 1e-6);
    });
  });

  it('are rows of data', () => {
    const out = new Float32Array(50 * width);
    dataRows(rows).fill(random(1, 'draw'), out);
    const known = new Set<string>();
    for (let at = 0; at < rows.values.length; at += width) {
      known.add(rows.values.subarray(at, at + width).join());
    }
    for (let at = 0; at < out.length; at += width) {
      expect(known.has(out.subarray(at, at + width).join())).toBe(true);
    }
  });

  it('standardise each row', () => {
    const { values } = standardisedRows(rows);
    const row = values.subarray(0, width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    expect(mean).toBeCloseTo(0, 5);
    expect(row.reduce((sum, value) => sum + value ** 2, 0) / width).toBeCloseTo(1, 3);
  });

  it('of the second layer are what the first makes of them: mean 0, variance 1, as in the network', () => {
    const symmetry = planarSymmetry('C4', 8, 3);
    const source = activations(symmetry, gaussianNoise(64));
    const drawn = new Float32Array(5 * source.width);
    source.fill(random(0, 'draw'), drawn);
    tf.tidy(() => {
      const x = source.transform!(tf.tensor2d(drawn, [5, source.width]));
      expect(x.shape).toEqual([5, symmetry.layers[1].inputSize]);
      for (const mean of x.mean(1).dataSync()) expect(mean).toBeCloseTo(0, 4);
      for (const power of x.square().mean(1).dataSync()) expect(power).toBeCloseTo(1, 2);
    });
  });
});
