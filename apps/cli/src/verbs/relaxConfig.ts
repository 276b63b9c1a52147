/** The options of `relax` as the configuration of a run, and back from a stored one. */
import { readFile } from 'node:fs/promises';
import { loadDigits, loadModelNet } from '@intertwiner/datasets/node';
import {
  checkRelaxationConfig,
  relaxationConfig,
  type DataSource,
  type RelaxationConfig,
} from '@intertwiner/relaxation';
import { UsageError } from '../io/errors.js';
import { configPath } from './cloneConfig.js';

/** Everything that decides a run's result. */
export interface RelaxConfig extends RelaxationConfig {
  /** A folder of IDX files or of meshes, or null for generated data. */
  readonly data: string | null;
  /** Drawn on each mesh; null without meshes. */
  readonly points: number | null;
}

/** What the user gave, on the command line or in a file. */
export type GivenRelaxConfig = { readonly [K in keyof RelaxConfig]?: RelaxConfig[K] | undefined };

const defaults: RelaxConfig = {
  ...relaxationConfig,
  ...{ train: 500, validation: 200, test: 500, epochs: 20, batch: 50, learningRate: 5e-3 },
  ...{ data: null, points: null },
};

/** Experiments that can be run on a user's files. */
const withFiles: readonly string[] = ['rotated-digits', 'shapes'];
/** Per mesh, as in the paper. */
const meshPoints = 300;

export const relaxConfigNames = Object.keys(defaults) as (keyof RelaxConfig)[];

/** The whole configuration. @throws RelaxationError or UsageError if a field does not fit. */
export function relaxConfig(given: GivenRelaxConfig): RelaxConfig {
  const { data, points, ...config } = { ...defaults, ...given } as RelaxConfig;
  if (data !== null && typeof data !== 'string') {
    throw new UsageError(
      `data must be the path of a folder, or null; it is ${JSON.stringify(data)}.`,
    );
  }
  if (data !== null && !withFiles.includes(config.experiment)) {
    throw new UsageError(
      `'${config.experiment}' makes its own data; leave out --data, or choose ` +
        `${withFiles.join(' or ')}.`,
    );
  }
  if (config.relaxation === 'none') {
    throw new UsageError("relaxation 'none' leaves nothing to compare; choose another.");
  }
  checkRelaxationConfig(config);
  return { ...config, data, points: pointsOf(points, data !== null && isShapes(config)) };
}

const isShapes = ({ experiment }: RelaxationConfig): boolean => experiment === 'shapes';

function pointsOf(given: unknown, hasMeshes: boolean): number | null {
  if (given === null) return hasMeshes ? meshPoints : null;
  if (!hasMeshes) {
    throw new UsageError(
      'points are drawn on meshes only; leave --points out, or give --experiment shapes and the ' +
        'folder of the meshes as --data.',
    );
  }
  if (Number.isInteger(given) && (given as number) >= 2) return given as number;
  throw new UsageError(`points must be an integer of at least 2; it is ${JSON.stringify(given)}.`);
}

/** The data of a configuration that come from files. */
export async function relaxSource(config: RelaxConfig): Promise<DataSource> {
  const { data, points, seed, train, validation, test } = config;
  if (data === null) return {};
  if (!isShapes(config)) return { digits: await loadDigits(data) };
  const clouds = await loadModelNet(data, {
    seed,
    ...(points !== null && { points }),
    // Meshes are large: only those are read that are used.
    limits: { train: train + validation, test },
  });
  return { clouds };
}

/** The configuration of the run to resume; what was given must agree with it. */
export async function storedRelaxConfig(
  out: string,
  given: GivenRelaxConfig,
): Promise<RelaxConfig> {
  const path = configPath(out);
  let stored: RelaxConfig;
  try {
    stored = JSON.parse(await readFile(path, 'utf8')) as RelaxConfig;
  } catch (error) {
    throw new UsageError(
      `There is no run to resume in '${out}' (${(error as Error).message}). ` +
        'Leave out --resume to start one.',
    );
  }
  for (const [name, value] of Object.entries(given)) {
    const before = stored[name as keyof RelaxConfig];
    if (before === value) continue;
    throw new UsageError(
      `The run in '${out}' has ${name} = ${JSON.stringify(before)}, not ${JSON.stringify(value)}. ` +
        'Leave the option out to resume, or start again without --resume.',
    );
  }
  return relaxConfig(stored);
}
