import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportModel } from '@intertwiner/onnx';
import { glyphDigits, writeIdx } from '@intertwiner/datasets';
import { intertwiner, runTimeout, temporaryFolder, tiny } from './support.js';

const folder = temporaryFolder();

/** One line on stderr that starts with the command's name, nothing on stdout, exit code 2. */
async function expectRefused(
  args: readonly string[],
  ...parts: (string | RegExp)[]
): Promise<void> {
  const { code, stdout, stderr } = await intertwiner(args);
  expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  for (const part of parts) expect(stderr).toMatch(part);
}

async function writeDigits(images: number, labels: number): Promise<string> {
  const digits = glyphDigits({ count: Math.max(images, labels), seed: 0 });
  const data = join(folder(), 'digits');
  await mkdir(data);
  const pixels = digits.images.subarray(0, images * 784);
  await writeFile(
    join(data, 't10k-images-idx3-ubyte.gz'),
    gzipSync(writeIdx(pixels, [images, 28, 28])),
  );
  await writeFile(
    join(data, 't10k-labels-idx1-ubyte'),
    writeIdx(digits.labels.subarray(0, labels), [labels]),
  );
  return data;
}

describe('doctor refuses', { timeout: runTimeout }, () => {
  it('to build an addon against nothing', () =>
    expectRefused(['doctor', '--build', 'tfjs-node'], /needs --tensorflow FOLDER/));

  it('to build an addon against a folder without libtensorflow', () =>
    expectRefused(
      ['doctor', '--build', 'tfjs-node', '--tensorflow', folder()],
      /holds no libtensorflow: include.*c_api\.h/,
      /pip install tensorflow/,
    ));
});

describe('clone refuses', { timeout: runTimeout }, () => {
  it('a group that is not exact on the grid, and says which are', () =>
    expectRefused(
      ['clone', '--group', 'C5'],
      /C5 does not map a 14×14 pixel grid onto itself/,
      /exact there: C1, C2, C4, D1, D2, D4/,
    ));

  it('a group that nobody knows', () => expectRefused(['clone', '--group', 'Q9'], /Q9/));

  it('CUDA where there is none, and says what to install', () =>
    expectRefused(['clone', '--device', 'cuda'], /'cuda' is not available here/, /docs\/gpu\.md/));

  it('a folder that cannot be written to', async () => {
    const file = join(folder(), 'file');
    await writeFile(file, '');
    await expectRefused(
      ['clone', ...tiny, '--out', join(file, 'run')],
      /a part of the path is a file/,
    );
  });

  it('IDX files that are cut short', async () => {
    const data = await writeDigits(20, 20);
    await truncate(join(data, 't10k-labels-idx1-ubyte'), 12);
    await expectRefused(['clone', '--data', data], /t10k-labels-idx1-ubyte/, /20/);
  });

  it('labels and images of different counts', async () => {
    const data = await writeDigits(20, 19);
    await expectRefused(['clone', '--data', data], /20/, /19/);
  });

  it('fewer digits than it is to train on', async () => {
    const data = await writeDigits(20, 20);
    await expectRefused(['clone', '--data', data], /8000 \+ 2000/);
  });

  it('to resume where there is nothing', () =>
    expectRefused(['clone', '--resume', '--out', join(folder(), 'none')], /no run to resume/));

  it(
    'a checkpoint that is damaged, or of other options',
    async () => {
      const out = join(folder(), 'run');
      const first = await intertwiner(['clone', ...tiny, '--out', out, '--json']);
      expect(first.code).toBe(0);
      await expectRefused(
        ['clone', '--resume', '--out', out, '--epochs', '2'],
        /has epochs = 1, not 2/,
      );
      const checkpoint = join(out, 'checkpoint');
      const name = (await readdir(checkpoint)).find((file) => file.startsWith('teacher'));
      await truncate(join(checkpoint, name!), 100);
      const { code, stderr } = await intertwiner(['clone', '--resume', '--out', out]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/teacher\.safetensors' is not a checkpoint, or it is damaged/);
    },
    runTimeout,
  );
});

describe('audit and verify refuse', { timeout: runTimeout }, () => {
  it('what is not there', () =>
    expectRefused(['audit', join(folder(), 'none.onnx')], /none\.onnx/));

  it('what is not an ONNX file', async () => {
    const path = join(folder(), 'text.onnx');
    await writeFile(path, 'This is not a model.');
    await expectRefused(['audit', path, '--group', 'C4'], /[Nn]ot an ONNX/);
    await expectRefused(['verify', path], /[Nn]ot an ONNX/);
  });

  it('a model that takes no images, or names no group', async () => {
    const path = join(folder(), 'vector.onnx');
    const model = exportModel((x) => x.relu(), { inputs: [{ name: 'x', shape: [null, 5] }] });
    await writeFile(path, model);
    await expectRefused(['audit', path, '--group', 'C4'], /no batch of images/);
    await expectRefused(['audit', path], /name no group/);
  });
});

describe('usage', { timeout: runTimeout }, () => {
  it('unknown verbs and options exit with 2', async () => {
    expect((await intertwiner(['dance'])).code).toBe(2);
    expect((await intertwiner(['clone', '--dance'])).code).toBe(2);
    expect((await intertwiner(['clone', '--seed', 'x'])).code).toBe(2);
    expect((await intertwiner(['data', 'fetch', 'cats'])).code).toBe(2);
  });

  it('help and version exit with 0', async () => {
    expect(await intertwiner(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await intertwiner(['--version'])).toMatchObject({ code: 0, stderr: '' });
  });
});
