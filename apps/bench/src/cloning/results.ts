/**
 * A run of `intertwiner reproduce cloning` in the documentation: docs/results/cloning.json holds its
 * numbers, its tables stand in docs/results.md between two comments.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';
import { replaceBetween } from '../results.js';

/** Returns the path of the page. @param run the command's --out folder. */
export async function writeCloningResults(run: string, docs: string): Promise<string> {
  const report = await readFile(join(run, 'report.json'), 'utf8');
  const tables = await readFile(join(run, 'tables.md'), 'utf8');
  const path = join(docs, 'results.md');
  await writeFileAtomic(join(docs, 'results', 'cloning.json'), report);
  const page = await readFile(path, 'utf8');
  await writeFileAtomic(path, replaceBetween(page, 'cloning', tables.trim()));
  return path;
}
