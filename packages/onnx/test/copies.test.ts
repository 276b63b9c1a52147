import * as tf from '@tensorflow/tfjs';
import { checkModel, convertModel, exportModel, listNodes, ModelError } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { describe, expect, it } from 'vitest';
import { halfBits } from '../src/copies/half.js';
import { runModel } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

const normal = (name: string, size: number, scale = 1) =>
  random(0, name)
    .fillNormal(new Float32Array(size))
    .map((value) => value * scale);

/** Two layers with 12,000 weights; returns [batch, 20]. */
const model = (): Uint8Array =>
  exportModel(
    (x) => {
      const w = tf.tensor2d(normal('w', 100 * 100, 0.1), [100, 100]);
      const v = tf.tensor2d(normal('v', 100 * 20, 0.1), [100, 20]);
      return tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, w)), v);
    },
    { inputs: [{ name: 'x', shape: [null, 100] }] },
  );

const x = { data: normal('x', 800), shape: [8, 100], dtype: 'float32' };

async function relativeError(copy: Uint8Array): Promise<number> {
  const [exact, rounded] = [await runModel(model(), { x }), await runModel(copy, { x })];
  const [a, b] = [exact['output']!, rounded['output']!];
  expect(b.dtype).toBe('float32');
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  const gap = Float64Array.from(a.data as Float32Array, (v, i) => v - Number(b.data[i]));
  return norm(gap) / norm(a.data as Float32Array);
}

describe('halfBits', () => {
  /** The value of 16 bits, from the definition of the format. */
  const valueOf = (bits: number): number => {
    const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
    const magnitude =
      exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return sign ? -magnitude : magnitude;
  };

  it('gives back every finite half, and rounds what lies between to the nearer, ties to even', () => {
    const wrong: number[] = [];
    const check = (value: number, expected: number) => {
      if (halfBits(value) !== expected) wrong.push(value);
    };
    for (let bits = 0; bits < 0x7c00; bits++) {
      const [below, above] = [valueOf(bits), bits === 0x7bff ? 65536 : valueOf(bits + 1)];
      const middle = (below + above) / 2;
      check(below, bits);
      check(-below, bits | 0x8000);
      check(middle, bits % 2 === 0 ? bits : bits + 1);
      check(Math.fround(middle * (1 - 2 ** -20)), bits);
      check(Math.fround(middle * (1 + 2 ** -20)), bits + 1);
    }
    expect(wrong).toEqual([]);
  });

  it('knows infinities and NaN', () => {
    expect([Infinity, -Infinity, 1e6, NaN].map(halfBits)).toEqual([0x7c00, 0xfc00, 0x7c00, 0x7e00]);
  });
});

describe('convertModel', () => {
  useTfjsCpu();

  it('float16: half the size, three digits', async () => {
    const copy = convertModel(model(), 'float16');
    expect(copy.length / model().length).toBeLessThan(0.55);
    const error = await relativeError(copy);
    // Rounding to 11 bits is up to 4.9e-4, on average half of it, at the weights and each layer.
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(1e-3);
  });

  it('int8: a quarter of the size, two digits', async () => {
    const copy = convertModel(model(), 'int8');
    expect(copy.length / model().length).toBeLessThan(0.35);
    expect(checkModel(copy).operators).toMatchObject({ DynamicQuantizeLinear: 2, Gemm: 2 });
    const error = await relativeError(copy);
    // Steps of 1/127 of the largest of Gaussian weights (some 4 σ): 4/127/√12 = 0.9 % each, and as
    // much for the inputs, over two layers.
    expect(error).toBeGreaterThan(1e-3);
    expect(error).toBeLessThan(0.04);
  });

  it('keeps int64 shapes and types of operators that name one', async () => {
    const typed = exportModel((x) => x.cast('int32').cast('float32').add(0.5), {
      inputs: [{ name: 'x', shape: [null, 100] }],
    });
    const { output } = await runModel(convertModel(typed, 'float16'), { x });
    expect(output!.data[0]).toBe(Math.trunc(x.data[0]!) + 0.5);
  });

  it('says why it cannot', () => {
    const large = exportModel((x) => x.mul(tf.tensor1d([1e6, 1])), {
      inputs: [{ name: 'x', shape: [2] }],
    });
    expect(() => convertModel(large, 'float16')).toThrow(/hold 1000000, and float16 ends/);
    expect(() => convertModel(large, 'int8')).toThrow(/nothing to quantise/);
    expect(() => convertModel(convertModel(model(), 'int8'), 'float16')).toThrow(
      /quantised already/,
    );
    expect(() => convertModel(Uint8Array.of(1, 2, 3), 'int8')).toThrow(ModelError);
  });
});

describe('listNodes', () => {
  useTfjsCpu();

  it('lists the nodes in order', () => {
    const nodes = listNodes(model());
    expect(nodes.map(({ operator }) => operator)).toEqual(['Gemm', 'Relu', 'Gemm']);
    expect(nodes[1]!.inputs).toEqual(nodes[0]!.outputs);
  });
});
