import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../../scripts/lib/programs.mjs';
import { pages, root } from './pages.js';

// The programs stand inside docs so that `@intertwiner/…` resolves as it does for users: to the
// built packages.
const folder = join(root, 'docs', '.examples');
const all = pages().flatMap((page) =>
  programs(page).map((program) => ({
    ...program,
    name: `${page.path}:${program.line}`,
    slug: `${page.path.replaceAll(/[^a-z0-9]+/gi, '-')}-${program.line}`.toLowerCase(),
  })),
);
const typeErrors = new Map<string, string[]>();
let workFolder = '';

beforeAll(async () => {
  if (!existsSync(join(root, 'packages/random/dist/index.js'))) {
    throw new Error('The packages are not built. Run `pnpm build` first.');
  }
  workFolder = mkdtempSync(join(tmpdir(), 'intertwiner-examples-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { slug, code } of all)
    writeFileSync(join(folder, `${slug}.ts`), `${code}\nexport {};\n`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  for (const line of (await compile()).split('\n')) {
    const slug = /([^/\\]+)\.ts\(/.exec(line)?.[1];
    if (slug) typeErrors.set(slug, [...(typeErrors.get(slug) ?? []), line]);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(workFolder, { recursive: true, force: true });
});

const compilerOptions = {
  strict: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  module: 'nodenext',
  types: ['node'],
  skipLibCheck: true,
  outDir: 'out',
};

describe.each(all.map((program) => [program.name, program] as const))(
  '%s',
  (_, { slug, output, notRun }) => {
    test('has no type errors', () => {
      expect(typeErrors.get(slug) ?? []).toEqual([]);
    });

    test.skipIf(notRun !== null)(`prints what the page shows ${notRun ?? ''}`, async () => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(folder, 'out', `${slug}.js`)],
        { cwd: workFolder },
      );
      expect(stdout).not.toBe('');
      // A page need not show the output; whatever is printed is right then.
      expect(lines(stdout)).toEqual(lines(output ?? stdout));
    });
  },
);

/** The compiler's messages; it emits in any case, since type errors are tests of their own. */
async function compile(): Promise<string> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', folder]);
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
