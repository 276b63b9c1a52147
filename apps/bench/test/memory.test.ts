import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { exportModel } from '@intertwiner/onnx';
import * as tf from '@tensorflow/tfjs';
import { formatMemoryReport, measureScenario } from '../src/memory.js';
import { measure, theilSen } from '../src/memory/measure.js';
import { memoryScenarios } from '../src/memory/scenarios.js';

const sizes = { steps: 1250, cycles: 25, width: 512 };
const weights = (sizes.width ** 2 * 4) / 2 ** 20;

/**
 * What one repetition may leave. A training or one of its states that stays would be the weights
 * and Adam's two moments at the least, a model or a session the weights; what pools and garbage
 * add over so few repetitions is less than that.
 */
const most = (name: string): number => (/training/.test(name) ? 2 : 0.5) * weights;

describe('memory', { timeout: 240_000 }, () => {
  it.each(memoryScenarios(sizes).map(({ name }, index) => [name, index] as const))(
    'does not grow with %s',
    async (name, index) => {
      const curve = await measureScenario(sizes, index);
      expect(curve.growth / 1000).toBeLessThan(most(name));
    },
  );

  it('is seen to grow where sessions are kept', async () => {
    const bytes = tf.tidy(() => {
      const kernel = tf.randomNormal([sizes.width, sizes.width], 0, 1, 'float32', 1);
      return exportModel((x) => tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), {
        inputs: [{ name: 'x', shape: [null, sizes.width] }],
      });
    });
    const kept: InferenceSession[] = [];
    const curve = await measure({
      name: 'kept sessions',
      unit: 'session',
      repetitions: sizes.cycles,
      warmUp: 3,
      start: async () => ({
        repeat: async () => void kept.push(await InferenceSession.create(bytes)),
        stop: async () => void (await Promise.all(kept.map((session) => session.release()))),
      }),
    });
    expect(curve.growth / 1000).toBeGreaterThan(most('sessions'));
  });

  it('is reported as a table', () => {
    const curve = { name: 'a', unit: 'b', repetitions: [1, 2], mebibytes: [5, 6], growth: 500 };
    const text = formatMemoryReport({ sizes, node: '20', curves: [curve] });
    expect(text).toContain('| a | 2 × b | 5 | 6 | 6 | 0.500 |');
  });
});

describe('the slope of a curve', () => {
  it('is that of a line, whatever one point does', () => {
    const x = [0, 1, 2, 3, 4, 5, 6];
    expect(
      theilSen(
        x,
        x.map((value) => 3 * value - 2),
      ),
    ).toBe(3);
    expect(theilSen(x, [0, 1, 2, 300, 4, 5, 6])).toBe(1);
    expect(() => theilSen([1], [1])).toThrow(RangeError);
  });
});
