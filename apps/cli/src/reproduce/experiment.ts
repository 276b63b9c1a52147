/**
 * Long experiments in small units: each unit's result is written down when it is there, so that an
 * interrupted run goes on where it stopped. Every unit depends on its key and the settings alone, so
 * the finished document is the same however often the run was interrupted.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomic } from '@intertwiner/engine';
import { UsageError } from '../io/errors.js';
import type { Progress } from '../io/progress.js';

/** A part of an experiment that is computed in one go. */
export interface Unit {
  /** Unique; also what the result is kept under, such as `rotations/mlp1/8/3`. */
  readonly key: string;
  /**
   * What this result depends on besides its key, where that is not among the settings of the whole: a
   * result of other ones is refused. Units that are added later thus leave finished ones as they are.
   */
  readonly settings?: unknown;
  /** Returns plain JSON. @param records what earlier units found. */
  run(records: Records): Promise<unknown>;
}

/** Results by key. */
export type Records = ReadonlyMap<string, unknown>;

/** A line of `records.jsonl`. */
interface Line {
  readonly key: string;
  readonly settings?: unknown;
  readonly value: unknown;
}

export interface RunUnitsOptions {
  /** Where `records.jsonl` and `settings.json` are kept. */
  readonly folder: string;
  /** What the results depend on besides their keys; a folder with other settings is refused. */
  readonly settings: unknown;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Runs the units that the folder does not hold yet.
 *
 * @throws UsageError if the folder holds results of other settings; the signal's reason.
 */
export async function runUnits(
  units: readonly Unit[],
  { folder, settings, progress, signal }: RunUnitsOptions,
): Promise<Records> {
  await mkdir(folder, { recursive: true });
  await claim(folder, JSON.parse(JSON.stringify(settings)));
  const path = join(folder, 'records.jsonl');
  const lines = await readLines(path);
  checkUnits(units, lines, folder);
  const records = new Map(lines.map(({ key, value }) => [key, value]));
  const phases = new Map<string, { done: number; all: number }>();
  for (const { key } of units) {
    const phase = phases.get(phaseOf(key)) ?? { done: 0, all: 0 };
    phases.set(phaseOf(key), { ...phase, all: phase.all + 1 });
  }
  for (const unit of units) {
    signal?.throwIfAborted();
    const name = phaseOf(unit.key);
    const phase = phases.get(name)!;
    if (!records.has(unit.key)) {
      const value = await unit.run(records);
      const line: Line = { key: unit.key, settings: unit.settings, value };
      await appendFile(path, `${JSON.stringify(line)}\n`);
      // As read again: an interrupted run and one in one go see the same numbers.
      records.set(unit.key, JSON.parse(JSON.stringify(value)));
    }
    progress.update(name, ++phase.done, phase.all, unit.key);
  }
  return records;
}

const phaseOf = (key: string): string => key.slice(0, key.indexOf('/'));

/** A folder of settings that lack a part, one that came later, is still good for all others. */
async function claim(folder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'settings.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
    if (isDeepStrictEqual(settings[key], value)) continue;
    throw new UsageError(
      `'${folder}' holds results of other settings (${key}); name another --out folder, or remove it.`,
    );
  }
  await writeFileAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
}

/** @throws UsageError if a unit's result is there, of other settings than the unit's own. */
function checkUnits(units: readonly Unit[], lines: readonly Line[], folder: string): void {
  const found = new Map(lines.map(({ key, settings }) => [key, JSON.stringify(settings)]));
  const changed = units.find(
    ({ key, settings }) => found.has(key) && found.get(key) !== JSON.stringify(settings),
  );
  if (!changed) return;
  throw new UsageError(
    `'${folder}' holds a result '${changed.key}' of other settings; name another --out folder, or ` +
      'remove it.',
  );
}

/** The results in a folder; a last line that was cut short does not count. */
async function readLines(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  // What stands behind the last whole line would garble the next one.
  if (whole.length < text.length) await writeFileAtomic(path, whole);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** The results whose keys begin with a prefix, in the order of their keys' units. */
export function recordsUnder<T>(records: Records, prefix: string): T[] {
  return [...records].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value as T);
}
