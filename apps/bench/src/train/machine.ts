/** What this machine can do through ONNX Runtime, on the same threads as the training it bounds. */
import * as tf from '@tensorflow/tfjs';
import { exportModel } from '@intertwiner/onnx';
import { loadModel, type Feeds } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { now } from './clock.js';
import type { Setting } from './contestants.js';
import type { MachineSpeed } from './floor.js';

/** Measures again and again, so that it can take its turn among the timings that it bounds. */
export interface SpeedGauge {
  measure(): Promise<MachineSpeed>;
  dispose(): Promise<void>;
}

/** Of operations in one call: enough for the call itself, and the end, not to count. */
const products = 6;
const additionsOf = (elements: number): number => Math.max(8, Math.round(2 ** 24 / elements));
/** Smaller arrays would measure calls rather than memory. */
const leastElements = 2 ** 16;

/**
 * Times products of square matrices, and additions of an array into another (two reads, one
 * write) of as many numbers as the step trains.
 */
export async function speedGauge(parameters: number, setting: Setting): Promise<SpeedGauge> {
  const elements = Math.max(parameters, leastElements);
  const { gaugeSide: side } = setting;
  const multiply = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D);
  const product = await chain([side, side], products, setting, multiply);
  const sum = await chain([elements], additionsOf(elements), setting, tf.add);
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

/** An operation, applied `length` times in a row in one call, which ends in one number. */
async function chain(
  shape: number[],
  length: number,
  { threads, clock }: Setting,
  operation: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Promise<Chain> {
  const fn = (x: tf.Tensor, y: tf.Tensor) => {
    let result = x;
    for (let i = 0; i < length; i++) result = operation(result, y);
    return result.max();
  };
  const inputs = ['x', 'y'].map((name) => ({ name, shape }));
  const model = await loadModel(exportModel(fn, { inputs }), { device: 'cpu', threads });
  const feeds = noise(shape);
  return {
    async seconds() {
      const start = now(clock);
      const { output } = await model.run(feeds);
      const elapsed = now(clock) - start;
      if (!Number.isFinite(Number(output!.data[0]))) throw new Error('The chain overflowed.');
      return elapsed / length / 1e3;
    },
    dispose: () => model.dispose(),
  };
}

function noise(shape: readonly number[]): Feeds {
  const size = shape.reduce((a, b) => a * b, 1);
  const draw = (name: string) => ({
    shape,
    data: random(0, name).fillNormal(new Float32Array(size), 1 / Math.sqrt(shape[0]!)),
  });
  return { x: draw('x'), y: draw('y') };
}
