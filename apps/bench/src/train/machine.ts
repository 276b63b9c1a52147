/** What this machine can do through ONNX Runtime, on the same threads as the training it bounds. */
import * as tf from '@tensorflow/tfjs';
import { exportModel } from '@intertwiner/onnx';
import { loadModel, type Feeds, type LoadedModel } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import type { MachineSpeed } from './floor.js';

/** Measures again and again, so that it can take its turn among the timings that it bounds. */
export interface SpeedGauge {
  measure(): Promise<MachineSpeed>;
  dispose(): Promise<void>;
}

const side = 1024;
const products = 4;
const additions = 32;
/** Smaller arrays would measure calls rather than memory. */
const leastElements = 2 ** 16;

/**
 * Times products of 1024 × 1024 matrices, and additions of an array into another (two reads, one
 * write) of as many numbers as the step trains.
 */
export async function speedGauge(parameters: number, threads: number): Promise<SpeedGauge> {
  const elements = Math.max(parameters, leastElements);
  const multiply = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D);
  const product = await chain([side, side], products, threads, multiply);
  const sum = await chain([elements], additions, threads, tf.add);
  const measure = async () => ({
    flopsPerSecond: (2 * side ** 3) / (await product.seconds()),
    bytesPerSecond: (3 * 4 * elements) / (await sum.seconds()),
  });
  await measure();
  return {
    measure,
    async dispose() {
      await product.dispose();
      await sum.dispose();
    },
  };
}

interface Chain {
  /** Of one operation. */
  seconds(): Promise<number>;
  dispose(): Promise<void>;
}

/**
 * An operation, applied one time and 1 + `length` times in a row, ending in one number: what the
 * call and the end take cancels in the difference.
 */
async function chain(
  shape: number[],
  length: number,
  threads: number,
  operation: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Promise<Chain> {
  const model = (count: number) => {
    const fn = (x: tf.Tensor, y: tf.Tensor) => {
      let result = x;
      for (let i = 0; i < count; i++) result = operation(result, y);
      return result.max();
    };
    const inputs = ['x', 'y'].map((name) => ({ name, shape }));
    return loadModel(exportModel(fn, { inputs }), { device: 'cpu', threads });
  };
  const [short, long] = [await model(1), await model(1 + length)];
  const feeds = noise(shape);
  return {
    async seconds() {
      const base = await timed(short, feeds);
      return ((await timed(long, feeds)) - base) / length / 1e3;
    },
    async dispose() {
      await short.dispose();
      await long.dispose();
    },
  };
}

async function timed(model: LoadedModel, feeds: Feeds): Promise<number> {
  const start = performance.now();
  const { output } = await model.run(feeds);
  const elapsed = performance.now() - start;
  if (!Number.isFinite(Number(output!.data[0]))) throw new Error('The chain overflowed.');
  return elapsed;
}

function noise(shape: readonly number[]): Feeds {
  const size = shape.reduce((a, b) => a * b, 1);
  const draw = (name: string) => ({
    shape,
    data: random(0, name).fillNormal(new Float32Array(size), 1 / Math.sqrt(shape[0]!)),
  });
  return { x: draw('x'), y: draw('y') };
}
