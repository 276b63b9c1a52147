/** What a run of symmetry-cloning does: one flat record, printed and stored beside its result. */
import { armNames, type ArmName } from '../arms/names.js';
import type { TaskName } from '../tasks/task.js';
import { studentFamily } from '../students/family.js';
import { planarGroup, subgroupAction } from '../teachers/planarSymmetry.js';
import { ConfigError } from './errors.js';
import { checkFields, list, number, oneOf, pair, text, type Fields } from './fields.js';

/**
 * What stage 2 does with θ. `retain` holds it; `break` trains it, drawn back to where stage 1 left
 * it by `anchorWeight`; `partial` trains it and penalises what breaks the subgroup `keep`;
 * `schedule` lets the anchor's weight fall to 0 over the training.
 */
export type CloningMode = 'retain' | 'break' | 'partial' | 'schedule';

/**
 * What stage 1 sees. `noise`: N(0, 1) in both layers. `activations`: noise in the first, in the
 * second what the first makes of it. `data`, `covariance`: training images, or noise with their
 * mean and covariance, in the first, and what it makes of them in the second.
 */
export type CloneInputs = 'noise' | 'data' | 'covariance' | 'activations';

export interface CloningConfig {
  /** The symmetry: the shifts T(2), or C1, C2, C4, D1, D2, D4, which act exactly on a square grid. */
  readonly group: string;
  /** The group of the control that clones the wrong symmetry; also `scrambled T(2)`. */
  readonly wrongGroup: string;
  readonly task: TaskName;
  readonly mode: CloningMode;
  /** The subgroup that mode `partial` keeps. */
  readonly keep: string;
  /** The networks that are trained and measured. */
  readonly arms: readonly ArmName[];
  readonly seed: number;
  /** The students' family; see `studentFamily`. */
  readonly student: string;
  /** Width of the two students. */
  readonly widths: readonly [number, number];
  readonly cloneInputs: CloneInputs;
  /** Stage 1: steps of the two clones, samples per step, and peak learning rate. */
  readonly cloneSteps: readonly [number, number];
  readonly cloneBatch: number;
  readonly cloneLearningRate: number;
  /** Side of the square in the middle of the digits that is used; null: all. */
  readonly crop: number | null;
  /** Side of the images that the networks see, which divides that; null: half of it. */
  readonly size: number | null;
  /** Side of the filters. */
  readonly kernelSize: number;
  /** Channels of the two layers. */
  readonly channels: readonly [number, number];
  /** Stage 2: passes over the training digits, batch, peak learning rates (θ has its own). */
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly thetaLearningRate: number;
  /** Peak learning rate of ordinary MLPs. */
  readonly scratchLearningRate: number;
  /** Weight of the filters' divergence from N(0, 1) (the KL term read as one on τ). */
  readonly klWeight: number;
  /** 1/σ² of ‖θ − θ₀‖² / 2σ² (the KL term read as one on θ), in modes `break` and `schedule`. */
  readonly anchorWeight: number;
  /** Weight of the penalty that keeps the subgroup in mode `partial`. */
  readonly keepWeight: number;
  /**
   * Controls: weights of the terms in their losses, and the times by which arms `longer` and
   * `augmented` train longer. */
  readonly remulWeight: number;
  readonly distillationWeight: number;
  readonly pathwayWeight: number;
  readonly longerFactor: number;
  /** Hidden units and peak learning rate of the MLP that is averaged over the group. */
  readonly invariantWidth: number;
  readonly invariantLearningRate: number;
  /** Steps of stage 2 between measurements of the symmetry, a multiple of 50; 0: none on the way. */
  readonly measureEvery: number;
  /** Digits to train and to test on. */
  readonly train: number;
  readonly test: number;
}

/** The settings of the first table in docs/results.md. */
export const fullConfig: CloningConfig = {
  group: 'C4',
  wrongGroup: 'D1',
  task: 'symmetry',
  mode: 'retain',
  keep: 'C2',
  arms: ['teacher', 'scratch', 'clone', 'wrongGroup'],
  seed: 0,
  student: 'glu',
  widths: [2048, 1024],
  cloneInputs: 'noise',
  cloneSteps: [2000, 3000],
  cloneBatch: 256,
  cloneLearningRate: 4e-3,
  crop: null,
  size: null,
  kernelSize: 3,
  channels: [16, 24],
  epochs: 6,
  batch: 64,
  learningRate: 2e-2,
  thetaLearningRate: 1e-3,
  scratchLearningRate: 1e-3,
  klWeight: 1e-4,
  anchorWeight: 0,
  keepWeight: 1,
  remulWeight: 1,
  distillationWeight: 1,
  pathwayWeight: 1e-2,
  longerFactor: 1,
  invariantWidth: 128,
  invariantLearningRate: 5e-3,
  measureEvery: 0,
  train: 8000,
  test: 2000,
};

const positive = { above: 0 };
const atLeastOne = { integer: true, atLeast: 1 };

const fields: Fields<CloningConfig> = {
  group: text,
  wrongGroup: text,
  task: oneOf('symmetry', 'breaking'),
  mode: oneOf('retain', 'break', 'partial', 'schedule'),
  keep: text,
  arms: list(oneOf(...armNames)),
  seed: number({ integer: true }),
  student: text,
  widths: pair(number(atLeastOne)),
  cloneInputs: oneOf('noise', 'data', 'covariance', 'activations'),
  cloneSteps: pair(number(atLeastOne)),
  cloneBatch: number(atLeastOne),
  cloneLearningRate: number(positive),
  crop: number({ ...atLeastOne, orNull: true }),
  size: number({ ...atLeastOne, orNull: true }),
  kernelSize: number(atLeastOne),
  channels: pair(number(atLeastOne)),
  epochs: number(positive),
  batch: number(atLeastOne),
  learningRate: number(positive),
  thetaLearningRate: number(positive),
  scratchLearningRate: number(positive),
  klWeight: number({ atLeast: 0 }),
  anchorWeight: number({ atLeast: 0 }),
  keepWeight: number({ atLeast: 0 }),
  remulWeight: number({ atLeast: 0 }),
  distillationWeight: number({ atLeast: 0 }),
  pathwayWeight: number({ atLeast: 0 }),
  longerFactor: number(positive),
  invariantWidth: number(atLeastOne),
  invariantLearningRate: number(positive),
  measureEvery: number({ integer: true, atLeast: 0 }),
  train: number(atLeastOne),
  test: number(atLeastOne),
};

/**
 * Reads a configuration that may come from a file: every field must be there and fit, and no other.
 *
 * @throws ConfigError that names the field, what it is and what it may be.
 */
export const parseConfig = (record: unknown): CloningConfig => checkFields(record, fields);

export const configNames = Object.keys(fields) as readonly (keyof CloningConfig)[];

/** The default wrong group: one that shares only the identity with the group, where there is one. */
export function defaultWrongGroup(group: string): string {
  if (group === 'T(2)') return 'scrambled T(2)';
  if (group === 'D1') return 'C4';
  return group === 'C1' ? 'D1' : group.startsWith('C') ? 'D1' : 'C1';
}

/** The side of the images that the networks see. */
export const imageSize = ({ crop, size }: CloningConfig, side: number): number =>
  size ?? (crop ?? side) / 2;

/**
 * Sees that the parts of a configuration fit together, and fit digits of a size.
 *
 * @param side of the digits in pixels.
 * @throws ConfigError or, for a group that does not act exactly, InexactActionError.
 */
export function checkConfig(config: CloningConfig, side: number): void {
  parseConfig(config);
  const size = checkSizes(config, side);
  planarGroup(config.group, size);
  planarGroup(config.wrongGroup, size);
  if (config.mode === 'partial') subgroupAction(config.keep, size);
  studentFamily(config.student, config.widths[0]);
  if (config.batch > config.train) {
    throw new ConfigError(
      `A batch of ${config.batch} needs more than ${config.train} training digits.`,
    );
  }
  if (config.measureEvery % 50 !== 0) {
    throw new ConfigError(`measureEvery must be a multiple of 50, not ${config.measureEvery}.`);
  }
  if (config.mode === 'schedule' && config.anchorWeight === 0) {
    throw new ConfigError(
      'Mode schedule lets the weight of the anchor fall, and it is 0. Give anchorWeight, such as 10.',
    );
  }
}

function checkSizes(config: CloningConfig, side: number): number {
  const used = config.crop ?? side;
  if (used > side || (side - used) % 2 !== 0) {
    throw new ConfigError(
      `The middle ${used}×${used} of digits that are ${side} pixels wide cannot be cut out; crop ` +
        'must be smaller by an even number.',
    );
  }
  const size = imageSize(config, side);
  if (!Number.isInteger(used / size) || size % 2 !== 0) {
    throw new ConfigError(
      `Digits ${used} pixels wide cannot be averaged to ${size}; the network halves them once more, ` +
        'so size must be even and divide the width (without size it is half of it).',
    );
  }
  return size;
}
