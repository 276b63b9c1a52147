import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../test-summary.mjs', import.meta.url));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);

interface Summary {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** The script's answer to the report that vitest itself writes about these files. */
describe('scripts/test-summary.mjs', () => {
  let folder = '';
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'intertwiner-summary-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const node = (args: readonly string[]): Promise<Summary> =>
    new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: folder }, (error, stdout) => {
        const code = error ? Number(error.code) : 0;
        resolve({ code, lines: stdout.trimEnd().split('\n') });
      });
    });

  async function summaryOf(files: Readonly<Record<string, string>>): Promise<Summary> {
    mkdirSync(join(folder, 'test'));
    for (const [name, body] of Object.entries(files)) {
      writeFileSync(join(folder, 'test', name), body);
    }
    await node([vitest, 'run', '--globals', '--reporter=json', '--outputFile=tests.json']);
    return node([script, 'tests.json']);
  }

  test('all passed: one line', async () => {
    const summary = await summaryOf({
      'a.test.js': "test('one', () => {}); test.skip('two', () => {}); test.todo('three');",
    });
    expect(summary).toEqual({ code: 0, lines: ['tests: 1 passed, 0 failed, 2 skipped'] });
  });

  test('names each failed test, with the first line of its message, before the last line', async () => {
    const { code, lines } = await summaryOf({
      'a.test.js': "test('one', () => {}); test('two', () => { throw new Error('no\\nmore'); });",
      'b.test.js': "describe('outer', () => { test('inner', () => { expect(1).toBe(2); }); });",
    });
    expect(code).toBe(1);
    expect(lines.slice(0, -1).sort()).toEqual([
      'FAILED test/a.test.js > two: Error: no',
      'FAILED test/b.test.js > outer inner: AssertionError: expected 1 to be 2 // Object.is equality',
    ]);
    expect(lines.at(-1)).toBe('tests: 1 passed, 2 failed, 0 skipped');
  });

  test('names a file that does not load, and counts it', async () => {
    const { code, lines } = await summaryOf({
      'a.test.js': "test('one', () => {});",
      'b.test.js': "throw new Error('not today');",
    });
    expect(code).toBe(1);
    expect(lines).toEqual([
      'FAILED test/b.test.js: not today',
      'tests: 1 passed, 1 failed, 0 skipped',
    ]);
  });

  test('no report is a failure', async () => {
    expect(await node([script, 'none.json'])).toEqual({
      code: 1,
      lines: ['tests: 0 passed, 1 failed, 0 skipped'],
    });
  });
});
