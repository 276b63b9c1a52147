import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './pages.js';

// Every branch appends to these tables, and merging has doubled rows of them before.
test.each(['docs/decisions.md', 'docs/status.md'])('no row of %s stands there twice', (path) => {
  const first = readFileSync(join(root, path), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[1]!.trim());
  expect(first.filter((cell, i) => first.indexOf(cell) !== i)).toEqual([]);
});
