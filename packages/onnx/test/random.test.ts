import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  randomNormal,
  randomUniform,
  stateOutput,
  stepsInput,
  trace,
  TraceError,
  writeModel,
  writeTrainingLoop,
} from '@intertwiner/onnx';
import { runModel } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

const draw = (fn: typeof randomUniform, key: number, size: number, stream = 0): Float32Array =>
  tf.tidy(() => fn(tf.scalar(key, 'int32'), [size], stream).dataSync() as Float32Array);

const mean = (x: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, value) => sum + value, 0) / x.length;

const correlation = (a: Float32Array, b: Float32Array): number => {
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((x, i) => (x - ma) * (b[i]! - mb)));
  const deviation = (x: Float32Array, m: number) => Math.sqrt(mean(x.map((v) => (v - m) ** 2)));
  return covariance / (deviation(a, ma) * deviation(b, mb));
};

describe('random numbers by key', () => {
  useTfjsCpu();
  const size = 16_384;
  /** Five standard deviations of a correlation of independent numbers. */
  const bound = 5 / Math.sqrt(size);

  it('are uniform', () => {
    for (const key of [0, 1, -1, 12_345, 2 ** 31 - 1]) {
      const numbers = draw(randomUniform, key, size);
      const counts = new Array<number>(64).fill(0);
      for (const x of numbers) counts[Math.floor(x * 64)]!++;
      const expected = size / 64;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 63 degrees of freedom: mean 63, standard deviation 11; five of them away.
      expect(chiSquare).toBeGreaterThan(63 - 5 * 11.3);
      expect(chiSquare).toBeLessThan(63 + 5 * 11.3);
    }
  });

  it('do not follow their neighbours, other keys or other streams', () => {
    const numbers = draw(randomUniform, 5, size);
    for (const lag of [1, 2, 3, 64, 128, 1024]) {
      const shifted = numbers.slice(lag);
      expect(Math.abs(correlation(numbers.slice(0, -lag), shifted)), `lag ${lag}`).toBeLessThan(
        bound,
      );
    }
    for (const key of [4, 6, 7, -5, 1005]) {
      expect(Math.abs(correlation(numbers, draw(randomUniform, key, size)))).toBeLessThan(bound);
    }
    for (const stream of [1, 2, 3]) {
      const other = draw(randomUniform, 5, size, stream);
      expect(Math.abs(correlation(numbers, other)), `stream ${stream}`).toBeLessThan(bound);
    }
  });

  it('are normal with mean 0, variance 1 and no skew', () => {
    const numbers = draw(randomNormal, 9, size);
    const moment = (power: number) => mean(numbers.map((x) => x ** power));
    // Five standard deviations of each moment's estimate.
    expect(Math.abs(moment(1))).toBeLessThan(bound);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound * Math.sqrt(2));
    expect(Math.abs(moment(3))).toBeLessThan(bound * Math.sqrt(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound * Math.sqrt(96));
  });

  it('are the same bits in a graph', async () => {
    const graph = trace(
      (key) => ({ u: randomUniform(key, [100]), n: randomNormal(key, [5, 4]) }),
      [{ name: 'key', shape: [], dtype: 'int32' }],
    );
    for (const key of [3, -77]) {
      const feeds = { key: { data: Int32Array.of(key), shape: [], dtype: 'int32' } };
      const { u, n } = await runModel(writeModel(graph), feeds);
      expect(u!.data).toEqual(draw(randomUniform, key, 100));
      // Logarithm and cosine are approximated differently.
      const eager = draw(randomNormal, key, 20);
      [...n!.data].forEach((x, i) => expect(Number(x)).toBeCloseTo(eager[i]!, 4));
    }
  });
});

describe('random numbers of a traced program', () => {
  useTfjsCpu();

  const run = async (fn: (x: tf.Tensor) => tf.Tensor, shape: number[], key: number, steps = 4) => {
    const graph = trace((x) => ({ y: fn(x) }), [{ name: 'x', shape }], { seed: key });
    const [state] = graph.states;
    expect([state!.name, [...state!.initial]]).toEqual(['random:key', [key]]);
    const size = shape.reduce((a, b) => a * b, 1);
    const results = await runModel(writeTrainingLoop(graph), {
      [state!.name]: { data: Int32Array.of(key), shape: [], dtype: 'int32' },
      [stepsInput]: { data: BigInt64Array.of(BigInt(steps)), shape: [], dtype: 'int64' },
      x: {
        data: new Float32Array(size * steps).fill(1),
        shape: [steps, ...shape],
        dtype: 'float32',
      },
    });
    expect(results[stateOutput('random:key')]!.data[0]).toBe(key + steps);
    const { data } = results['y']!;
    const part = data.length / steps;
    return Array.from({ length: steps }, (_, i) =>
      [...data.subarray(i * part, (i + 1) * part)].map(Number),
    );
  };

  it('dropout has a new mask at every step, the same for the same key', async () => {
    const dropout = (x: tf.Tensor) => tf.dropout(x, 0.25);
    const masks = await run(dropout, [40, 50], 7);
    expect(new Set(masks.map(String)).size).toBe(4);
    for (const mask of masks) {
      expect(new Set(mask.map((x) => x.toFixed(4)))).toEqual(new Set(['0.0000', '1.3333']));
      // The mean of 2000 numbers of variance 1/3: five standard deviations.
      expect(Math.abs(mean(mask) - 1)).toBeLessThan(5 * Math.sqrt(1 / 3 / 2000));
    }
    expect(await run(dropout, [40, 50], 7)).toEqual(masks);
    expect(await run(dropout, [40, 50], 9, 2)).toEqual(masks.slice(2));
  });

  it('a dropout layer trains with a mask, and several have different ones', async () => {
    const layers = [tf.layers.dropout({ rate: 0.5 }), tf.layers.dropout({ rate: 0.5 })];
    const both = (x: tf.Tensor) =>
      tf.stack(layers.map((layer) => layer.apply(x, { training: true }) as tf.Tensor));
    const [first] = await run(both, [500], 1, 1);
    expect(first!.slice(0, 500)).not.toEqual(first!.slice(500));
  });

  it('multinomial samples have the frequencies of their probabilities', async () => {
    const logits = tf.tidy(() =>
      tf
        .log(tf.tensor2d([[0.1, 0.6, 0.3]]))
        .dataSync()
        .slice(),
    );
    const sample = (x: tf.Tensor) =>
      tf.cast(
        tf.multinomial(tf.mul(x, tf.tensor2d(logits, [1, 3])) as tf.Tensor2D, 4000),
        'float32',
      );
    const [samples] = await run(sample, [1, 3], 3, 1);
    [0.1, 0.6, 0.3].forEach((p, event) => {
      const frequency = samples!.filter((x) => x === event).length / 4000;
      expect(Math.abs(frequency - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 4000));
    });
  });

  it('others are refused, and the remedy named', () => {
    const noisy = (x: tf.Tensor) => tf.add(x, tf.randomNormal([3]));
    expect(() => trace(noisy, [{ name: 'x', shape: [3] }])).toThrow(TraceError);
    expect(() => trace(noisy, [{ name: 'x', shape: [3] }])).toThrow(
      /tf\.randomNormal.*same at every run.*randomNormal of @intertwiner\/onnx/,
    );
    expect(() => trace(() => tf.randomUniform([2]), [])).toThrow(TraceError);
  });
});
