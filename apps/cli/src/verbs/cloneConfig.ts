/** The options of `clone` as the configuration of a run, and back from a stored one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultWrongGroup, fullConfig, type CloningConfig } from '@intertwiner/cloning';
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

/** What the user gave on the command line; undefined where nothing was given. */
export type GivenConfig = { readonly [K in keyof RunConfig]?: RunConfig[K] | undefined };

export function configOf(given: GivenConfig, preset: PresetName): RunConfig {
  const base: RunConfig = { ...presets[preset], data: null };
  const group = given.group ?? base.group;
  return { ...base, wrongGroup: defaultWrongGroup(group), ...defined(given) };
}

const defined = (given: GivenConfig): Partial<RunConfig> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

const fileOf = (out: string): string => join(out, 'config.json');

export const configPath = fileOf;

/** The configuration of the run to resume; what was given on the command line must agree with it. */
export async function storedConfig(out: string, given: GivenConfig): Promise<RunConfig> {
  const path = fileOf(out);
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
  return stored;
}
