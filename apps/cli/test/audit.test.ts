/**
 * `audit` on networks that PyTorch built and exported (apps/bench/peers/audit_models.py): none of our
 * code took part in them.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { glyphDigits, writeIdx } from '@intertwiner/datasets';
import { exportModel } from '@intertwiner/onnx';
import type { AuditDocument } from '../src/audit/document.js';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const fixture = (name: string) =>
  fileURLToPath(new URL(`./fixtures/${name}.onnx`, import.meta.url));

async function audit(name: string, ...options: string[]): Promise<AuditDocument> {
  const args = ['audit', fixture(name), '--device', 'cpu', '--json', ...options];
  const { code, stdout, stderr } = await intertwiner(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as AuditDocument;
}

/** float32 rounds to 6e-8; sums of 27 products in another order differ by a few times that. */
const rounding = 1e-6;

describe('audit of images', { timeout: runTimeout }, () => {
  it('finds a C4 network to be one, at rounding, in every layer', async () => {
    const report = await audit('c4', '--group', 'C4', '--input', 'x', '--output', 'y');
    expect(report).toMatchObject({
      group: 'C4',
      largestSubgroup: 'C4',
      argmaxConsistency: 1,
      firstBroken: null,
    });
    expect(report.max).toBeLessThan(rounding);
    expect(report.perElement.map(({ element }) => element)).toEqual(['e', 'r', 'r^2', 'r^3']);
    expect(report.layers.map(({ operator }) => operator)).toEqual(
      'Conv Relu Conv Relu Reshape ReduceMax ReduceMean Gemm'.split(' '),
    );
    for (const { max } of report.layers) expect(max).toBeLessThan(rounding);
    expect(report.layers[2]!.action).toBe('pixels on the axes 2 and 3, channels permuted');
    expect(report.layers.at(-1)!.action).toBe('none: it is invariant');
  });

  it('says of it that reflections are another matter', async () => {
    const report = await audit('c4', '--group', 'D4');
    expect(report.largestSubgroup).toBe('C4');
    expect(report.max).toBeGreaterThan(0.01);
  });

  it('follows an output that is a field', async () => {
    const report = await audit('c4-fields', '--group', 'C4', '--output', 'y:image');
    expect(report.max).toBeLessThan(rounding);
    // As an invariant it would be wrong, and the last layer is where that shows.
    const wrong = await audit('c4-fields', '--group', 'C4');
    expect(wrong.max).toBeGreaterThan(0.1);
  });

  it('says C2 of a network that keeps half turns only', async () => {
    const report = await audit('c2', '--group', 'C4');
    expect(report.largestSubgroup).toBe('C2');
    expect(report.perElement.map(({ max }) => max < rounding)).toEqual([true, false, true, false]);
    expect((await audit('c2', '--group', 'C2')).max).toBeLessThan(rounding);
  });

  it('measures what an ordinary network lacks, from its first layer on', async () => {
    const report = await audit('cnn', '--group', 'C4');
    expect(report.largestSubgroup).toBe('trivial');
    expect(report.mean).toBeGreaterThan(0.1);
    expect(report.firstBroken).toMatchObject({ node: '/first/Conv', operator: 'Conv' });
  });

  it('names the layer and the channel of a planted defect', async () => {
    const report = await audit('planted', '--group', 'C4');
    expect(report.max).toBeGreaterThan(1e-3);
    expect(report.firstBroken).toMatchObject({ node: '/second/Conv', operator: 'Conv' });
    expect(report.firstBroken!.channels[0]!.channel).toBe(5);
    const [first, second] = report.layers;
    expect(first!.max).toBeLessThan(rounding);
    expect(second!.max).toBeLessThan(rounding);
  });

  it('measures on the digits of a folder too, and draws the worst', async () => {
    const { images, labels } = glyphDigits({ count: 6, seed: 1 });
    const data = join(folder(), 'digits');
    await mkdir(data);
    // 28 × 28 pixels averaged to the network's 8 × 8 would need a factor; cut to 24 × 24.
    const cut = Uint8Array.from({ length: 6 * 24 * 24 }, (_, i) => {
      const [digit, row, column] = [Math.floor(i / 576), Math.floor(i / 24) % 24, i % 24];
      return images[digit * 784 + (row + 2) * 28 + column + 2]!;
    });
    const write = (name: string, bytes: Uint8Array) =>
      writeFile(join(data, `t10k-${name}`), gzipSync(bytes));
    await write('images-idx3-ubyte.gz', writeIdx(cut, [6, 24, 24]));
    await write('labels-idx1-ubyte.gz', writeIdx(labels, [6]));
    const out = join(folder(), 'report');
    const report = await audit('cnn', '--group', 'C4', '--data', data, '--out', out);
    expect(report).toMatchObject({ inputs: 'data', samples: 6 });
    expect(report.data!.max).toBe(report.max);
    expect(report.noise.max).not.toBe(report.max);
    const errors = report.worst.map(({ error }) => error);
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    expect(errors[0]).toBe(report.max);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('Lost first at /first/Conv (Conv)');
    expect(page.match(/data:image\/png/g)!.length).toBeGreaterThan(1);
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toEqual(report);
  });
});

describe('audit of other inputs', { timeout: runTimeout }, () => {
  it('rotates points, and finds the squares of coordinates to move as nothing it knows', async () => {
    const report = await audit('points', '--group', 'O(3)', '--input', 'V');
    expect(report).toMatchObject({ group: 'O(3)', largestSubgroup: 'O(3)', firstBroken: null });
    expect(report.max).toBeLessThan(rounding);
    const action = (operator: string) =>
      report.layers.find((layer) => layer.operator === operator)!.action;
    expect(action('Sub')).toBe('V of O(3) on the axis 3');
    expect(action('Tanh')).toBe('none: it is invariant');
  });

  it('moves and rotates points by E(3)', async () => {
    const report = await audit('points', '--group', 'E(3)', '--input', 'x:points');
    // Differences of points that were moved by a few units: a digit is lost.
    expect(report.max).toBeLessThan(1e-5);
    expect(report.largestSubgroup).toBe('E(3)');
  });

  it('permutes the points of a set', async () => {
    const report = await audit('sets', '--group', 'S5', '--input', 'x:V', '--output', 'y:V');
    expect(report).toMatchObject({ largestSubgroup: 'S5', firstBroken: null });
    expect(report.max).toBeLessThan(rounding);
    expect(report.layers.at(-1)!.action).toBe('items on the axis 1 permuted');
  });

  it("reads the group and the actions from the file's metadata", async () => {
    const path = join(folder(), 'vectors.onnx');
    const write = (metadata: Record<string, string>) =>
      writeFile(
        path,
        exportModel((x) => ({ y: x.mul(x.square().sum(1, true)) }), {
          inputs: [{ name: 'x', shape: [null, 3] }],
          metadata,
        }),
      );
    const representations = JSON.stringify({ x: 'V', y: 'V' });
    await write({ 'intertwiner.group': 'SO(3)', 'intertwiner.representations': representations });
    const { code, stdout } = await intertwiner(['audit', path, '--json', '--device', 'cpu']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as AuditDocument;
    expect(report).toMatchObject({ group: 'SO(3)', largestSubgroup: 'SO(3)' });
    expect(report.actions.output).toMatch(/V of SO\(3\)/);
    await write({ 'intertwiner.group': 'SO(3)', 'intertwiner.representations': 'V' });
    expect((await intertwiner(['audit', path])).stderr).toMatch(/is no JSON object/);
  });

  it('says which generators a network keeps of a group without a list of elements', async () => {
    const report = await audit('sets', '--group', 'O(3)', '--input', 'V', '--output', 'invariant');
    expect(report.largestSubgroup).toBe('trivial');
    expect(report.generators!.map(({ generator }) => generator)).toEqual([
      ...['exp(t·X0)', 'exp(t·X1)', 'exp(t·X2)', 'h0'],
    ]);
  });

  it('takes an array as data, and refuses one that does not fit', async () => {
    const npy = (shape: string, count: number) => {
      const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
      const padded = `${header.padEnd(117)}\n`;
      const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
      return Buffer.concat([
        Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0]),
        Buffer.from(padded),
        Buffer.from(values.buffer),
      ]);
    };
    const path = join(folder(), 'points.npy');
    await writeFile(path, npy('4, 6, 3', 72));
    const report = await audit('points', '--group', 'SO(3)', '--input', 'V', '--data', path);
    expect(report).toMatchObject({ inputs: 'data', samples: 4 });
    await writeFile(path, npy('4, 5, 3', 60));
    const args = ['audit', fixture('points'), '--group', 'SO(3)', '--input', 'V', '--data', path];
    const { code, stderr } = await intertwiner(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/array \[4, 5, 3\].*'x' takes \[N, 6, 3\]/);
  });

  it.each([
    [['--input', 'z'], /V of C4 has dimension 2|no input 'z'|read the representation 'z'/],
    [['--input', 'V'], /V of C4 has dimension 2, which no axis of 'x'/],
    [['--input', 'x:V@9'], /axis 9/],
    [['--output', 'logits'], /no output 'logits'. It has: y/],
    [['--extent', 'n'], /expected such as points=16/],
  ])('refuses %j in a line', async (options, message) => {
    const { code, stderr } = await intertwiner([
      'audit',
      fixture('c4'),
      '--group',
      'C4',
      ...options,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('verify with copies in fewer bits', { timeout: runTimeout }, () => {
  it('keeps a symmetry that permutes numbers, and says what the outputs lose', async () => {
    const out = join(folder(), 'copies');
    const args = ['verify', fixture('c4'), '--dtype', 'float16,int8', '--group', 'C4', '--json'];
    const { code, stdout } = await intertwiner([...args, '--devices', 'cpu', '--out', out]);
    expect(code).toBe(0);
    const { copies, symmetry, tolerance } = JSON.parse(stdout);
    expect(tolerance).toBe(1e-5);
    expect(copies.map(({ dtype }: { dtype: string }) => dtype)).toEqual(['float16', 'int8']);
    for (const { size, runtimes } of copies) {
      expect(size).toBeLessThan(0.75);
      // A copy that computed in float32 would not differ.
      expect(runtimes[0].maxRelDiff).toBeGreaterThan(1e-5);
    }
    // Turned filters have the same weights, and one scale serves a whole tensor: rounding commutes
    // with the group. What remains is a sum in another order that rounds another way.
    const [exact, half, byte] = symmetry.dtypes;
    expect(exact.max).toBeLessThan(rounding);
    expect(half.max).toBeLessThan(1e-3);
    expect(byte.max).toBeLessThan(0.02);
    expect((await readFile(join(out, 'int8.onnx'))).length).toBeGreaterThan(1000);
    const strict = await intertwiner([...args, '--devices', 'cpu', '--tolerance', '1e-6']);
    expect(strict.code).toBe(1);
  });
});
