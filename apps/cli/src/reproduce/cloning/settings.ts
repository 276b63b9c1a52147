/** What `reproduce cloning` runs: the paper's four tasks, and around them one thing varied at a time. */
import { fullConfig, type ArmName, type CloningConfig, type TaskName } from '@intertwiner/cloning';

export const groups = ['C4', 'T(2)'] as const;
export type GroupName = (typeof groups)[number];
export const tasks: readonly TaskName[] = ['symmetry', 'breaking'];

/** The rows of a task's table that are computed first, for all seeds. */
export const mainArms = (task: TaskName): readonly ArmName[] => [
  'teacher',
  cloneFor(task),
  'scratch',
  'wrongGroup',
  'shuffled',
];

/** The other controls. */
export const controlArms = (task: TaskName): readonly ArmName[] => [
  'invariant',
  'augmented',
  ...(task === 'breaking' ? (['longer'] as const) : []),
  'remul',
  'distilled',
  'pathway',
];

/** Rows that are computed after all others: what θ held or trained does where it should not be. */
export const furtherArms = (task: TaskName): readonly ArmName[] => [
  task === 'symmetry' ? 'broken' : 'retained',
  'oracle',
];

/** The clone that a task is for. */
export const cloneFor = (task: TaskName): 'retained' | 'broken' =>
  task === 'symmetry' ? 'retained' : 'broken';

export interface CloningSettings {
  /** What the data are called. */
  readonly data: string;
  readonly seeds: readonly number[];
  /** A run's configuration for each group; seed, task, arms and digits differ. */
  readonly base: Readonly<Record<GroupName, CloningConfig>>;
  /** Numbers of training digits below the table's. */
  readonly fewer: readonly number[];
  /** Passes over so few digits: more of them, so that all have some hundred steps. */
  readonly fewerEpochs: readonly number[];
  /** Steps of stage 1 after which the clone of C4 is taken downstream. */
  readonly survivalSteps: readonly number[];
  /** 1/σ² of the anchor of θ in the breaking task. */
  readonly anchors: readonly number[];
  /** Students of the lifting of C4: specification, width and steps. */
  readonly students: readonly (readonly [student: string, width: number, steps: number])[];
}

const common: CloningConfig = {
  ...fullConfig,
  crop: 24,
  size: 8,
  widths: [576, 256],
  cloneSteps: [1500, 1500],
  cloneBatch: 128,
  cloneLearningRate: 1e-2,
  thetaLearningRate: 3e-3,
  epochs: 4,
  longerFactor: 5,
  scratchLearningRate: 1e-2,
  invariantLearningRate: 2e-2,
  remulWeight: 0.3,
  pathwayWeight: 0.03,
};

export const fullSettings = (data: string): CloningSettings => ({
  data,
  seeds: [0, 1, 2, 3, 4],
  base: {
    C4: { ...common, group: 'C4', wrongGroup: 'T(2)', channels: [12, 16], invariantWidth: 512 },
    'T(2)': { ...common, group: 'T(2)', wrongGroup: 'scrambled T(2)', channels: [16, 24] },
  },
  fewer: [100, 300, 1000],
  fewerEpochs: [200, 80, 24],
  survivalSteps: [100, 150, 200, 300, 500, 800],
  anchors: [0.01, 0.1, 1, 10],
  students: [
    ...studentGrid(['glu'], [144, 288, 576], [375, 750, 1500, 3000]),
    ...studentGrid(otherFamilies, [288, 576], [750, 1500]),
  ],
});

/** Minutes: few steps, two seeds. Shows how it goes and says nothing. */
export const quickSettings = (data: string): CloningSettings => {
  const small: Partial<CloningConfig> = {
    widths: [96, 64],
    cloneSteps: [100, 100],
    cloneBatch: 64,
    channels: [2, 3],
    epochs: 1,
    train: 320,
    test: 60,
    longerFactor: 1,
    invariantWidth: 8,
  };
  const { base, ...rest } = fullSettings(data);
  return {
    ...rest,
    seeds: [0, 1],
    base: { C4: { ...base.C4, ...small }, 'T(2)': { ...base['T(2)'], ...small } },
    fewer: [100],
    fewerEpochs: [1],
    survivalSteps: [50],
    anchors: [1],
    students: [
      ['glu', 64, 50],
      ['mlp', 64, 50],
    ],
  };
};

const otherFamilies = ['mlp', 'mlp:2', 'residual:2', 'lowrank:64', 'transformer:1'];

const studentGrid = (
  families: readonly string[],
  widths: readonly number[],
  steps: readonly number[],
) =>
  families.flatMap((family) =>
    widths.flatMap((width) => steps.map((count) => [family, width, count] as const)),
  );

/** The configuration of one run. */
export const configOf = (
  settings: CloningSettings,
  group: GroupName,
  over: Partial<CloningConfig>,
): CloningConfig => ({ ...settings.base[group], ...over });

/** All rows of a task's table. */
export const tableArms = (task: TaskName): readonly ArmName[] => [
  ...mainArms(task),
  ...controlArms(task),
  ...furtherArms(task),
];
