import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { exportModel, ModelError } from '@intertwiner/onnx';
import { compareRuntimes, DeviceError, devices, difference, loadModel } from '@intertwiner/engine';
import { beforeEach, describe, expect, it } from 'vitest';
import { useTfjsCpu } from './support.js';

/** y = tanh(x · W) + n, for a batch of any size. */
const model = (): Uint8Array =>
  exportModel(
    (x, n) => ({
      y: tf.add(tf.tanh(tf.matMul(x as tf.Tensor2D, tf.tensor2d([1, -1, 0.5, 2], [2, 2]))), n),
    }),
    {
      inputs: [
        { name: 'x', shape: [null, 2] },
        { name: 'n', shape: [2], dtype: 'int32' },
      ],
      metadata: { group: 'C4' },
    },
  );

const x = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
const n = { data: Int32Array.of(1, 2), shape: [2] };

describe('loadModel', () => {
  useTfjsCpu();
  let bytes: Uint8Array;
  beforeEach(() => {
    bytes = model();
  });

  it('runs a model from bytes and from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'model-'));
    const path = join(folder, 'model.onnx');
    await writeFile(path, bytes);
    for (const source of [bytes, path]) {
      const loaded = await loadModel(source, { device: 'cpu', threads: 1 });
      expect(loaded.inputs.map(({ name, shape }) => [name, shape])).toEqual([
        ['x', ['batch', 2]],
        ['n', [2]],
      ]);
      expect(loaded.metadata).toMatchObject({ group: 'C4' });
      const { y } = await loaded.run({ x, n });
      const expected = [Math.tanh(2) + 1, Math.tanh(3) + 2, Math.tanh(5) + 1, Math.tanh(5) + 2];
      expect(y!.shape).toEqual([2, 2]);
      expected.forEach((value, i) => expect(y!.data[i]).toBeCloseTo(value, 5));
      await loaded.dispose();
    }
    await rm(folder, { recursive: true });
  });

  it('chooses a device by itself', async () => {
    const loaded = await loadModel(bytes);
    expect(['cpu', 'cuda']).toContain(loaded.device);
    await loaded.dispose();
  });

  it('names what is wrong with the inputs', async () => {
    const loaded = await loadModel(bytes, { device: 'cpu' });
    await expect(loaded.run({ x })).rejects.toThrow(/'n' is missing/);
    await expect(loaded.run({ x, n, z: n })).rejects.toThrow(/no input 'z'; its inputs: x, n/);
    const flat = { ...x, shape: [4] };
    await expect(loaded.run({ x: flat, n })).rejects.toThrow(
      /'x' has the shape \[4\].*\[batch, 2\]/,
    );
    const ints = { ...x, data: Int32Array.of(1, 2, 3, 4) };
    await expect(loaded.run({ x: ints, n })).rejects.toThrow(/Float32Array of 4.*Int32Array of 4/);
    const short = { ...x, data: Float32Array.of(1) };
    await expect(loaded.run({ x: short, n })).rejects.toThrow(ModelError);
    await loaded.dispose();
  });

  it('refuses devices that cannot run it, saying why', async () => {
    const load = (device: string) => loadModel(bytes, { device: device as 'cpu' });
    await expect(load('tfjs-cpu')).rejects.toThrow(DeviceError);
    await expect(load('tfjs-cpu')).rejects.toThrow(/runs TensorFlow\.js programs/);
    await expect(load('tpu')).rejects.toThrow(/Unknown device 'tpu'\. Known: auto, cpu/);
  });

  it('says what CUDA needs where it is not available', async ({ skip }) => {
    const cuda = (await devices()).find(({ name }) => name === 'cuda')!;
    skip(cuda.available, 'CUDA is available here');
    const load = () => loadModel(bytes, { device: 'cuda' });
    await expect(load()).rejects.toThrow(DeviceError);
    await expect(load()).rejects.toThrow(/NVIDIA driver.*ONNXRUNTIME_NODE_INSTALL/);
  });

  it('refuses what is not a model', async () => {
    await expect(loadModel('/nowhere/model.onnx')).rejects.toThrow(/Cannot read the model/);
    await expect(loadModel(bytes.subarray(0, 90), { device: 'cpu' })).rejects.toThrow(ModelError);
  });
});

describe('devices', () => {
  useTfjsCpu();

  it('lists every device once, with a reason where it is not available', async () => {
    const list = await devices();
    expect(list.map(({ name }) => name)).toEqual(
      'cpu cuda webgpu wasm tfjs-node-gpu tfjs-node tfjs-wasm tfjs-cpu'.split(' '),
    );
    for (const { available, reason } of list) expect(available).toBe(reason === undefined);
    const available = list.filter((status) => status.available).map(({ name }) => name);
    expect(available).toEqual(expect.arrayContaining(['cpu', 'wasm', 'tfjs-wasm', 'tfjs-cpu']));
    expect(tf.getBackend()).toBe('cpu');
  });

  it('lists those that it is asked for', async () => {
    const list = await devices(['wasm', 'cpu']);
    expect(list).toEqual([
      { name: 'wasm', available: true },
      { name: 'cpu', available: true },
    ]);
  });
});

describe('compareRuntimes', () => {
  useTfjsCpu();

  it('finds the runtimes in agreement', async () => {
    const comparisons = await compareRuntimes(
      model(),
      { x, n },
      { devices: ['cpu', 'wasm'], runs: 1 },
    );
    expect(comparisons.map(({ device }) => device)).toEqual(['cpu', 'wasm']);
    expect(comparisons[0]).toMatchObject({ maxAbsDiff: 0, maxRelDiff: 0 });
    // float32, two products and a tanh.
    expect(comparisons[1]!.maxRelDiff).toBeLessThan(1e-6);
    expect(comparisons[1]!.ms).toBeGreaterThan(0);
  });

  it('measures against a reference that is given', async () => {
    const reference = { y: { data: new Float32Array(4), shape: [2, 2] } };
    const [cpu] = await compareRuntimes(model(), { x, n }, { devices: ['cpu'], reference });
    expect(cpu!.maxAbsDiff).toBeCloseTo(Math.tanh(5) + 2, 4);
  });

  it('counts NaN in one output only as infinitely far', () => {
    const of = (...data: number[]) => ({
      y: { data: Float32Array.from(data), shape: [data.length] },
    });
    expect(difference(of(NaN, 1), of(NaN, 1))).toEqual({ maxAbsDiff: 0, maxRelDiff: 0 });
    expect(difference(of(NaN), of(1)).maxAbsDiff).toBe(Infinity);
    expect(difference(of(1), of(NaN)).maxAbsDiff).toBe(Infinity);
    expect(difference(of(1, 2), of(1)).maxAbsDiff).toBe(Infinity);
    expect(difference(of(3, 10), of(1, -8))).toEqual({ maxAbsDiff: 18, maxRelDiff: 18 / 8 });
  });
});
