/**
 * A run of `intertwiner reproduce` in the documentation: docs/results/<name>.json holds its numbers, its
 * tables stand in docs/results.md between two comments that bear the name, and its picture, where it has
 * one, is docs/images/<name>.svg.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';
import { replaceBetween } from './results.js';

/** Returns the path of the page. @param run the command's --out folder. */
export async function writeReproduction(
  name: 'cloning' | 'relaxation',
  run: string,
  docs: string,
): Promise<string> {
  const report = await readFile(join(run, 'report.json'), 'utf8');
  const tables = await readFile(join(run, 'tables.md'), 'utf8');
  const path = join(docs, 'results.md');
  await writeFileAtomic(join(docs, 'results', `${name}.json`), report);
  const picture = await readFile(join(run, 'picture.svg'), 'utf8').catch(() => null);
  if (picture !== null) await writeFileAtomic(join(docs, 'images', `${name}.svg`), picture);
  const page = await readFile(path, 'utf8');
  await writeFileAtomic(path, replaceBetween(page, name, tables.trim()));
  return path;
}
