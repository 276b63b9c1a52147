import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Everything that a module of the package imports, directly or through its own modules. */
function imports(module: URL, seen = new Set<string>()): string[] {
  if (seen.has(module.href)) return [];
  seen.add(module.href);
  const source = readFileSync(module, 'utf8');
  const names = [...source.matchAll(/from '([^']+)'/g)].map(([, name]) => name!);
  return names.flatMap((name) =>
    name.startsWith('.') ? imports(new URL(name.replace('.js', '.ts'), module), seen) : [name],
  );
}

it('the main entry imports nothing that only Node has; /node does', () => {
  const source = new URL('../src/', import.meta.url);
  const allowed = ['@intertwiner/random', 'csv-parse/browser/esm/sync', 'pako'];
  expect([...new Set(imports(new URL('index.ts', source)))].sort()).toEqual(allowed);
  expect(imports(new URL('node.ts', source))).toContain('node:fs/promises');
});
