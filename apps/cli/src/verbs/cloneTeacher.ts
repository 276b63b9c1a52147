/** `clone --teacher FILE`: an ordinary network learns any ONNX model, whatever trained it. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  clearStore,
  cloneTeacher,
  defaultTeacherConfig,
  folderStore,
  onnxTeacher,
  parseTeacherConfig,
  teacherConfigNames,
  type Claim,
  type ClonedFunction,
  type Rows,
  type TeacherCloningResult,
  type TeacherConfig,
} from '@intertwiner/cloning';
import {
  compareRuntimes,
  loadModel,
  loadTfjsBackend,
  parseDevice,
  readModelFile,
  requireDevice,
  resolveDevice,
  writeFileAtomic,
  type LoadedModel,
} from '@intertwiner/engine';
import { group as parseGroup, type Group } from '@intertwiner/groups';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { loadSamples } from '../audit/data.js';
import type { Part } from '../audit/feeds.js';
import type { Target } from '../audit/measure.js';
import { actionOn } from '../audit/side.js';
import { targetOf, type TargetOptions } from '../audit/target.js';
import { UsageError } from '../io/errors.js';
import { interruptSignal } from '../io/interrupt.js';
import type { CommonOptions } from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import type { Parity } from '../report/cloneDocument.js';
import { teacherReport } from '../report/teacherReport.js';
import { writeReport } from '../report/writeReport.js';
import { configFile, configPath } from './cloneConfig.js';
import { asUsageErrors } from './groupSpec.js';

/** Everything that decides the result. */
interface TeacherRunConfig extends TeacherConfig {
  readonly teacher: string;
  readonly group: string;
  readonly input: readonly string[];
  readonly output: string | null;
  readonly extent: Readonly<Record<string, number>>;
  readonly data: string | null;
}

export interface TeacherOptions extends CommonOptions, Omit<TargetOptions, 'seed'> {
  readonly teacher: string;
  readonly config?: string;
  readonly data?: string;
  readonly student?: string;
  readonly widths?: readonly [number, number];
  readonly search?: number;
  readonly cloneInputs?: string;
  readonly cloneSteps?: readonly [number, number];
  readonly cloneBatch?: number;
  readonly cloneLearningRate?: number;
  readonly tolerance?: number;
  readonly threads?: number;
  readonly saveEvery: number;
  readonly resume: boolean;
}

/** What `report.json` holds. */
export interface TeacherDocument extends Omit<TeacherCloningResult, 'loss'> {
  readonly teacher: string;
  readonly group: string;
  readonly device: string;
  readonly onnx: { readonly path: string; readonly parity: readonly Parity[] };
  readonly seconds: number;
  readonly config: TeacherRunConfig;
}

/** Samples of the user's that are used at most. */
const largestData = 100_000;

export async function cloneTeacherVerb(options: TeacherOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const bytes = await readModelFile(options.teacher);
  const model = await loadModel(bytes, { device: 'cpu', threads: options.threads ?? 1 });
  try {
    const target = await asUsageErrors(() => targetOf(model, options));
    const config = await configOf(options, target.group.name);
    const out = options.out ?? join('runs', `${basename(options.teacher, '.onnx')}-clone`);
    await prepare(out, config, options.resume);
    const output = makeOutput(options.json);
    output.say(`Cloning ${options.teacher} (${config.group}) on ${device}`);
    output.say(JSON.stringify(config, null, 2));
    const part = onlyPart(target);
    const shape = await outputShape(model, target, part);
    const claim = claimOf(model, options, target, part, shape);
    const progress = makeProgress();
    const started = performance.now();
    let parity: Parity[] = [];
    const result = await cloneTeacher(
      {
        config: teacherConfigOf(config),
        claim,
        alternatives: alternativesTo(model, options, target, part, shape),
        rows: options.data ? await rowsFrom(options.data, part) : undefined,
      },
      {
        device,
        threads: options.threads,
        saveSeconds: options.saveEvery,
        store: folderStore(join(out, 'checkpoint'), JSON.stringify(config)),
        signal: interruptSignal(`Go on with the same options and --resume`),
        onProgress: ({ phase, step, steps, loss }) =>
          progress.update(phase, step, steps, `loss ${short(loss)}`),
        onTried: ({ student, equivarianceError }) =>
          output.say(`${student}: equivariance error ${short(equivarianceError)}`),
        onStudent: async (student) => {
          parity = await exportClone(student, { out, part, shape, target, config });
        },
      },
    ).finally(() => progress.stop());
    const { loss, ...found } = result;
    const document: TeacherDocument = {
      teacher: options.teacher,
      group: config.group,
      device,
      ...found,
      onnx: { path: join(out, 'student.onnx'), parity },
      seconds: (performance.now() - started) / 1000,
      config,
    };
    await writeReport(out, document, teacherReport(document, loss));
    output.result(document, summary(document, out));
  } finally {
    await model.dispose();
  }
}

async function configOf(options: TeacherOptions, group: string): Promise<TeacherRunConfig> {
  const file =
    options.config === undefined ? {} : await configFile(options.config, teacherConfigNames);
  const { student, search, cloneInputs, cloneBatch, cloneLearningRate, tolerance } = options;
  const given = {
    ...{ student, search, cloneInputs, cloneBatch, cloneLearningRate, tolerance },
    width: options.widths?.[0],
    cloneSteps: options.cloneSteps?.[0],
  };
  const named = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return {
    teacher: options.teacher,
    group,
    input: options.input,
    output: options.output ?? null,
    extent: options.extent,
    data: options.data ?? null,
    ...parseTeacherConfig({ ...defaultTeacherConfig, seed: options.seed, ...file, ...named }),
  };
}

function teacherConfigOf(config: TeacherRunConfig): TeacherConfig {
  const entries = teacherConfigNames.map((name) => [name, config[name]]);
  return Object.fromEntries(entries) as TeacherConfig;
}

/** Makes the folder, or sees that the run in it is the same. */
async function prepare(out: string, config: TeacherRunConfig, resume: boolean): Promise<void> {
  const path = configPath(out);
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (!resume) {
    await mkdir(out, { recursive: true });
    await clearStore(join(out, 'checkpoint'));
    return writeFileAtomic(path, text);
  }
  const stored = await readFile(path, 'utf8').catch(() => null);
  if (stored !== text) {
    throw new UsageError(
      stored === null
        ? `There is no run to resume in '${out}'. Leave out --resume to start one.`
        : `The run in '${out}' has other options (see ${path}). Give those, or leave out --resume.`,
    );
  }
}

function onlyPart({ inputs }: Target): Part {
  const [part, ...others] = inputs.parts;
  if (part && others.length === 0) return part;
  const names = inputs.parts.map(({ name }) => name).join(', ');
  throw new UsageError(`A teacher must have one input; this model has ${names}.`);
}

/** Of one sample of the output. */
async function outputShape(model: LoadedModel, { inputs, output, seed }: Target, part: Part) {
  const batch = inputs.fixedBatch ?? 1;
  const data = random(seed, 'probe').fillNormal(new Float32Array(batch * part.size));
  const feeds = { [part.name]: { data, shape: [batch, ...part.shape] } };
  return (await model.run(feeds))[output.name]!.shape.slice(1);
}

function claimOf(
  model: LoadedModel,
  options: TeacherOptions,
  { output }: Target,
  part: Part,
  shape: readonly number[],
  as: {
    readonly title: string;
    readonly symmetry: Pick<Part, 'action'> & { output: typeof output.action };
  } = {
    title: `${output.action.group.name}, ${part.action.description} → ${output.action.description}`,
    symmetry: { action: part.action, output: output.action },
  },
): Claim {
  return {
    title: as.title,
    teacher: onnxTeacher(model, {
      name: basename(options.teacher),
      inputName: part.name,
      outputName: output.name,
      inputShape: part.shape,
      outputShape: shape,
      input: as.symmetry.action,
      output: as.symmetry.output,
    }),
  };
}

/** Other groups and other actions on the output that fit the tensors' shapes. */
function alternativesTo(
  model: LoadedModel,
  options: TeacherOptions,
  target: Target,
  part: Part,
  shape: readonly number[],
): Claim[] {
  const specs = [
    target.group.name,
    'C2',
    'C4',
    'D1',
    'D2',
    'D4',
    ...torusOf(part.shape),
    'SO(3)',
    'O(3)',
  ];
  const inputWords = target.group.kind === 'lie' ? ['points', 'image'] : ['image', 'points'];
  return [...new Set(specs)].flatMap((spec) =>
    ['invariant', 'image', 'points', 'V', 'reg'].flatMap((words) => {
      try {
        const group: Group = parseGroup(spec);
        const action = firstFitting(inputWords, (word) =>
          actionOn(group, word, part.name, part.shape),
        );
        const output = actionOn(group, words, target.output.name, shape);
        const title = `${spec}, ${action.description} → ${output.description}`;
        return [
          claimOf(model, options, target, part, shape, { title, symmetry: { action, output } }),
        ];
      } catch {
        // The shapes have no such action; that is what is being found out.
        return [];
      }
    }),
  );
}

function firstFitting<T>(words: readonly string[], make: (word: string) => T): T {
  for (const word of words.slice(0, -1)) {
    try {
      return make(word);
    } catch {
      // The next may fit.
    }
  }
  return make(words.at(-1)!);
}

/** All shifts of an image [H, W], [C, H, W] or [H, W, C]. */
function torusOf(shape: readonly number[]): string[] {
  const [a, b, c] = shape;
  if (shape.length === 2) return [`T(${a},${b})`];
  if (shape.length !== 3) return [];
  return a === b && b !== c ? [`T(${a},${b})`] : [`T(${b},${c})`];
}

async function rowsFrom(path: string, part: Part): Promise<Rows> {
  const { name, data } = await loadSamples(path, part, largestData);
  return { name: `${basename(path)} (${name})`, values: data, width: part.size };
}

interface ExportOf {
  readonly out: string;
  readonly part: Part;
  readonly shape: readonly number[];
  readonly target: Target;
  readonly config: TeacherRunConfig;
}

/** Writes student.onnx, which has the teacher's input and output, and compares it with the program. */
async function exportClone(
  student: ClonedFunction,
  { out, part, shape, target, config }: ExportOf,
): Promise<Parity[]> {
  const flat = (x: tf.Tensor) => x.reshape([x.shape[0]!, part.size]) as tf.Tensor2D;
  const run = (x: tf.Tensor) => student(flat(x)).reshape([x.shape[0]!, ...shape]);
  const bytes = exportModel((x) => ({ [target.output.name]: run(x!) }), {
    name: 'student',
    inputs: [{ name: part.name, shape: [null, ...part.shape] }],
    metadata: {
      'intertwiner.group': config.group,
      ...(config.input.length === 1 && { 'intertwiner.input': config.input[0]! }),
      ...(config.output !== null && { 'intertwiner.output': config.output.split(':').at(-1)! }),
      'intertwiner.config': JSON.stringify(config),
    },
  });
  await writeFileAtomic(join(out, 'student.onnx'), bytes);
  const samples = 4;
  const data = random(config.seed, 'parity').fillNormal(new Float32Array(samples * part.size));
  const feed = { data, shape: [samples, ...part.shape] };
  const expected = tf.tidy(() => run(tf.tensor(data, feed.shape)));
  const reference = {
    [target.output.name]: { data: (await expected.data()) as Float32Array, shape: expected.shape },
  };
  expected.dispose();
  const compared = await compareRuntimes(bytes, { [part.name]: feed }, { reference });
  return compared.map(({ device, maxAbsDiff, maxRelDiff }) => ({ device, maxAbsDiff, maxRelDiff }));
}

function summary(document: TeacherDocument, out: string): string {
  const rows = document.errors.map((on) => [
    on.inputs,
    short(on.teacher.mean),
    short(on.before.mean),
    short(on.student.mean),
    short(on.normalisedMse),
  ]);
  return [
    textTable(
      ['inputs', "teacher's error", 'student before', 'student after', 'clone error'],
      rows,
    ),
    '',
    `Errors are ‖f(g·x) − g·f(x)‖ / ‖f(x)‖ under ${document.group}; a clone error of 1 is what the mean gives.`,
    `${document.student}: ${document.parameters} parameters, ${document.steps} steps, ` +
      `${document.msPerStep.toFixed(1)} ms per step.`,
    `Report: ${join(out, 'report.html')}`,
  ].join('\n');
}
