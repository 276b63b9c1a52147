/** The units of `reproduce relaxation`: learning rates that are tried, and rows that are trained. */
import { TrainingError } from '@intertwiner/engine';
import {
  experimentData,
  runExperiment,
  weightsOf,
  type DataSource,
  type ExperimentData,
  type NetworkResult,
  type RelaxationConfig,
} from '@intertwiner/relaxation';
import type { Records, Unit } from '../experiment.js';
import { armOf, type Arm, type ArmName } from './arms.js';
import type { LearningRate, PartName, PartSettings, RelaxationSettings } from './settings.js';

/** What is kept of a trained network; null if its loss did not stay finite. */
export interface ArmRecord {
  readonly used: NetworkResult['used'];
  readonly projected: number;
  readonly relaxed: number;
  readonly symmetry: number;
  readonly parameters: number;
  readonly trained: number;
  readonly rate: LearningRate;
  /** The chosen epoch, from 1. */
  readonly epoch: number;
  /** Of one core, data and measurements left out. */
  readonly seconds: number;
  readonly msPerStep: number;
  /** Validation loss of the projected network after every epoch. */
  readonly curve: readonly number[];
}

/** The validation loss of the used network; null if it did not stay finite. */
export interface TuningRecord {
  readonly validation: number | null;
}

export interface UnitContext {
  readonly settings: RelaxationSettings;
  /** Those of the settings that are computed now. */
  readonly seeds: readonly number[];
  readonly source: DataSource;
}

/** First, for all parts, what a partial run should have; then the rest. */
export const relaxationUnits = (context: UnitContext, parts: readonly PartName[]): Unit[] => [
  ...parts.flatMap((part) => armUnits(context, part, 'first')),
  ...parts.flatMap((part) => armUnits(context, part, 'further')),
];

function armUnits(context: UnitContext, part: PartName, phase: 'first' | 'further'): Unit[] {
  const settings = context.settings.parts[part];
  const names = settings.arms[phase];
  const tuned = names.filter((name) => armOf(name).tunedAs === undefined);
  const dataOf = cachedData(context.source);
  return [
    // Seed by seed, so that the arms share their data.
    ...context.settings.tuningSeeds.flatMap((seed) =>
      tuned.flatMap((name) =>
        settings.rates.map((rate) => tuningUnit(context, dataOf, { part, name, rate, seed })),
      ),
    ),
    ...context.seeds.flatMap((seed) =>
      names.map((name) => armUnit(context, dataOf, { part, name, seed })),
    ),
  ];
}

type DataOf = (config: RelaxationConfig) => ExperimentData;

/** Makes data once for all units in a row that share them. */
function cachedData(source: DataSource): DataOf {
  let last: { readonly key: string; readonly data: ExperimentData } | null = null;
  return (config) => {
    const { experiment, seed, train, validation, test } = config;
    const key = JSON.stringify({ experiment, seed, train, validation, test });
    if (last?.key !== key) last = { key, data: experimentData(config, source) };
    return last.data;
  };
}

const tuningKey = (part: PartName, name: string, rate: LearningRate, seed: number): string =>
  `tuning ${part}/${name}/${rate.learningRate} ${rate.rateSchedule}/${seed}`;

/** The prefix of a row's keys. */
export const rowKey = (part: PartName, name: ArmName): string => `${part}/${name}/`;

function tuningUnit(
  { settings }: UnitContext,
  dataOf: DataOf,
  { part, name, rate, seed }: { part: PartName; name: ArmName; rate: LearningRate; seed: number },
): Unit {
  const full = configOf(settings.parts[part], name, seed);
  const config = { ...full, ...rate, epochs: Math.ceil(full.epochs / 2) };
  return {
    key: tuningKey(part, name, rate, seed),
    settings: config,
    async run(): Promise<TuningRecord> {
      const result = await trained(config, dataOf(config));
      if (!result) return { validation: null };
      const { projected, relaxed } = result.training.chosen;
      return { validation: result.used === 'relaxed' ? relaxed : projected };
    },
  };
}

function armUnit(
  { settings }: UnitContext,
  dataOf: DataOf,
  { part, name, seed }: { part: PartName; name: ArmName; seed: number },
): Unit {
  const {
    learningRate: _,
    rateSchedule: __,
    ...known
  } = configOf(settings.parts[part], name, seed);
  return {
    key: `${rowKey(part, name)}${seed}`,
    settings: known,
    async run(records): Promise<ArmRecord | null> {
      const rate = bestRate(settings, part, name, records);
      const config = { ...known, ...rate };
      const data = dataOf(config);
      const before = cpuSeconds();
      const result = await trained(config, data);
      return result && { ...recordOf(result), rate, seconds: cpuSeconds() - before };
    },
  };
}

/** The rate of the least mean validation loss among those that were tried; one that fails once is out. */
function bestRate(
  { parts, tuningSeeds }: RelaxationSettings,
  part: PartName,
  name: ArmName,
  records: Records,
): LearningRate {
  const { rates } = parts[part];
  const tunedAs = armOf(name).tunedAs ?? name;
  const losses = rates.map((rate) => {
    const found = tuningSeeds.map((seed) => {
      const record = records.get(tuningKey(part, tunedAs, rate, seed)) as TuningRecord | undefined;
      return record?.validation ?? Infinity;
    });
    return found.reduce((sum, loss) => sum + loss, 0);
  });
  return rates[losses.indexOf(Math.min(...losses))]!;
}

/** Null if the loss does not stay finite. */
async function trained(
  config: RelaxationConfig,
  data: ExperimentData,
): Promise<NetworkResult | null> {
  try {
    return await runExperiment(config, data, { device: 'cpu', threads: 1 });
  } catch (error) {
    if (error instanceof TrainingError) return null;
    throw error;
  }
}

const recordOf = (result: NetworkResult): Omit<ArmRecord, 'rate' | 'seconds'> => ({
  used: result.used,
  projected: result.projectedError,
  relaxed: result.relaxedError,
  symmetry: result.equivarianceError,
  parameters: result.parameters,
  trained: result.trainedParameters,
  epoch: result.training.chosen.epoch + 1,
  msPerStep: result.training.msPerStep,
  curve: result.training.epochs.map(({ projected }) => projected),
});

function configOf(part: PartSettings, name: ArmName, seed: number): RelaxationConfig {
  const arm = armOf(name);
  const config = { ...part.base, ...arm.over, seed };
  return {
    ...config,
    epochs: arm.epochs === 'compute' ? Math.round(config.epochs * part.costRatio) : config.epochs,
    width: arm.widened ? widened(part, arm) : config.width,
  };
}

/** The least width with as many weights as the relaxed network of the table trains. */
function widened({ base }: PartSettings, { over }: Arm): number {
  const target = weightsOf({ ...base, relaxation: 'schedule' }).trained;
  let width = base.width;
  while (weightsOf({ ...base, ...over, width }).trained < target) width++;
  return width;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
