import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notRun } from '../../scripts/lib/programs.mjs';
import { keyOf, outOf, type EarlierCommand } from './commandKeys.js';
import { pages, root, type NamedPage } from './pages.js';

const slowToo = process.env['INTERTWINER_SLOW_EXAMPLES'] === '1';

interface DocumentedCommand {
  readonly line: string;
  readonly page: string;
  readonly slow: boolean;
  readonly notRun: string | null;
}

/** The lines of `sh` blocks that call the command; a backslash continues a line. */
function commandsOf(page: NamedPage): DocumentedCommand[] {
  return page.blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) =>
      block.code
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => line.replace(/^node apps\/cli\/bin\/intertwiner\.js /, 'intertwiner '))
        .filter((line) => line.startsWith('intertwiner '))
        .map((line) => ({
          line,
          page: page.path,
          slow: block.mark === 'slow',
          notRun: notRun(block),
        })),
    );
}

const byPage = pages()
  .map((page) => [page.path, commandsOf(page)] as const)
  .filter(([, commands]) => commands.length > 0);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'intertwiner-commands-'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(root, 'apps/cli/bin/intertwiner.js'), join(folder, 'bin', 'intertwiner'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('at most two documented commands are too slow for every test run', () => {
  expect(byPage.flatMap(([, commands]) => commands).filter(({ slow }) => slow).length).toBeLessThan(
    3,
  );
});

/** What has run, by its key: its folder, and how it went. */
const runs = new Map<string, { readonly cwd: string; readonly stdout: Promise<string> }>();

async function runIn(cwd: string, line: string): Promise<string> {
  const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  const env = { ...process.env, PATH: path };
  return (await promisify(execFile)('sh', ['-c', line], { cwd, env })).stdout;
}

/** Runs a command, or takes over what the very same one printed and wrote for an earlier page. */
async function runOnce(key: string, cwd: string, line: string): Promise<string> {
  const before = runs.get(key);
  if (!before) {
    const stdout = runIn(cwd, line);
    runs.set(key, { cwd, stdout });
    return stdout;
  }
  const stdout = await before.stdout;
  const out = outOf(line);
  if (out !== undefined && before.cwd !== cwd) {
    cpSync(join(before.cwd, out), join(cwd, out), { recursive: true });
  }
  return stdout;
}

// The commands of a page run in order in one folder, as a reader would run them.
describe.each(byPage)('%s', (page, commands) => {
  const cwd = () => join(folder, page.replaceAll(/[^a-z0-9]+/gi, '-'));
  beforeAll(() => {
    mkdirSync(cwd());
  });

  const earlier: EarlierCommand[] = [];
  for (const { line, slow, notRun } of commands) {
    const skipped = notRun ?? (slow && !slowToo ? 'slow: INTERTWINER_SLOW_EXAMPLES=1 runs it' : '');
    const key = keyOf(line, earlier);
    if (skipped === '') earlier.push({ line, key });
    test.skipIf(skipped !== '')(`${line} ${skipped}`, { timeout: 600_000 }, async () => {
      expect(await runOnce(key, cwd(), line)).not.toBe('');
    });
  }
});
