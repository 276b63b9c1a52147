/** The settings of one trained network, and how they become those of the trainer. */
import { RelaxationError } from '../errors.js';
import { activationPenalty } from '../penalties/activation.js';
import { generatorPenalty } from '../penalties/generator.js';
import type { Penalty } from '../penalties/penalty.js';
import { projectionPenalty } from '../penalties/projection.js';
import { constant } from '../schedules/constant.js';
import { cosine } from '../schedules/cosine.js';
import { linear } from '../schedules/linear.js';
import type { Schedule } from '../schedules/schedule.js';
import { triangle } from '../schedules/triangle.js';
import { within } from '../schedules/within.js';
import type { TrainRelaxedOptions } from '../training/options.js';
import type { DataSizes, Experiment } from './experiment.js';
import { experimentNames, experiments, type ExperimentName } from './experiments.js';

export interface RelaxationConfig extends DataSizes {
  readonly experiment: ExperimentName;
  /** One of the experiment's networks. */
  readonly network: string;
  readonly width: number;
  readonly depth: number;
  readonly seed: number;
  readonly epochs: number;
  /** Epochs from one validation to the next. */
  readonly validateEvery: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Whether the learning rate stays, or falls to 0 along half a cosine. */
  readonly rateSchedule: RateScheduleName;
  /**
   * Joint norm to which the gradients of the equivariant weights, and those of W, are cut; 0 for as they
   * are. Without it, single batches throw networks back for many steps, strict ones too.
   */
  readonly clipNorm: number;
  /** What moves θ; with `none` and `remul` the layers are not relaxed. */
  readonly relaxation: RelaxationName;
  /** Of θ, for relaxation `schedule`. */
  readonly schedule: ScheduleName;
  /** Share of the training after which the schedule has ended, in (0, 1]. */
  readonly until: number;
  readonly penalty: PenaltyName;
  /** Weight of the penalty. */
  readonly lambda: number;
  readonly projection: 'drop' | 'fold';
}

const schedules = { triangle, linear, cosine } satisfies Record<string, () => Schedule>;
export type ScheduleName = keyof typeof schedules;
export const scheduleNames = Object.keys(schedules) as ScheduleName[];

const rateSchedules = {
  constant: (rate) => rate,
  cosine: (rate) => cosine({ start: rate }),
} satisfies Record<string, (rate: number) => number | Schedule>;
export type RateScheduleName = keyof typeof rateSchedules;
export const rateScheduleNames = Object.keys(rateSchedules) as RateScheduleName[];

/** So many samples of a batch tell a penalty's size, at a fraction of what all of them cost. */
const samples = 8;

/** `paper`: of the generators and of W's output (Pertigkiozoglou et al. 2024). */
const penalties = {
  paper: () => [generatorPenalty({ samples }), activationPenalty({ samples })],
  generator: () => [generatorPenalty({ samples })],
  projection: () => [projectionPenalty({ samples })],
  activation: () => [activationPenalty({ samples })],
} satisfies Record<string, () => Penalty[]>;
export type PenaltyName = keyof typeof penalties;
export const penaltyNames = Object.keys(penalties) as PenaltyName[];

type TrainerOptions = Pick<
  TrainRelaxedOptions,
  | 'learningRate'
  | 'schedule'
  | 'per'
  | 'ace'
  | 'learned'
  | 'remul'
  | 'penalties'
  | 'lambda'
  | 'projection'
  | 'adam'
  | 'relaxationDecay'
>;

/** Price of ½u² of the slacks of resilient constraints. */
const resilience = 1;
/** Weight decay of W and of the equivariant weights: what prefers the latter. Ours. */
const pathwayDecay = { free: 0.3, equivariant: 1e-3 };

/**
 * γ of ACE swings with frequency η per step where the loss does not care: with π/2 over the steps of a
 * training it comes from 1 to 0 just once. Ours.
 */
const aceStepSize = (steps: number): number => Math.PI / (2 * steps);

const relaxations = {
  none: () => ({}),
  schedule: ({ schedule, until, penalty, lambda, projection }) => ({
    schedule: within(schedules[schedule](), { until }),
    // The paper changes θ with the epochs, of which it has hundreds.
    per: 'step',
    penalties: lambda > 0 ? penalties[penalty]() : [],
    lambda,
    projection,
  }),
  ace: ({ projection }, steps) => ({ ace: { stepSize: aceStepSize(steps) }, projection }),
  resilient: (_, steps) => ({
    ace: { stepSize: aceStepSize(steps), resilience },
    projection: 'none',
  }),
  pathway: () => ({
    schedule: constant(1),
    projection: 'none',
    adam: { weightDecay: pathwayDecay.equivariant },
    relaxationDecay: pathwayDecay.free,
  }),
  learned: () => ({ learned: {}, projection: 'best' }),
  remul: (_, __, { symmetry, predict }) => {
    const { moved, input, output } = symmetry;
    return {
      remul: { inputs: { [moved]: input }, ...(output && { output }), predict, gradNorm: true },
    };
  },
} satisfies Record<
  string,
  (config: RelaxationConfig, steps: number, experiment: Experiment) => TrainerOptions
>;
export type RelaxationName =
  /** θ follows a schedule, and W is dropped or folded at the end. */
  | 'schedule'
  /** The network as it is. */
  | 'none'
  /** γ of each layer is driven to 0 by a dual variable (ACE). */
  | 'ace'
  /** The same, but what it costs the task too much to give up stays (resilient ACE). */
  | 'resilient'
  /** θ of each layer is learned, and the better projection taken. */
  | 'learned'
  /** Any network, taught equivariance as a second task (REMUL). */
  | 'remul'
  /** θ = 1, and W decays faster than the equivariant weights (residual pathway prior). */
  | 'pathway';
export const relaxationNames = Object.keys(relaxations) as RelaxationName[];

/** The trainer's options that follow from a configuration of an experiment. */
export const trainerOptions = (
  config: RelaxationConfig,
  experiment: Experiment,
): TrainerOptions => {
  const steps = config.epochs * Math.floor(config.train / config.batch);
  const { adam, ...options }: TrainerOptions = relaxations[config.relaxation](
    config,
    steps,
    experiment,
  );
  return {
    ...options,
    learningRate: rateSchedules[config.rateSchedule](config.learningRate),
    adam: { ...adam, ...(config.clipNorm > 0 && { clipNorm: config.clipNorm }) },
  };
};

/** N-body with 1,000 trajectories, and a triangle. */
export const relaxationConfig: RelaxationConfig = {
  experiment: 'n-body',
  network: 'strict',
  width: 8,
  depth: 2,
  seed: 0,
  train: 1000,
  validation: 500,
  test: 1000,
  epochs: 150,
  validateEvery: 1,
  batch: 100,
  learningRate: 1e-3,
  rateSchedule: 'constant',
  clipNorm: 1,
  relaxation: 'schedule',
  schedule: 'triangle',
  until: 1,
  penalty: 'paper',
  lambda: 0.01,
  projection: 'drop',
};

const names: Readonly<Partial<Record<keyof RelaxationConfig, readonly string[]>>> = {
  experiment: experimentNames,
  relaxation: relaxationNames,
  schedule: scheduleNames,
  rateSchedule: rateScheduleNames,
  penalty: penaltyNames,
  projection: ['drop', 'fold'],
};

/** @throws RelaxationError for numbers that make no sense and names that there are not. */
export function checkRelaxationConfig(config: RelaxationConfig): void {
  const fail = (message: string): never => {
    throw new RelaxationError('RelaxationConfig', message);
  };
  for (const [name, like] of Object.entries(relaxationConfig)) {
    const value: unknown = config[name as keyof RelaxationConfig];
    if (typeof value !== typeof like) {
      fail(`${name} must be a ${typeof like}, got ${JSON.stringify(value)}.`);
    }
    const known = names[name as keyof RelaxationConfig];
    if (known && !known.includes(value as string)) {
      fail(`there is no ${name} '${String(value)}'; there are: ${known.join(', ')}.`);
    }
  }
  const counts = [
    'width',
    'depth',
    'train',
    'validation',
    'test',
    'epochs',
    'validateEvery',
    'batch',
  ] as const;
  for (const name of counts) {
    const value = config[name];
    if (!(Number.isInteger(value) && value > 0)) {
      fail(`${name} must be a positive integer, got ${value}.`);
    }
  }
  if (!Number.isSafeInteger(config.seed)) fail(`seed must be an integer, got ${config.seed}.`);
  if (!(config.learningRate > 0)) {
    fail(`learningRate must be positive, got ${config.learningRate}.`);
  }
  if (!(config.clipNorm >= 0)) fail(`clipNorm must not be negative, got ${config.clipNorm}.`);
  if (!(config.until > 0 && config.until <= 1)) {
    fail(`until must be above 0 and at most 1, got ${config.until}.`);
  }
  if (!(config.lambda >= 0)) fail(`lambda must not be negative, got ${config.lambda}.`);
  const { networks } = experiments[config.experiment];
  if (!Object.hasOwn(networks, config.network)) {
    fail(
      `'${config.experiment}' has no network '${config.network}'; there are: ` +
        `${Object.keys(networks).join(', ')}.`,
    );
  }
}
