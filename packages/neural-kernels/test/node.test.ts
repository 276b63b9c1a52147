import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convKernel, mlpKernel, type KernelMatrices } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
// Worker threads load the built files, so these tests run on the built package.
import {
  createGramPool,
  parallelGram,
  readGramRows,
  streamGram,
  type GramPool,
} from '../dist/node.js';

const inputs = (n: number, d: number) => random(n, d).fillNormal(new Float64Array(n * d));

describe('createGramPool', () => {
  let pool: GramPool;
  beforeAll(() => {
    pool = createGramPool(2);
  });
  afterAll(() => pool.close());

  it.each([
    ['mlp', mlpKernel({ depth: 2, biasVariance: 0.1 }), 131, 9],
    ['conv', convKernel({ depth: 2, grid: [3, 3], headDepth: 1 }), 17, 9],
    ['one input', mlpKernel({ depth: 1 }), 1, 3],
  ])('gives the numbers of one thread, bit for bit: %s', async (_, kernel, n, d) => {
    const X = inputs(n, d);
    const inputScaling = 'norm' as const;
    expect(await pool.gram(kernel, X, n, d, { inputScaling })).toEqual(
      kernel.gram(X, n, d, { inputScaling }),
    );
  });

  it('passes on what the kernel refuses, and goes on working', async () => {
    const kernel = mlpKernel({ depth: 1 });
    await expect(pool.gram(kernel, [1, Number.NaN], 2, 1)).rejects.toThrow('X[1] is NaN');
    await expect(pool.gram(kernel, [1, 2, 3], 2, 1)).rejects.toThrow(
      'X: expected 2 numbers, got 3',
    );
    expect(await pool.gram(kernel, [1, 2], 2, 1)).toEqual(kernel.gram([1, 2], 2, 1));
  });

  it('reports progress up to 1, and stops when asked to', async () => {
    const kernel = mlpKernel({ depth: 1 });
    const shares: number[] = [];
    await pool.gram(kernel, inputs(40, 3), 40, 3, { onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(pool.gram(kernel, inputs(40, 3), 40, 3, { signal })).rejects.toThrow('enough');
  });

  it('overwrites the matrices of an earlier call, of more inputs in between', async () => {
    const kernel = mlpKernel({ depth: 1 });
    const first = await pool.gram(kernel, inputs(20, 3), 20, 3);
    await pool.gram(kernel, inputs(30, 4), 30, 4);
    const second = await pool.gram(kernel, inputs(20, 5), 20, 5, { into: first });
    expect(second).toEqual(kernel.gram(inputs(20, 5), 20, 5));
    expect(second.ntk.buffer).toBe(first.ntk.buffer);
    for (const into of [first, kernel.gram(inputs(2, 1), 2, 1)]) {
      await expect(pool.gram(kernel, inputs(2, 1), 2, 1, { into })).rejects.toThrow(
        'into: expected matrices of an earlier gram of 2 inputs.',
      );
    }
  });

  it('refuses a number of threads that is none', () => {
    expect(() => createGramPool(0)).toThrow('threads: expected an integer ≥ 1, got 0');
  });
});

describe('products of ONNX Runtime', () => {
  it.each([
    ['relu', mlpKernel({ depth: 2, biasVariance: 0.1 })],
    ['erf', mlpKernel({ depth: 2, activation: 'erf' })],
  ])('give the same numbers but for rounding, the same for any threads: %s', async (_, kernel) => {
    const [n, d] = [301, 37];
    const X = inputs(n, d);
    const exact = kernel.gram(X, n, d, { inputScaling: 'norm' });
    const found: KernelMatrices[] = [];
    for (const threads of [1, 3]) {
      const pool = createGramPool(threads, { products: 'onnxruntime' });
      found.push(await pool.gram(kernel, X, n, d, { inputScaling: 'norm' }));
      await pool.close();
    }
    expect(found[1]).toEqual(found[0]);
    for (const kind of ['nngp', 'ntk'] as const) {
      // Sums of 37 products in another order.
      const off = exact[kind].map((value, at) => Math.abs(found[0]![kind][at]! - value));
      expect(off.reduce((a, b) => Math.max(a, b))).toBeLessThan(5e-13);
      expect(found[0]![kind][5 * (n + 1)]).toBe(exact[kind][5 * (n + 1)]);
    }
  });

  it('are not used by networks on images, and other names are refused', async () => {
    const kernel = convKernel({ depth: 1, grid: [3, 3] });
    const pool = createGramPool(1, { products: 'onnxruntime' });
    const X = inputs(5, 9);
    expect(await pool.gram(kernel, X, 5, 9)).toEqual(kernel.gram(X, 5, 9));
    await pool.close();
    expect(() => createGramPool(1, { products: 'blas' as 'onnxruntime' })).toThrow('got blas');
  });
});

describe('streamGram', () => {
  const [n, d] = [300, 5];
  const kernel = mlpKernel({ depth: 1 });
  const X = inputs(n, d);
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gram-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('writes the whole symmetric matrix', async () => {
    const result = await streamGram(kernel, X, n, d, directory, { threads: 2 });
    expect(result).toMatchObject({ n, computed: 6, tiles: 6 });
    const { nngp, ntk } = kernel.gram(X, n, d);
    expect(await readGramRows(directory, 'nngp', 0, n)).toEqual(nngp);
    expect(await readGramRows(directory, 'ntk', 130, 133)).toEqual(ntk.slice(130 * n, 133 * n));
  });

  it('goes on where it was interrupted, also in the middle of a line', async () => {
    const log = join(directory, 'done.log');
    const lines = (await readFile(log, 'utf8')).split('\n');
    await truncate(log, lines.slice(0, 4).join('\n').length + 1);
    await appendFile(log, '25');
    await expect(readGramRows(directory, 'ntk', 0, 1)).rejects.toThrow('4 of 6 tiles are there');
    const result = await streamGram(kernel, X, n, d, directory, { threads: 1 });
    expect(result.computed).toBe(2);
    expect(await readGramRows(directory, 'ntk', 0, n)).toEqual(kernel.gram(X, n, d).ntk);
  });

  it('refuses a directory that holds something else', async () => {
    const other = mlpKernel({ depth: 2 });
    await expect(streamGram(other, X, n, d, directory)).rejects.toThrow('of another kernel');
    await expect(readGramRows(directory, 'ntk', 0, n + 1)).rejects.toThrow('holds 300 rows, 301');
  });
});

describe('parallelGram', () => {
  it('needs no pool', async () => {
    const X = inputs(5, 2);
    const kernel = mlpKernel({ depth: 1 });
    expect(await parallelGram(kernel, X, 5, 2, { threads: 2 })).toEqual(kernel.gram(X, 5, 2));
  });
});
