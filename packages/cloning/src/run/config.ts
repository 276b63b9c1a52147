/** What a run of symmetry-cloning does: one flat record, printed and stored beside its result. */
import { gridAction, group as parseGroup, type FiniteGroup, type Group } from '@intertwiner/groups';
import { gluFamily } from '../students/glu.js';
import { mlpFamily } from '../students/mlp.js';
import type { StudentFamily } from '../students/student.js';
import type { TaskName } from '../tasks/task.js';

export interface CloningConfig {
  /** The symmetry: C1, C2, C4, D1, D2 or D4, the groups that act exactly on a square grid. */
  readonly group: string;
  /** The group of the control that clones the wrong symmetry. */
  readonly wrongGroup: string;
  readonly task: TaskName;
  /** `retain` holds θ in stage 2, `break` trains it too. */
  readonly mode: 'retain' | 'break';
  readonly seed: number;
  /** `glu`: bilinear gated MLP; `mlp`: ReLU MLP. */
  readonly student: 'glu' | 'mlp';
  /** Hidden units of the two clones. */
  readonly widths: readonly [number, number];
  /** Stage 1: steps of the two clones, samples per step, and peak learning rate. */
  readonly cloneSteps: readonly [number, number];
  readonly cloneBatch: number;
  readonly cloneLearningRate: number;
  /** Side of the filters. */
  readonly kernelSize: number;
  /** Channels after the lifting and after the group convolution. */
  readonly channels: readonly [number, number];
  /** Stage 2: passes over the training digits, batch, peak learning rates. */
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Peak learning rate of the scratch MLP. */
  readonly scratchLearningRate: number;
  /** Weight of the filters' divergence from N(0, 1). */
  readonly klWeight: number;
  /** Digits to train and to test on. */
  readonly train: number;
  readonly test: number;
}

/** The settings of the results in docs/results.md. */
export const fullConfig: CloningConfig = {
  group: 'C4',
  wrongGroup: 'D1',
  task: 'symmetry',
  mode: 'retain',
  seed: 0,
  student: 'glu',
  widths: [2048, 1024],
  cloneSteps: [2000, 3000],
  cloneBatch: 256,
  cloneLearningRate: 4e-3,
  kernelSize: 3,
  channels: [16, 24],
  epochs: 6,
  batch: 64,
  learningRate: 2e-2,
  scratchLearningRate: 1e-3,
  klWeight: 1e-4,
  train: 8000,
  test: 2000,
};

/** A run that cannot be carried out as asked. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The default wrong group: one that shares only the identity with the group, where there is one. */
export function defaultWrongGroup(group: string): string {
  if (group === 'D1') return 'C4';
  return group === 'C1' ? 'D1' : group.startsWith('C') ? 'D1' : 'C1';
}

/**
 * Throws ConfigError or, for a group that does not act exactly, InexactActionError; returns the two
 * groups.
 *
 * @param side of the digits in pixels.
 */
export function checkConfig(
  config: CloningConfig,
  side: number,
): { group: FiniteGroup; wrongGroup: FiniteGroup } {
  const positive = ['cloneBatch', 'epochs', 'batch', 'train', 'test', 'cloneLearningRate'] as const;
  for (const name of positive) requirePositive(name, config[name]);
  for (const name of ['widths', 'cloneSteps', 'channels'] as const) {
    for (const value of config[name]) requirePositive(name, value);
  }
  if (side % 4 !== 0) {
    throw new ConfigError(
      `The digits are ${side} pixels wide; the network halves them twice, so the width must be a ` +
        'multiple of 4.',
    );
  }
  if (config.batch > config.train) {
    throw new ConfigError(
      `A batch of ${config.batch} needs more than ${config.train} training digits.`,
    );
  }
  return { group: pointGroup(config.group, side), wrongGroup: pointGroup(config.wrongGroup, side) };
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0)) throw new ConfigError(`${name} must be positive, not ${value}.`);
}

/** A group that fixes the centre of the grid, which the filters of a group convolution turn about. */
function pointGroup(spec: string, side: number): FiniteGroup {
  const { group } = gridAction(parse(spec), { height: side, width: side });
  if (/^[CD]\d+$/.test(group.name)) return group;
  throw new ConfigError(
    `Cloning needs a group of rotations and reflections about the centre: C1, C2, C4, D1, D2 or D4, ` +
      `not ${group.name}.`,
  );
}

function parse(spec: string): Group {
  try {
    return parseGroup(spec);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message);
    throw error;
  }
}

/** The family of students with a number of hidden units. */
export const familyOf = (student: CloningConfig['student'], width: number): StudentFamily =>
  student === 'glu' ? gluFamily(width) : mlpFamily(width);
