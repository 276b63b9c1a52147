/**
 * Files that are damaged or mean harm: each is refused in bounded time and memory, with one line.
 * Those in fixtures/hostile are written by apps/bench/peers/hostile_models.py with Python's onnx.
 */
import { spawn } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { random, type RandomStream } from '@intertwiner/random';
import { limitsOf, runGuarded } from '../src/guard/guard.js';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const path = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

async function expectRefused(args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await intertwiner(args);
  expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(message);
}

describe('a hostile file is refused in a line', { timeout: runTimeout }, () => {
  it.each([
    ['traversal', /weights in another file, which are not read/],
    ['absolute', /weights in another file, which are not read/],
    ['cycle', /the graph has a cycle/],
    ['unknown', /ONNX Runtime refuses the model.*MakeCoffee/],
    ['foreign', /ONNX Runtime refuses the model.*Brew/],
    ['declared', /declares 1152921504606847000 elements/],
    ['constant', /\(ConstantOfShape\) makes a tensor of 1\.00e\+12 elements/],
    ['recursive', /function 'own:f' calls itself/],
  ])('%s', (name, message) =>
    expectRefused(['audit', path(`hostile/${name}.onnx`), '--group', 'C4'], message),
  );

  it('one that computes a size of gigabytes stops at the limit of memory', () =>
    expectRefused(
      ['verify', path('hostile/computed.onnx'), '--devices', 'cpu', '--memory-limit', '700'],
      /Stopped at 700 MB of memory/,
    ));

  it('one that never ends stops at the limit of time', () =>
    expectRefused(
      ['verify', path('hostile/endless.onnx'), '--devices', 'cpu', '--time-limit', '4'],
      /Stopped after 4 s/,
    ));

  it('one cut short, one of zeros, a folder, a device', async () => {
    const cut = join(folder(), 'cut.onnx');
    await writeFile(cut, await readFile(path('c4.onnx')));
    await truncate(cut, 5000);
    await expectRefused(['audit', cut, '--group', 'C4'], /Not an ONNX file, or one that was cut/);
    const zeros = join(folder(), 'zeros.onnx');
    await writeFile(zeros, new Uint8Array(1000));
    await expectRefused(['audit', zeros, '--group', 'C4'], /Not an ONNX file/);
    await expectRefused(['audit', folder(), '--group', 'C4'], /it is no file/);
    await expectRefused(['audit', '/dev/zero', '--group', 'C4'], /it is no file/);
  });

  it('one larger than any ONNX file is not read', async () => {
    const huge = join(folder(), 'huge.onnx');
    // Sparse: it takes no room on the disk.
    await writeFile(huge, '');
    await truncate(huge, 3 * 2 ** 30);
    await expectRefused(['audit', huge, '--group', 'C4'], /ONNX files end at 2 GiB/);
  });
});

describe('the guard', { timeout: runTimeout }, () => {
  it('turns a process that breaks into a line and exit code 2', async () => {
    const script = join(folder(), 'breaks.mjs');
    await writeFile(script, 'process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 1e4);');
    const limits = { seconds: 30, megabytes: 4000 };
    expect(await runGuarded([process.execPath, script], limits)).toBe(2);
    await writeFile(script, 'process.exitCode = 1;');
    expect(await runGuarded([process.execPath, script], limits)).toBe(1);
  });

  it('reads its limits from the command line', () => {
    const line = ['node', 'intertwiner', 'audit', 'x', '--time-limit=9', '--memory-limit', '123'];
    expect(limitsOf(line)).toEqual({ seconds: 9, megabytes: 123 });
    expect(limitsOf([])).toEqual({ seconds: 600, megabytes: expect.any(Number) });
  });
});

/** Damages bytes in one of the ways in which files get damaged, or are damaged to find faults. */
function mutate(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  stream: RandomStream,
): Uint8Array {
  const out = new Uint8Array(bytes);
  const at = () => stream.integer(out.length);
  const edits = 1 + stream.integer(4);
  switch (stream.integer(6)) {
    case 0:
      for (let i = 0; i < edits; i++) out[at()]! ^= 1 << stream.integer(8);
      return out;
    case 1:
      for (let i = 0; i < edits; i++) out[at()] = [0, 1, 0x7f, 0x80, 0xff][stream.integer(5)]!;
      return out;
    case 2:
      return out.subarray(0, at());
    case 3: {
      const [start, length] = [at(), 1 + stream.integer(64)];
      return Buffer.concat([out.subarray(0, start), out.subarray(start + length)]);
    }
    case 4: {
      const [start, length, to] = [at(), 1 + stream.integer(256), at()];
      return Buffer.concat([
        ...[out.subarray(0, to), out.subarray(start, start + length), out.subarray(to)],
      ]);
    }
    default: {
      // A piece of another file in the place of one of the same length.
      const other = others[stream.integer(others.length)]!;
      const [start, place] = [stream.integer(other.length), at()];
      out.set(other.subarray(start, start + Math.min(128, out.length - place)), place);
      return out;
    }
  }
}

/** Gives files to a process one after the other; a new one where it broke or hangs. */
async function tryAll(files: readonly string[], perFile: number): Promise<string[]> {
  const script = fileURLToPath(new URL('./fuzzChild.mjs', import.meta.url));
  const answers: string[] = [];
  while (answers.length < files.length) {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = new Promise<string>((resolve) =>
      child.on('close', (code, signal) => resolve(`BROKE ${signal ?? code}`)),
    );
    while (answers.length < files.length) {
      child.stdin.write(`${files[answers.length]}\n`);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve('HANGS'), perFile);
      });
      const line = lines.next().then(({ value, done }) => (done ? ended : (value as string)));
      const answer = await Promise.race([line, ended, late]);
      clearTimeout(timer);
      answers.push(answer);
      if (/^(BROKE|HANGS)/.test(answer)) break;
    }
    child.stdin.end();
    child.kill('SIGKILL');
    await ended;
  }
  return answers;
}

describe('mutated files', { timeout: 600_000 }, () => {
  it('a thousand of them neither break nor hang the process that loads and runs them', async () => {
    const names = ['c4', 'c2', 'cnn', 'points', 'sets', 'hostile/cycle', 'hostile/unknown'];
    const seeds = await Promise.all(names.map((name) => readFile(path(`${name}.onnx`))));
    const stream = random(0, 'fuzz');
    const files: string[] = [];
    for (let i = 0; i < 1000; i++) {
      const file = join(folder(), `${i}.onnx`);
      await writeFile(file, mutate(seeds[i % seeds.length]!, seeds, stream));
      files.push(file);
    }
    // A minute a file, on a machine that is paused at times; some 3 ms are usual.
    const answers = await tryAll(files, 60_000);
    const bad = answers.flatMap((answer, i) =>
      /^(BROKE|HANGS|DEFECT)/.test(answer) ? [`${i}: ${answer}`] : [],
    );
    expect(bad).toEqual([]);
    const share = (kind: string) => answers.filter((answer) => answer === kind).length / 1000;
    // Both ends are met, or the test would test little.
    for (const kind of ['refused', 'ran']) expect(share(kind)).toBeGreaterThan(0.05);
  });
});
