/** The pages of the documentation. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPage, type Page } from '../../scripts/lib/markdown.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface NamedPage extends Page {
  /** Relative to the root of the repository. */
  readonly path: string;
}

/** The pages people read: at the root, in docs, and one for each package and application. */
export function pages(): NamedPage[] {
  const folders = ['', 'docs', 'docs/results', ...children('packages'), ...children('apps')];
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap(markdownFiles)
    .map((path) => ({ path, ...readPage(readFileSync(join(root, path), 'utf8')) }));
}

const children = (folder: string): string[] =>
  readdirSync(join(root, folder)).map((name) => join(folder, name));

function markdownFiles(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => relative(root, join(root, folder, name)));
}
