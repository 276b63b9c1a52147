/** Models in which one layer takes a tensor twice: tfjs frees it too early, a trace does not. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { exportModel, trace } from '@intertwiner/onnx';
import { runModel } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

type Symbolic = tf.SymbolicTensor;

const data = Float32Array.from([0.5, -1, 2, 3, 0.25, -0.5]);
const doubled = () =>
  tf.layers.dense({
    units: 3,
    useBias: false,
    kernelInitializer: tf.initializers.identity({ gain: 2 }),
  });
/** With y = 2x, and layers that take y twice before another takes it: y² + y. */
const squarePlus = (x: Symbolic): Symbolic => {
  const y = doubled().apply(x) as Symbolic;
  const square = tf.layers.multiply().apply([y, y]) as Symbolic;
  return tf.layers.add().apply([square, y]) as Symbolic;
};

const input = () => tf.input({ shape: [3] });
const model = (make: (x: Symbolic) => Symbolic): tf.LayersModel => {
  const x = input();
  return tf.model({ inputs: x, outputs: make(x) });
};

const cases: Record<string, readonly [(x: Symbolic) => Symbolic, (x: number) => number]> = {
  'twice, then once more': [squarePlus, (x) => 4 * x * x + 2 * x],
  'three times, then once more': [
    (x) => {
      const y = doubled().apply(x) as Symbolic;
      const cube = tf.layers.multiply().apply([y, y, y]) as Symbolic;
      return tf.layers.add().apply([cube, y]) as Symbolic;
    },
    (x) => 8 * x ** 3 + 2 * x,
  ],
  'in a nested model': [
    (x) => {
      const inner = model(squarePlus).apply(x) as Symbolic;
      const square = tf.layers.multiply().apply([inner, inner]) as Symbolic;
      return tf.layers.add().apply([square, inner]) as Symbolic;
    },
    (x) => {
      const y = 4 * x * x + 2 * x;
      return y * y + y;
    },
  ],
  'beside dropout, which is off': [
    (x) => tf.layers.dropout({ rate: 0.5 }).apply(squarePlus(x)) as Symbolic,
    (x) => 4 * x * x + 2 * x,
  ],
};

describe('a tensor that one layer takes', () => {
  useTfjsCpu();

  it.each(Object.entries(cases))('%s', async (_, [make, expected]) => {
    const made = model(make);
    const [name] = made.inputNames;
    const results = await runModel(exportModel(made), {
      [name!]: { dtype: 'float32', shape: [2, 3], data },
    });
    expect([...Object.values(results)[0]!.data]).toEqual([...data].map(expected));
  });

  it('leaves dropout on where the model is trained, and models as they were', () => {
    const made = model(cases['beside dropout, which is off']![0]);
    const call = tf.LayersModel.prototype.call;
    const shape = [2, 3];
    const operators = (training: boolean) =>
      trace((x) => made.apply(x, { training }) as tf.Tensor, [{ name: 'x', shape }]).nodes.length;
    expect(operators(true)).toBeGreaterThan(operators(false));
    expect(tf.LayersModel.prototype.call).toBe(call);
    expect(Object.hasOwn(tf.LayersModel.prototype, 'call')).toBe(false);
  });

  it('is freed by tfjs itself while it is needed: why the trace departs from it', () => {
    const made = model(squarePlus);
    expect(() => tf.tidy(() => made.predict(tf.ones([1, 3])))).toThrow("reading 'backend'");
  });
});
