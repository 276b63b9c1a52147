/** The options of `clone` as the configuration of a run, and back from a stored one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  configNames,
  defaultWrongGroup,
  fullConfig,
  parseConfig,
  type CloningConfig,
} from '@intertwiner/cloning';
import { UsageError } from '../io/errors.js';

/** Everything that decides a run's result: its configuration and its data. */
export interface RunConfig extends CloningConfig {
  /** A folder of IDX files, or null for generated digits. */
  readonly data: string | null;
}

/** Settings that change with the preset: `full` as in docs/results.md, `demo` for two minutes. */
const presets: Readonly<Record<'full' | 'demo', CloningConfig>> = {
  full: fullConfig,
  demo: {
    ...fullConfig,
    cloneSteps: [1000, 1500],
    cloneLearningRate: 5e-3,
    channels: [12, 16],
    epochs: 8,
    train: 3000,
    test: 500,
  },
};

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets);

/** What the user gave, on the command line or in a file; undefined where nothing was given. */
export type GivenConfig = { readonly [K in keyof RunConfig]?: RunConfig[K] | undefined };

/** The whole configuration. @throws ConfigError or UsageError if a field does not fit. */
export function configOf(given: GivenConfig, preset: PresetName): RunConfig {
  const base: RunConfig = { ...presets[preset], data: null };
  const group = given.group ?? base.group;
  return checked({ ...base, wrongGroup: defaultWrongGroup(group), ...defined(given) });
}

function checked({ data, ...config }: RunConfig): RunConfig {
  if (data !== null && typeof data !== 'string') {
    throw new UsageError(
      `data must be the path of a folder, or null; it is ${JSON.stringify(data)}.`,
    );
  }
  return { ...parseConfig(config), data };
}

/**
 * The fields that a JSON file gives; the others keep their defaults.
 *
 * @throws UsageError if it is not a JSON object, or has a field that no configuration has.
 */
export async function configFile(
  path: string,
  known: readonly string[] = [...configNames, 'data'],
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, 'utf8');
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`'${path}' is not JSON: ${(error as Error).message}.`);
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new UsageError(`'${path}' must hold one JSON object with fields of a configuration.`);
  }
  const unknown = Object.keys(record).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `'${path}' has the field '${unknown}', which no configuration has. Fields: ${known.join(', ')}.`,
    );
  }
  return record as Readonly<Record<string, unknown>>;
}

export const defined = (given: GivenConfig): Partial<RunConfig> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

export const configPath = (out: string): string => join(out, 'config.json');

/** The configuration of the run to resume; what was given on the command line must agree with it. */
export async function storedConfig(out: string, given: GivenConfig): Promise<RunConfig> {
  const path = configPath(out);
  let stored: RunConfig;
  try {
    stored = JSON.parse(await readFile(path, 'utf8')) as RunConfig;
  } catch (error) {
    throw new UsageError(
      `There is no run to resume in '${out}' (${(error as Error).message}). ` +
        'Leave out --resume to start one.',
    );
  }
  for (const [name, value] of Object.entries(defined(given))) {
    const before = stored[name as keyof RunConfig];
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    throw new UsageError(
      `The run in '${out}' has ${name} = ${JSON.stringify(before)}, not ${JSON.stringify(value)}. ` +
        'Leave the option out to resume, or start again without --resume.',
    );
  }
  return checked(stored);
}
