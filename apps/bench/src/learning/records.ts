/** Results of finished runs as files, so that an interrupted experiment goes on where it was. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';

/**
 * The record of a run that was finished before with the same settings, or null.
 *
 * @throws Error if the file there is of other settings.
 */
export async function findRecord<S extends object, R extends object>(
  folder: string,
  name: string,
  settings: S,
): Promise<R | null> {
  const path = join(folder, `${name}.json`);
  const found = await readIfPresent(path);
  if (found === null) return null;
  const { settings: before, ...result } = JSON.parse(found) as { settings: S } & R;
  if (JSON.stringify(before) === JSON.stringify(settings)) return result as unknown as R;
  throw new Error(`${path} is of other settings; choose another folder with --out.`);
}

/** The record of a run: what {@link findRecord} finds, or made and written. */
export async function recorded<S extends object, R extends object>(
  folder: string,
  name: string,
  settings: S,
  make: () => Promise<R>,
): Promise<R> {
  const found = await findRecord<S, R>(folder, name, settings);
  if (found) return found;
  const path = join(folder, `${name}.json`);
  const result = await make();
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(path, `${JSON.stringify({ settings, ...result }, null, 1)}\n`);
  return result;
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
