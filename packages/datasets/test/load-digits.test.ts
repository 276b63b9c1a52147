import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { glyphDigits, writeIdx } from '@intertwiner/datasets';
import { loadDigits, readIdxFile } from '@intertwiner/datasets/node';

const root = mkdtempSync(join(tmpdir(), 'load-digits-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

const digits = glyphDigits({ count: 20, seed: 1 });
const images = writeIdx(digits.images, [20, 28, 28]);
const labels = writeIdx(digits.labels, [20]);
const put = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes);

describe('loadDigits', () => {
  it('reads a part, gzipped or not, and does not call it MNIST', async () => {
    put('t10k-images-idx3-ubyte.gz', gzipSync(images));
    put('t10k-labels.idx1-ubyte', labels);
    const loaded = await loadDigits(folder);
    expect(loaded).toMatchObject({ name: 'IDX digits', count: 20, height: 28, width: 28 });
    expect(loaded.images).toEqual(digits.images);
    expect(loaded.labels).toEqual(digits.labels);
    expect(loaded.source).toContain('t10k-images-idx3-ubyte.gz');
  });

  it('joins both parts, training part first, or reads the one asked for', async () => {
    put('t10k-images-idx3-ubyte', images);
    put('t10k-labels-idx1-ubyte', labels);
    put('train-images-idx3-ubyte', writeIdx(digits.images.subarray(0, 784), [1, 28, 28]));
    put('train-labels-idx1-ubyte', Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 9]));
    const all = await loadDigits(folder);
    expect(all.count).toBe(21);
    expect([...all.labels]).toEqual([9, ...digits.labels]);
    expect((await loadDigits(folder, { part: 'train' })).count).toBe(1);
  });

  it('says both counts when they differ', async () => {
    put('t10k-images-idx3-ubyte', images);
    put('t10k-labels-idx1-ubyte', writeIdx(digits.labels.subarray(0, 19), [19]));
    await expect(loadDigits(folder)).rejects.toThrow(
      'expected as many labels as images, found 20 images and 19 labels',
    );
  });

  it('refuses parts of different image sizes', async () => {
    put('t10k-images-idx3-ubyte', images);
    put('t10k-labels-idx1-ubyte', labels);
    put('train-images-idx3-ubyte', writeIdx(new Uint8Array(4), [1, 2, 2]));
    put('train-labels-idx1-ubyte', writeIdx(new Uint8Array(1), [1]));
    await expect(loadDigits(folder)).rejects.toThrow(/expected images of 2 × 2 .*found 28 × 28/);
  });

  it('names a missing folder, an empty one, one with other files, and a missing file', async () => {
    await expect(loadDigits(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: .*ENOENT/);
    await expect(loadDigits(folder)).rejects.toThrow('found an empty folder');
    put('notes.txt', labels);
    await expect(loadDigits(folder)).rejects.toThrow('found 1 other files');
    put('t10k-images-idx3-ubyte', images);
    await expect(loadDigits(folder)).rejects.toThrow('expected t10k-labels-idx1-ubyte (or .gz)');
  });

  it('tells exchanged image and label files apart', async () => {
    put('t10k-images-idx3-ubyte', labels);
    put('t10k-labels-idx1-ubyte', images);
    await expect(loadDigits(folder)).rejects.toThrow('expected 3 dimensions, found 1');
  });
});

it('readIdxFile names the path it cannot read', async () => {
  const path = join(folder, 'absent');
  await expect(readIdxFile(path)).rejects.toThrow(
    `${path}: expected a readable file, found ENOENT`,
  );
});

// A machine that has MNIST names its folder in INTERTWINER_MNIST; elsewhere this is skipped, and
// the report of the run says so.
describe.skipIf(process.env.INTERTWINER_MNIST === undefined)('the real files', () => {
  it('are recognised by their SHA-256: the 10,000-image part is MNIST-10k', async () => {
    const loaded = await loadDigits(process.env.INTERTWINER_MNIST!, { part: 't10k' });
    expect(loaded).toMatchObject({ name: 'MNIST-10k', count: 10_000, height: 28, width: 28 });
    expect([...loaded.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });
});
