import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) =>
  f.endsWith('.ts'),
);
const core = files.filter((file) => !file.startsWith('node'));

describe('the core package', () => {
  it('uses nothing that a browser lacks', () => {
    for (const file of core) {
      const text = readFileSync(join(src, file), 'utf8');
      expect([file, text.match(/node:|\bBuffer\b|\bprocess\.|from '.*\/node\//g)]).toEqual([
        file,
        null,
      ]);
    }
  });

  it('is told apart from what needs Node', () => {
    expect(core.length).toBeGreaterThan(30);
    expect(files.length - core.length).toBeGreaterThan(3);
  });
});
