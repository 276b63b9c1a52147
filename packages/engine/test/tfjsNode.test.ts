import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { buildTfjsAddon, compileTraining, DeviceError, devices } from '@intertwiner/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillNormal, perceptron, useTfjsCpu } from './support.js';

/** The tensorflow folder of a Python package, or an unpacked libtensorflow archive. */
const tensorflow = process.env['INTERTWINER_LIBTENSORFLOW'];

const addon = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json')),
  'lib/napi-v8/tfjs_binding.node',
);

describe('the addon of tfjs-node', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorflow-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fake = async (...files: readonly string[]): Promise<void> => {
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), '');
    }
  };
  const whole = ['so', 'dylib'].flatMap((kind) => {
    const ending = kind === 'so' ? '.so.2' : '.2.dylib';
    return [`libtensorflow_cc${ending}`, `lib/libtensorflow_framework${ending}`];
  });
  const build = (options: object = {}) =>
    buildTfjsAddon({ device: 'tfjs-node', tensorflow: folder, ...options });

  it('is refused without a libtensorflow, naming what is missing', async () => {
    await expect(build()).rejects.toThrow(DeviceError);
    await expect(build()).rejects.toThrow(/holds no libtensorflow: include.*c_api\.h, libtensor/);
    await fake('include/tensorflow/c/c_api.h', whole[0]!, whole[2]!);
    await expect(build()).rejects.toThrow(/: libtensorflow_framework\S+ not found there/);
  });

  it('is refused without headers of Node, a compiler, or where that refuses', async () => {
    await fake('include/tensorflow/c/c_api.h', ...whole);
    await expect(build({ nodeHeaders: folder })).rejects.toThrow(
      /no node_api\.h.*Name their folder/,
    );
    await fake('include/node/node_api.h');
    const headers = { nodeHeaders: folder };
    await expect(build({ ...headers, compiler: join(folder, 'c++') })).rejects.toThrow(
      /no C\+\+ compiler .*CXX/,
    );
    // An empty c_api.h declares nothing.
    const refusing = build({ ...headers, compiler: process.execPath });
    await expect(refusing).rejects.toThrow(/could not build the addon: .+/);
    expect(existsSync(`${addon}.${process.pid}.tmp`)).toBe(false);
  });

  it('is refused without the package', async () => {
    const gpu = build({ device: 'tfjs-node-gpu' });
    await expect(gpu).rejects.toThrow(/npm install --ignore-scripts @tensorflow\/tfjs-node-gpu/);
  });
});

describe('the device tfjs-node', { timeout: 240_000 }, () => {
  useTfjsCpu();

  it('says how to build its addon where there is none', async ({ skip }) => {
    skip(existsSync(addon), 'the addon is built');
    const status = (await devices()).find(({ name }) => name === 'tfjs-node')!;
    expect(status.available).toBe(false);
    expect(status.reason).toMatch(/intertwiner doctor --build tfjs-node --tensorflow FOLDER/);
  });

  it('built against a libtensorflow, trains as tfjs-cpu does', async ({ skip }) => {
    const isBuilt = existsSync(addon);
    skip(
      !isBuilt && !tensorflow,
      'INTERTWINER_LIBTENSORFLOW names no libtensorflow to build against',
    );
    if (tensorflow) await buildTfjsAddon({ device: 'tfjs-node', tensorflow });
    try {
      expect((await devices()).find(({ name }) => name === 'tfjs-node')).toEqual({
        name: 'tfjs-node',
        available: true,
      });
      const [node, cpu] = [await eagerLosses('tfjs-node'), await eagerLosses('tfjs-cpu')];
      expect(tf.getBackend()).toBe('cpu');
      // float32 sums in another order, over thirty steps of Adam.
      node.forEach((loss, i) => expect(Math.abs(loss / cpu[i]! - 1)).toBeLessThan(1e-4));
      expect(node.at(-1)).toBeLessThan(node[0]!);
    } finally {
      if (!isBuilt) await rm(addon);
    }
  });
});

async function eagerLosses(device: 'tfjs-node' | 'tfjs-cpu'): Promise<number[]> {
  const training = await compileTraining(perceptron().program, { device });
  const { loss } = await training.run(30, fillNormal);
  await training.dispose();
  return [...loss!];
}
