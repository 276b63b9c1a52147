import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const model = async (name: string, seed: string) => {
      const out = join(folder(), name);
      const { code } = await intertwiner([
        'clone',
        ...tiny,
        '--out',
        out,
        '--json',
        '--seed',
        seed,
      ]);
      expect(code).toBe(0);
      return readFile(join(out, 'student.onnx'));
    };
    const first = await model('a', '3');
    expect((await model('b', '3')).equals(first)).toBe(true);
    expect((await model('c', '4')).equals(first)).toBe(false);
  });

  it(
    'stopped by Ctrl-C and resumed, ends with the bytes of an unbroken run',
    async () => {
      const options = [...tiny, '--clone-steps', '500,60', '--json'];
      const whole = join(folder(), 'whole');
      expect((await intertwiner(['clone', ...options, '--out', whole])).code).toBe(0);
      const broken = join(folder(), 'broken');
      const stopped = await intertwiner(['clone', ...options, '--out', broken], (child) => {
        // The scratch network is trained just before the first clone starts.
        child.stderr!.on('data', (text: Buffer) => {
          if (text.includes('scratch:')) child.kill('SIGINT');
        });
      });
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain(`Go on with: intertwiner clone --out ${broken} --resume`);
      expect((await intertwiner(['clone', '--out', broken, '--resume'])).code).toBe(0);
      const model = (out: string) => readFile(join(out, 'student.onnx'));
      expect((await model(broken)).equals(await model(whole))).toBe(true);
    },
    runTimeout,
  );
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
