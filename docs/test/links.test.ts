import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPage } from '../../scripts/lib/markdown.mjs';
import { pages, root, type NamedPage } from './pages.js';

describe.each(pages().map((page) => [page.path, page] as const))('%s', (_, page) => {
  test('every relative link leads somewhere', () => {
    expect(page.links.map((link) => problem(page, link)).filter(Boolean)).toEqual([]);
  });
});

/** What is wrong with a link, or null. Links to other sites are not followed. */
function problem(page: NamedPage, { url, line }: NamedPage['links'][number]): string | null {
  if (/^[a-z]+:/.test(url)) return null;
  const [file = '', anchor = ''] = url.split('#');
  const path = file === '' ? page.path : normalize(join(dirname(page.path), decodeURI(file)));
  if (path.startsWith('..')) return `line ${line}: ${url} leaves the repository`;
  if (!existsSync(join(root, path))) return `line ${line}: ${url} does not exist`;
  if (anchor === '') return null;
  const { anchors } = readPage(readFileSync(join(root, path), 'utf8'));
  return anchors.has(anchor) ? null : `line ${line}: ${url} has no such heading`;
}
