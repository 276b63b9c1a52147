/** `relax` on a user's own meshes, in the folders of ModelNet. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModel } from '@intertwiner/onnx';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();

const cube = [
  'OFF8 6 12',
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${i & 1} ${(i >> 1) & 1} ${i >> 2}`),
  ...['0 1 3 2', '4 5 7 6', '0 1 5 4', '2 3 7 6', '0 2 6 4', '1 3 7 5'].map((face) => `4 ${face}`),
].join('\n');
const tetrahedron = 'OFF\n4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n';
const needle = 'OFF\n3 1 3\n0 0 0\n9 0 0\n0 1 0\n3 0 1 2\n';

/** Three classes with 6 meshes to train and 2 to test each. */
async function meshes(): Promise<string> {
  const root = join(folder(), 'meshes');
  for (const [name, text] of Object.entries({ cube, tetrahedron, needle })) {
    for (const [part, count] of [
      ['train', 6],
      ['test', 2],
    ] as const) {
      await mkdir(join(root, name, part), { recursive: true });
      for (let i = 0; i < count; i++) {
        await writeFile(join(root, name, part, `${name}_${i}.off`), text);
      }
    }
  }
  return root;
}

const sizes = '--train 12 --validation 6 --test 6 --epochs 2 --batch 6 --width 2'.split(' ');
const relax = (...more: string[]) =>
  intertwiner([
    'relax',
    ...['--experiment', 'shapes', ...sizes, '--device', 'cpu', '--threads', '1'],
    ...more,
  ]);

describe('relax on meshes', { timeout: runTimeout }, () => {
  it.each(['strict', 'dgcnn'])('trains %s networks of their size and symmetry', async (network) => {
    const data = await meshes();
    const out = join(folder(), network);
    const run = await relax(
      ...['--data', data, '--points', '12', '--network', network, '--out', out, '--json'],
    );
    expect(run.stderr).toContain('Reading');
    expect(run.code).toBe(0);
    const { config, strict, relaxed } = JSON.parse(run.stdout);
    expect(config).toMatchObject({ data, points: 12 });
    // Float32 through some ten layers.
    for (const { equivarianceError } of [strict, relaxed]) {
      expect(equivarianceError).toBeLessThan(1e-4);
    }
    expect(relaxed.parameters).toBe(strict.parameters);
    const { inputs, outputs } = checkModel(await readFile(join(out, 'relaxed.onnx')));
    expect(inputs[0]!.shape.slice(1)).toEqual([12, 3]);
    expect(outputs[0]!.shape.slice(1)).toEqual([3]);
    const again = await intertwiner(['relax', '--out', out, '--resume', '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).relaxed.projectedError).toBe(relaxed.projectedError);
  });

  it('teaches an ordinary network the turns of clouds of their size', async () => {
    const data = await meshes();
    const run = await relax(
      ...['--data', data, '--points', '12', '--network', 'plain', '--relaxation', 'remul'],
      ...['--out', join(folder(), 'plain'), '--json'],
    );
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout).relaxed.equivarianceError).toBeGreaterThan(1e-3);
  });

  it('refuses in one line what does not fit', async () => {
    const data = await meshes();
    const refused = async (message: RegExp, ...args: string[]) => {
      const { code, stderr } = await relax(...args, '--out', join(folder(), 'bad'));
      expect(code).toBe(2);
      expect(stderr.trim().split('\n').at(-1)).toMatch(message);
    };
    await refused(
      /12 \+ 7 clouds .* there are 18 and 6\. Ask for fewer/,
      '--data',
      data,
      '--validation',
      '7',
    );
    await refused(
      /nowhere: expected a folder of the layout CLASS/,
      '--data',
      join(data, 'nowhere'),
    );
    await refused(/found ENOENT.*one folder for each class/, '--data', folder());
    await refused(/points are drawn on meshes only/, '--points', '12');
    await refused(/points must be an integer of at least 2/, '--data', data, '--points', '1');
    await writeFile(join(data, 'cube', 'test', 'cube_0.off'), 'OFF\n1 0 0\n0 0 x\n');
    await refused(/cube_0\.off, line 3: expected three finite coordinates/, '--data', data);
  });
});
