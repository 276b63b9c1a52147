import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DatasetError } from '@intertwiner/datasets';
import { loadModelNet } from '@intertwiner/datasets/node';

const root = mkdtempSync(join(tmpdir(), 'load-modelnet-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

const put = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

/** A box with its lowest corner at (5, 5, 5), as six rectangles. */
function box(a: number, b: number, c: number): string {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (i) => `${5 + a * (i & 1)} ${5 + b * ((i >> 1) & 1)} ${5 + c * (i >> 2)}`,
  );
  const faces = ['0 1 3 2', '4 5 7 6', '0 1 5 4', '2 3 7 6', '0 2 6 4', '1 3 7 5'];
  return ['OFF', '8 6 12', ...corners, ...faces.map((face) => `4 ${face}`)].join('\n');
}

const tetrahedron = 'OFF4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n';

function putAll() {
  for (const i of [0, 1, 2, 3, 4]) put(`pyramid/train/pyramid_${i}.off`, tetrahedron);
  for (const i of [0, 1, 2]) put(`box/train/box_${i}.off`, box(1, 1, 2 + i));
  put('pyramid/test/pyramid_5.OFF', tetrahedron);
  put('box/test/box_3.off', box(1, 2, 3));
  // What systems and archives leave behind.
  put('README.txt', 'shapes');
  put('.cache/x', '');
  put('box/train/._box_0.off', 'not a mesh');
  put('box/train/notes.txt', 'not a mesh');
}

describe('loadModelNet', () => {
  it('reads both parts, with classes sorted by name', async () => {
    putAll();
    const { train, test } = await loadModelNet(folder, { points: 50 });
    for (const part of [train, test]) {
      expect(part).toMatchObject({ size: 50, classes: ['box', 'pyramid'] });
      expect(part.points).toHaveLength(part.count * 150);
      expect(part.rotations).toHaveLength(part.count * 9);
    }
    expect([...train.labels].toSorted()).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
    expect([...test.labels].toSorted()).toEqual([0, 1]);
  });

  it('centres clouds and scales them to the unit sphere', async () => {
    putAll();
    const { train } = await loadModelNet(folder, { points: 64 });
    for (let i = 0; i < train.count; i++) {
      const cloud = train.points.subarray(192 * i, 192 * (i + 1));
      const norms = Array.from({ length: 64 }, (_, k) =>
        Math.hypot(...cloud.subarray(3 * k, 3 * k + 3)),
      );
      // Rounding of float32.
      expect(Math.abs(Math.max(...norms) - 1)).toBeLessThan(1e-6);
      for (const axis of [0, 1, 2]) {
        const mean = cloud.reduce((sum, x, k) => sum + (k % 3 === axis ? x : 0), 0) / 64;
        expect(Math.abs(mean)).toBeLessThan(1e-6);
      }
    }
  });

  it('draws points on the surface: turned back, those of a cube lie on six planes', async () => {
    putAll();
    put('box/test/box_3.off', box(2, 2, 2));
    const { test } = await loadModelNet(folder, { points: 400 });
    const i = test.labels.indexOf(0);
    const r = test.rotations.subarray(9 * i, 9 * i + 9);
    const cloud = test.points.subarray(1200 * i, 1200 * (i + 1));
    const upright = Array.from({ length: 400 }, (_, k) =>
      [0, 1, 2].map((axis) =>
        [0, 1, 2].reduce((sum, j) => sum + r[3 * j + axis]! * cloud[3 * k + j]!, 0),
      ),
    );
    const ends = [0, 1, 2].map((axis) => {
      const values = upright.map((p) => p[axis]!);
      return [Math.min(...values), Math.max(...values)] as const;
    });
    const distance = (p: readonly number[]) =>
      Math.min(...p.flatMap((x, axis) => ends[axis]!.map((end) => Math.abs(x - end))));
    expect(Math.max(...upright.map(distance))).toBeLessThan(1e-6);
  });

  it('turns objects as asked', async () => {
    putAll();
    const { rotations } = (await loadModelNet(folder, { points: 5, rotation: 'none' })).train;
    expect([...rotations.subarray(0, 9)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const turned = (await loadModelNet(folder, { points: 5, rotation: 'z' })).train.rotations;
    expect(turned[8]).toBe(1);
    expect(turned[0]).not.toBe(1);
  });

  it('is the same for a seed, fewer are the first of all, and other seeds draw others', async () => {
    putAll();
    const load = async (seed: number, train?: number) =>
      (await loadModelNet(folder, { points: 10, seed, ...(train && { limits: { train } }) })).train;
    const all = await load(1);
    expect(await load(1)).toEqual(all);
    const few = await load(1, 3);
    expect(few.count).toBe(3);
    expect(few.points).toEqual(all.points.subarray(0, 90));
    expect(few.labels).toEqual(all.labels.subarray(0, 3));
    expect((await load(2)).points).not.toEqual(all.points);
    const orders = await Promise.all([1, 2, 3, 4].map(async (seed) => (await load(seed)).labels));
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  it('says what is wrong with a folder: missing, empty, one above, a part missing or empty', async () => {
    await expect(loadModelNet(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere: expected a folder of the layout CLASS\/train\/\*\.off.*found ENOENT/,
    );
    await expect(loadModelNet(folder)).rejects.toThrow(/found 0 folders\. Name the folder/);
    put('ModelNet40/chair/train/a.off', tetrahedron);
    await expect(loadModelNet(folder)).rejects.toThrow(
      /ModelNet40.train: expected a folder of the layout.*found ENOENT.*one folder for each class/,
    );
    await expect(loadModelNet(join(folder, 'ModelNet40'))).rejects.toThrow(/chair.test: .*ENOENT/);
    put('ModelNet40/chair/test/a.obj', tetrahedron);
    await expect(loadModelNet(join(folder, 'ModelNet40'))).rejects.toThrow(
      /chair.test: expected meshes of class 'chair' in files \*\.off, found 1 other files/,
    );
  });

  it('names a broken file, with its line', async () => {
    putAll();
    put('box/train/box_1.off', 'OFF\n3 1 0\n0 0 0\n1 0 0\n');
    await expect(loadModelNet(folder)).rejects.toThrow(/box_1\.off, line 5: .*found the end/);
    put('box/train/box_1.off', 'OFF\n3 1 0\n0 0 0\n1 0 0\n2 0 0\n3 0 1 2\n');
    await expect(loadModelNet(folder)).rejects.toThrow(
      /box_1\.off: expected a surface with an area, found 1 triangles/,
    );
    await expect(loadModelNet(folder)).rejects.toBeInstanceOf(DatasetError);
  });

  it('refuses impossible sizes', async () => {
    await expect(loadModelNet(folder, { points: 1 })).rejects.toThrow('at least 2 points');
  });
});
