/** The parts of `reproduce cloning`, each a list of units that are computed in one go. */
import { join } from 'node:path';
import {
  clonePhase,
  folderStore,
  gaussianNoise,
  mapSymmetry,
  noStore,
  normalisedMse,
  planarSymmetry,
  runCloning,
  runningStudent,
  runPhase,
  studentFamily,
  type ArmName,
  type ClassifierResult,
  type CloningConfig,
  type InvarianceError,
  type PhaseOptions,
  type TaskName,
} from '@intertwiner/cloning';
import type { Digits } from '@intertwiner/datasets';
import { random } from '@intertwiner/random';
import { measureInference } from './inference.js';
import { filterErrors, symmetryByLayer } from './laws.js';
import { prepareDigits } from '../../verbs/cloneData.js';
import type { Unit } from '../experiment.js';
import {
  cloneFor,
  configOf,
  controlArms,
  furtherArms,
  groups,
  mainArms,
  tasks,
  type CloningSettings,
  type GroupName,
} from './settings.js';

/** What is kept of a trained network. */
export interface ArmRecord {
  readonly plain: number;
  readonly moved: number;
  readonly invariantCap: number;
  /** Mean errors of the logits. */
  readonly onData: number;
  readonly onNoise: number;
  /** Before and after stage 1, where there is one. */
  readonly before?: { readonly stage1: ErrorPair; readonly stage2: ErrorPair };
  readonly parameters: number;
  readonly steps: number;
  readonly msPerStep: number;
  readonly stage1?: readonly {
    readonly name: string;
    readonly error: number;
    readonly ms: number;
  }[];
  /** Of the symmetry through stage 2: [step, on data, on noise]. */
  readonly curve?: readonly (readonly [number, number, number])[];
}

interface ErrorPair {
  readonly onData: number;
  readonly onNoise: number;
}

/** What is kept of a student that was cloned alone. */
export interface StudentRecord {
  readonly parameters: number;
  readonly error: number;
  readonly equivarianceError: number;
  readonly teacherSymmetry: string;
  readonly milliseconds: number;
}

/** What the units share. */
export interface UnitContext {
  readonly settings: CloningSettings;
  /** Those of the settings that are computed now. */
  readonly seeds: readonly number[];
  readonly digits: Digits;
  /** Where clones are kept, which many units share. */
  readonly cache: string;
}

/** A task's table: the main rows for all seeds, then the other controls. */
export const tableUnits =
  (group: GroupName, task: TaskName) =>
  (context: UnitContext): Unit[] => [
    ...rowUnits(context, group, task, mainArms(task)),
    ...rowUnits(context, group, task, controlArms(task)),
  ];

const rowUnits = (
  context: UnitContext,
  group: GroupName,
  task: TaskName,
  names: readonly ArmName[],
): Unit[] =>
  context.seeds.flatMap((seed) =>
    names.map((arm) =>
      armUnit(context, `table/${group} ${task}/${arm}`, { group, task, arm, seed }),
    ),
  );

/** The rows that are computed last. */
export const furtherUnits = (context: UnitContext): Unit[] =>
  eachTask((group, task) => rowUnits(context, group, task, furtherArms(task)));

/** The clone, its teacher and the scratch MLP with fewer digits. */
export const fewerUnits = (context: UnitContext): Unit[] => {
  const { fewer, fewerEpochs } = context.settings;
  return context.seeds.flatMap((seed) =>
    fewer.flatMap((train, i) =>
      eachTask((group, task) =>
        ([cloneFor(task), 'scratch', 'teacher', 'augmented'] as const).map((arm) =>
          armUnit(context, `fewer/${group} ${task}/${arm}/${train}`, {
            group,
            task,
            arm,
            seed,
            over: { train, epochs: fewerEpochs[i]!, longerFactor: 1 },
          }),
        ),
      ),
    ),
  );
};

/** The C4 clone held in the symmetry task after fewer steps of stage 1: how good must it be? */
export const survivalUnits = (context: UnitContext): Unit[] =>
  context.seeds.flatMap((seed) =>
    context.settings.survivalSteps.map((steps) =>
      armUnit(context, `survival/${steps}`, {
        group: 'C4',
        task: 'symmetry',
        arm: 'retained',
        seed,
        over: { cloneSteps: [steps, steps] },
      }),
    ),
  );

/** The C4 clone in the breaking task, θ drawn back to where stage 1 left it. */
export const anchorUnits = (context: UnitContext): Unit[] =>
  context.seeds.flatMap((seed) =>
    context.settings.anchors.map((anchorWeight) =>
      armUnit(context, `anchor/${anchorWeight}`, {
        group: 'C4',
        task: 'breaking',
        arm: 'broken',
        seed,
        over: { anchorWeight },
      }),
    ),
  );

/** Modes partial and schedule in the breaking task, with the symmetry measured on the way. */
export const modeUnits = (context: UnitContext): Unit[] =>
  context.seeds.flatMap((seed) =>
    (['retained', 'broken', 'partial', 'scheduled'] as const).map((arm) =>
      armUnit(context, `modes/${arm}`, {
        group: 'C4',
        task: 'breaking',
        arm,
        seed,
        over: { measureEvery: 150, anchorWeight: arm === 'scheduled' ? 10 : 0 },
      }),
    ),
  );

/** What stage 1 sees. */
export const inputUnits = (context: UnitContext): Unit[] =>
  context.seeds.flatMap((seed) =>
    (['activations', 'covariance', 'data'] as const).map((cloneInputs) =>
      armUnit(context, `inputs/${cloneInputs}`, {
        group: 'C4',
        task: 'symmetry',
        arm: 'retained',
        seed,
        over: { cloneInputs },
      }),
    ),
  );

/** The lifting of C4 by students of several families, widths and steps. */
export const studentUnits = (context: UnitContext): Unit[] =>
  context.settings.students.map(([student, width, steps]) =>
    studentUnit(context, `students/${student}/${width}/${steps}`, {
      group: 'C4',
      student,
      width,
      steps,
    }),
  );

/** The same student for groups of several orders. */
export const orderUnits = (context: UnitContext): Unit[] => {
  const [width] = context.settings.base.C4.widths;
  const [steps] = context.settings.base.C4.cloneSteps;
  return ['C1', 'C2', 'C4', 'D4'].map((group) =>
    studentUnit(context, `orders/${group}`, { group, student: 'glu', width, steps }),
  );
};

/** What inference costs: the network of clones against that of their teachers, in ONNX Runtime. */
export const inferenceUnits = (context: UnitContext): Unit[] =>
  groups.map((group) => ({
    key: `inference/${group}`,
    run: () => measureInference(configOf(context.settings, group, {})),
  }));

/** The clones of C4 that were trained for the survival units, and those of the table. */
const stage1Steps = ({ settings }: UnitContext): number[] => [
  ...settings.survivalSteps,
  settings.base.C4.cloneSteps[0],
];

/** How the errors of the two cloned layers add up, before stage 2. */
export const compoundingUnits = (context: UnitContext): Unit[] =>
  context.seeds.flatMap((seed) =>
    stage1Steps(context).map((steps) => {
      const config = configOf(context.settings, 'C4', { seed, cloneSteps: [steps, steps] });
      return {
        key: `compounding/${steps}/${seed}`,
        run: () => symmetryByLayer(config, context.digits, stage1Options(context, config)),
      };
    }),
  );

/** How well a clone follows filters unlike those it was cloned on. */
export const filterUnits = (context: UnitContext): Unit[] =>
  context.seeds.map((seed) => {
    const config = configOf(context.settings, 'C4', { seed });
    return {
      key: `filters/${seed}`,
      run: () => filterErrors(config, context.digits, stage1Options(context, config)),
    };
  });

const eachTask = (make: (group: GroupName, task: TaskName) => Unit[]): Unit[] =>
  groups.flatMap((group) => tasks.flatMap((task) => make(group, task)));

interface ArmRun {
  readonly group: GroupName;
  readonly task: TaskName;
  readonly arm: ArmName;
  readonly seed: number;
  readonly over?: Partial<CloningConfig>;
}

function armUnit(context: UnitContext, key: string, run: ArmRun): Unit {
  const { group, task, arm, seed, over = {} } = run;
  const config = configOf(context.settings, group, {
    task,
    // What the controls do with θ is what the task is for.
    mode: task === 'symmetry' ? 'retain' : 'break',
    // Longer augmentation can only help where it is right.
    ...(task === 'breaking' && arm === 'augmented' && { longerFactor: 1 }),
    ...over,
    seed,
    arms: [arm],
  });
  return {
    key: `${key}/${seed}`,
    async run() {
      const { train, test } = prepareDigits(context.digits, config);
      const result = await runCloning(
        { config, train, test },
        { ...oneThread, stage1Store: stage1Options(context, config).store },
      );
      return recordOf(result.arms[arm]!, result.invariantCap);
    },
  };
}

const oneThread = { device: 'cpu', threads: 1, store: noStore } as const;

/** Clones that were made before are found. */
const stage1Options = (context: UnitContext, config: CloningConfig): PhaseOptions => ({
  ...oneThread,
  store: folderStore(cacheFolder(context, config), stage1Key(config)),
});

/** What a clone depends on: not the task, the digits, or stage 2 (unless it is cloned on digits). */
function stage1Key(config: CloningConfig): string {
  const { student, widths, cloneInputs, cloneSteps, cloneBatch, cloneLearningRate } = config;
  const { kernelSize, crop, size, seed } = config;
  const how = { student, widths, cloneInputs, cloneSteps, cloneBatch, cloneLearningRate };
  const onDigits = cloneInputs === 'data' || cloneInputs === 'covariance' ? config.train : null;
  return JSON.stringify({ ...how, kernelSize, crop, size, seed, onDigits });
}

const cacheFolder = ({ cache }: UnitContext, config: CloningConfig): string =>
  join(cache, stage1Key(config).replaceAll(/[^\w.]+/g, '-'));

const pair = ({ data, noise }: InvarianceError): ErrorPair => ({
  onData: data.mean,
  onNoise: noise.mean,
});

const recordOf = (result: ClassifierResult, invariantCap: number): ArmRecord => {
  const { accuracy, invariance, parameters, steps, msPerStep, stage1, before, symmetry } = result;
  return {
    plain: accuracy.plain,
    moved: accuracy.transformed,
    invariantCap,
    ...pair(invariance),
    ...(before && { before: { stage1: pair(before.stage1), stage2: pair(before.stage2) } }),
    parameters,
    steps,
    msPerStep,
    ...(stage1 && {
      stage1: stage1.map(({ name, normalisedMse: error, steps: taken, msPerStep: each }) => ({
        name,
        error,
        ms: taken * each,
      })),
    }),
    ...(symmetry && {
      curve: Array.from(
        symmetry.steps,
        (step, i) => [step, symmetry.data[i]!, symmetry.noise[i]!] as const,
      ),
    }),
  };
};

interface StudentRun {
  readonly group: string;
  readonly student: string;
  readonly width: number;
  readonly steps: number;
}

function studentUnit({ settings }: UnitContext, key: string, run: StudentRun): Unit {
  const { kernelSize, cloneBatch: batchSize, cloneLearningRate, size } = settings.base.C4;
  return {
    key,
    async run(): Promise<StudentRecord> {
      const [teacher] = planarSymmetry(run.group, size!, kernelSize).layers;
      // Ordinary networks diverge at the gated one's rate.
      const learningRate = /^(glu|lowrank)/.test(run.student) ? cloneLearningRate : 1e-3;
      const seed = settings.seeds[0]!;
      const family = studentFamily(run.student, run.width);
      const student = family.create(teacher, key, random(seed, key));
      try {
        const phase = clonePhase(key, teacher, student, {
          steps: run.steps,
          batchSize,
          learningRate,
          seed,
        });
        const { steps, msPerStep } = await runPhase(phase, oneThread);
        const map = await runningStudent(teacher, student);
        const inputs = gaussianNoise(teacher.inputSize);
        const symmetry = await mapSymmetry(teacher, map, { seed, inputs });
        await map.dispose();
        return {
          parameters: student.weights.reduce((sum, weight) => sum + weight.size, 0),
          error: await normalisedMse(teacher, student, { seed }),
          equivarianceError: symmetry.mean,
          teacherSymmetry: teacher.name,
          milliseconds: steps * msPerStep,
        };
      } finally {
        student.dispose();
      }
    },
  };
}
