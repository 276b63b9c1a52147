import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '@intertwiner/engine';
import { checkModel } from '@intertwiner/onnx';
import { intertwiner, runTimeout, temporaryFolder, tiny } from './support.js';

const folder = temporaryFolder();

/** One run that several tests look at. */
let run = { out: '', code: null as number | null, stdout: '', stderr: '' };
beforeAll(async () => {
  const out = join(await mkdtemp(join(tmpdir(), 'intertwiner-clone-')), 'run');
  run = { out, ...(await intertwiner(['clone', ...tiny, '--out', out, '--json'])) };
}, runTimeout);
afterAll(() => rm(join(run.out, '..'), { recursive: true, force: true }));

describe('clone', { timeout: runTimeout }, () => {
  it('writes a model, reports and a checkpoint, and prints one JSON document', async () => {
    const { out, code, stdout, stderr } = run;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ group: 'C4', task: 'symmetry', seed: 0, mode: 'retain' });
    for (const model of ['teacher', 'clone', 'scratch', 'wrongGroup']) {
      expect(document.accuracy[model]).toEqual({
        plain: expect.any(Number),
        transformed: expect.any(Number),
      });
    }
    for (const model of ['teacher', 'clone', 'scratch']) {
      const pair = { mean: expect.any(Number), max: expect.any(Number) };
      expect(document.equivarianceError[model]).toEqual({ ...pair, data: pair, noise: pair });
    }
    // The teacher is invariant by construction, to float32 rounding.
    expect(document.equivarianceError.teacher.max).toBeLessThan(1e-5);
    expect(document.stage1).toMatchObject({ steps: 120, msPerStep: expect.any(Number) });
    expect(document.onnx.parity.map(({ device }: { device: string }) => device)).toContain('cpu');
    for (const { maxRelDiff } of document.onnx.parity) expect(maxRelDiff).toBeLessThan(1e-5);

    const { metadata, inputs } = checkModel(await readFile(join(out, 'student.onnx')));
    expect(metadata['intertwiner.group']).toBe('C4');
    expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: ['batch', 28, 28] }]);
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toEqual(document);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Equivariance error');
  });

  it('gives the same bytes for the same seed', async () => {
    const bytesOf = async (seed: string) => {
      const out = join(folder(), seed);
      const args = ['clone', ...tiny, '--out', out, '--json', '--seed', seed];
      expect((await intertwiner(args)).code).toBe(0);
      return model(out);
    };
    const first = await model(run.out);
    expect((await bytesOf('0')).equals(first)).toBe(true);
    expect((await bytesOf('4')).equals(first)).toBe(false);
  });

  it('takes its configuration from a file, prints it in full and stores it', async () => {
    const file = join(folder(), 'config.json');
    const given = {
      group: 'T(2)',
      task: 'breaking',
      mode: 'partial',
      keep: 'T(2,2)',
      arms: ['clone', 'remul'],
      size: 4,
      cloneSteps: [20, 20],
      widths: [8, 8],
      channels: [2, 2],
      epochs: 1,
      measureEvery: 50,
    };
    await writeFile(file, JSON.stringify({ ...given, train: 4000, test: 20 }));
    const out = join(folder(), 'run');
    const args = ['clone', '--config', file, '--train', '128', '--out', out, '--json'];
    const { code, stdout, stderr } = await intertwiner(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const stored = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect(stored).toMatchObject({ ...given, train: 128, test: 20, wrongGroup: 'scrambled T(2)' });
    expect(stderr).toContain(JSON.stringify(stored, null, 2));
    const document = JSON.parse(stdout);
    expect(document.config).toEqual(stored);
    expect(Object.keys(document.accuracy)).toEqual(['clone', 'remul']);
    expect(document.invariantCap).toBeCloseTo(1 / 9);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('through stage 2');
  });
});

/** Long enough to be stopped in every phase. */
const long = [...tiny, '--clone-steps', '400,60', '--epochs', '100'];

describe('clone, stopped', { timeout: runTimeout }, () => {
  const shared: { folder: string; student: Buffer } = { folder: '', student: Buffer.of() };
  beforeAll(async () => {
    shared.folder = await mkdtemp(join(tmpdir(), 'intertwiner-whole-'));
    const whole = join(shared.folder, 'whole');
    expect(await intertwiner(['clone', ...long, '--out', whole])).toMatchObject({ code: 0 });
    shared.student = await model(whole);
  }, runTimeout);
  afterAll(() => rm(shared.folder, { recursive: true, force: true }));

  it('by Ctrl-C and resumed, ends with the bytes of an unbroken run', async () => {
    const broken = join(folder(), 'broken');
    const stopped = await intertwiner(['clone', ...long, '--out', broken], (child) => {
      // The scratch network is trained just before the first clone starts.
      child.stderr!.on('data', (text: Buffer) => {
        if (text.includes('scratch:')) child.kill('SIGINT');
      });
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`Go on with: intertwiner clone --out ${broken} --resume`);
    expect(existsSync(join(broken, 'student.onnx'))).toBe(false);
    expect((await intertwiner(['clone', '--out', broken, '--resume'])).code).toBe(0);
    expect((await model(broken)).equals(shared.student)).toBe(true);
  });

  it.each([
    ['stage 1', 'clone of C4.stage1.0'],
    ['stage 2', 'clone'],
  ])('at once in %s and resumed, ends with the bytes of an unbroken run', async (_, phase) => {
    const broken = join(folder(), 'broken');
    const checkpoint = join(broken, 'checkpoint', `${phase}.safetensors`);
    const args = ['clone', ...long, '--out', broken, '--save-every', '0'];
    const killed = await intertwiner(args, (child) => {
      const watch = setInterval(() => {
        // The phase's first unfinished state has been written.
        if (!existsSync(checkpoint)) return;
        clearInterval(watch);
        child.kill('SIGKILL');
      }, 5);
      child.on('close', () => clearInterval(watch));
    });
    expect(killed.code).toBe(null);
    expect(existsSync(join(broken, 'student.onnx'))).toBe(false);
    const { metadata } = await loadCheckpoint(checkpoint);
    expect(metadata['finished']).toBe('false');
    expect((await intertwiner(['clone', '--out', broken, '--resume'])).code).toBe(0);
    expect((await model(broken)).equals(shared.student)).toBe(true);
  });
});

const model = (out: string): Promise<Buffer> => readFile(join(out, 'student.onnx'));

describe('clone --teacher', { timeout: runTimeout }, () => {
  const teacher = fileURLToPath(new URL('fixtures/torch-cnn.onnx', import.meta.url));

  it('clones a network that PyTorch trained and exported', async () => {
    const out = join(folder(), 'clone');
    const { code, stdout, stderr } = await intertwiner([
      ...['clone', '--teacher', teacher, '--group', 'T(12,12)', '--input', 'image:image'],
      ...['--student', 'mlp', '--widths', '64', '--clone-steps', '400', '--out', out, '--json'],
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { errors, onnx } = JSON.parse(stdout);
    const [noise] = errors;
    // Invariant to float rounding, since it has circular padding and a global mean.
    expect(noise.teacher.mean).toBeLessThan(1e-5);
    expect(noise.student.mean).toBeLessThan(noise.before.mean);
    expect(noise.normalisedMse).toBeLessThan(1);
    for (const { maxRelDiff } of onnx.parity) expect(maxRelDiff).toBeLessThan(1e-5);
    const { inputs, outputs } = checkModel(await readFile(join(out, 'student.onnx')));
    expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: ['batch', 1, 12, 12] }]);
    expect(outputs[0]).toMatchObject({ name: 'logits', shape: ['batch', 4] });
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('clone error');
  });

  it('refuses a symmetry that it has not, and says which it has', async () => {
    const args = ['clone', '--teacher', teacher, '--group', 'C4', '--input', 'image:image'];
    const { code, stderr } = await intertwiner([...args, '--out', join(folder(), 'refused')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /torch-cnn.onnx' does not transform as claimed \(C4, .*is \d+\.\d+ on average/,
    );
    expect(stderr).toMatch(/What fits: T\(12,12\), .* → invariant of T\(12,12\)/);
  });
});

describe('clone --layer', { timeout: runTimeout }, () => {
  it('clones the layer of sets, whose symmetry is then found in the file', async () => {
    const out = join(folder(), 'sets');
    const { code, stdout } = await intertwiner([
      ...['clone', '--layer', 'linear', '--group', 'S4', '--input', 'V'],
      ...['--widths', '32', '--clone-steps', '400', '--out', out, '--json'],
    ]);
    expect(code).toBe(0);
    const [noise] = JSON.parse(stdout).errors;
    expect(noise.teacher.mean).toBeLessThan(1e-5);
    // 32 products represent it exactly: training gets near.
    expect(noise.normalisedMse).toBeLessThan(0.05);
    const path = join(out, 'student.onnx');
    const { inputs } = checkModel(await readFile(path));
    expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['x', ['batch', 4]],
      ['tau', ['batch', 2]],
    ]);
    const audit = await intertwiner(['audit', path, '--input', 'x', '--input', 'tau', '--json']);
    const measured = JSON.parse(audit.stdout);
    expect(measured.group).toBe('S4');
    // The same error as before the export, on other noise.
    expect(Math.abs(Math.log(measured.mean / noise.student.mean))).toBeLessThan(1);
  });

  it.each([
    ['lifting of C8, interpolated', ['lifting', '--group', 'C8', '--size', '4'], 0.1, 1],
    ['shifts with zeros', ['shifts', '--padding', 'zero', '--size', '4'], 0.1, 1],
    ['forces under E(3)', ['forces', '--points', '3'], 0, 1e-5],
  ] as const)('clones %s with the symmetry that it has', async (_, args, least, most) => {
    const { code, stdout } = await intertwiner([
      ...['clone', '--layer', ...args, '--widths', '24', '--clone-steps', '50'],
      ...['--out', join(folder(), 'layer'), '--json'],
    ]);
    expect(code).toBe(0);
    const [noise] = JSON.parse(stdout).errors;
    expect(noise.teacher.mean).toBeGreaterThan(least);
    expect(noise.teacher.mean).toBeLessThan(most);
  });

  it.each([
    [['linear', '--group', 'S4'], /needs a group and a representation: --group S5 --input V/],
    [['forces', '--size', '4'], /has no size; it has group, points/],
    [['lifting', '--group', 'S4'], /takes rotations and reflections of the plane/],
    [['shifts', '--group', 'C4'], /has the group T\(2\), not C4/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await intertwiner(['clone', '--layer', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('audit and verify', { timeout: runTimeout }, () => {
  it('measure and compare the exported student', async () => {
    const path = join(run.out, 'student.onnx');
    const audit = await intertwiner(['audit', path, '--json']);
    expect(audit.code).toBe(0);
    expect(JSON.parse(audit.stdout)).toMatchObject({
      group: 'C4',
      perElement: [{ element: 'e', error: 0 }, {}, {}, {}],
      largestSubgroup: 'trivial',
    });
    expect((await intertwiner(['audit', path, '--tolerance', '1e-6'])).code).toBe(1);
    const verify = await intertwiner(['verify', path, '--json']);
    expect(verify.code).toBe(0);
    expect(JSON.parse(verify.stdout)).toMatchObject({ passed: true });
    expect((await intertwiner(['verify', path, '--tolerance', '1e-12'])).code).toBe(1);
  });
});

describe('doctor', { timeout: runTimeout }, () => {
  it('lists every device, with the reason where one is missing', async () => {
    const { code, stdout } = await intertwiner(['doctor', '--json']);
    expect(code).toBe(0);
    const { devices } = JSON.parse(stdout);
    const names = devices.map(({ name }: { name: string }) => name);
    expect(names).toEqual([
      ...['cpu', 'cuda', 'webgpu', 'wasm'],
      ...['tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'],
    ]);
    for (const { available, reason } of devices) expect(available || reason.length > 20).toBe(true);
  });
});
