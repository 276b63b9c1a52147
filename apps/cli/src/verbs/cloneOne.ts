/** One teacher and one student: what `clone --teacher` and `clone --layer` have in common. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  clearStore,
  cloneTeacher,
  defaultTeacherConfig,
  folderStore,
  parseTeacherConfig,
  teacherConfigNames,
  type ClonedFunction,
  type TeacherCloning,
  type TeacherCloningResult,
  type TeacherConfig,
} from '@intertwiner/cloning';
import { compareRuntimes, writeFileAtomic, type Device } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { UsageError } from '../io/errors.js';
import { interruptSignal } from '../io/interrupt.js';
import type { CommonOptions } from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import type { Parity } from '../report/cloneDocument.js';
import { teacherReport } from '../report/teacherReport.js';
import { writeReport } from '../report/writeReport.js';
import { configFile, configPath } from './cloneConfig.js';

/** What decides how a student is cloned, and how the run goes. */
export interface StudentOptions extends CommonOptions {
  readonly config?: string;
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

/** What decides which teacher it is; stored with the configuration. */
export interface TeacherSource {
  /** In words, and the folder's name if none is given. */
  readonly teacher: string;
  readonly group: string;
}

/** A tensor of the student's file, but for the batch axis. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A teacher, and the file that its student becomes. */
export interface OneTeacher<S extends TeacherSource> extends Omit<TeacherCloning, 'config'> {
  readonly source: S;
  /** x, and the filter τ if the teacher has one. */
  readonly inputs: readonly [FileTensor] | readonly [FileTensor, FileTensor];
  readonly output: FileTensor;
  readonly metadata: Readonly<Record<string, string>>;
}

type RunConfig<S> = S & TeacherConfig;

/** What `report.json` holds. */
export interface TeacherDocument extends Omit<TeacherCloningResult, 'loss'>, TeacherSource {
  readonly device: string;
  readonly onnx: { readonly path: string; readonly parity: readonly Parity[] };
  readonly seconds: number;
  readonly config: RunConfig<TeacherSource>;
}

/** Clones it, and writes student.onnx, report.json, report.html and a checkpoint into a folder. */
export async function cloneOne<S extends TeacherSource>(
  options: StudentOptions & { readonly out: string },
  device: Device,
  one: OneTeacher<S>,
  defaults: Partial<TeacherConfig> = {},
): Promise<void> {
  const { out } = options;
  const student = await studentConfig(options, defaults);
  const config = { ...one.source, ...student };
  await prepare(out, config, options.resume);
  const output = makeOutput(options.json);
  output.say(`Cloning ${config.teacher} (${config.group}) on ${device}`);
  output.say(JSON.stringify(config, null, 2));
  const progress = makeProgress();
  const started = performance.now();
  let parity: Parity[] = [];
  const result = await cloneTeacher(
    { ...one, config: student },
    {
      device,
      threads: options.threads,
      saveSeconds: options.saveEvery,
      store: folderStore(join(out, 'checkpoint'), JSON.stringify(config)),
      signal: interruptSignal(`Go on with the same options and --resume`),
      onProgress: ({ phase, step, steps, loss }) =>
        progress.update(phase, step, steps, `loss ${short(loss)}`),
      onTried: ({ student: tried, equivarianceError }) =>
        output.say(`${tried}: equivariance error ${short(equivarianceError)}`),
      onStudent: async (cloned) => {
        parity = await exportClone(cloned, out, config, one);
      },
    },
  ).finally(() => progress.stop());
  const { loss, ...found } = result;
  const document: TeacherDocument = {
    teacher: config.teacher,
    group: config.group,
    device,
    ...found,
    onnx: { path: join(out, 'student.onnx'), parity },
    seconds: (performance.now() - started) / 1000,
    config,
  };
  await writeReport(out, document, teacherReport(document, loss));
  output.result(document, summary(document, out));
}

async function studentConfig(
  options: StudentOptions,
  defaults: Partial<TeacherConfig>,
): Promise<TeacherConfig> {
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
  const base = { ...defaultTeacherConfig, ...defaults, seed: options.seed };
  return parseTeacherConfig({ ...base, ...file, ...named });
}

/** Makes the folder, or sees that the run in it is the same. */
async function prepare(out: string, config: object, resume: boolean): Promise<void> {
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

/** Writes student.onnx, which has the teacher's input and output, and compares it with the program. */
async function exportClone<S extends TeacherSource>(
  student: ClonedFunction,
  out: string,
  config: RunConfig<S>,
  { inputs, output, metadata }: OneTeacher<S>,
): Promise<Parity[]> {
  const flat = (x: tf.Tensor) => x.reshape([x.shape[0]!, -1]) as tf.Tensor2D;
  const run = (...given: tf.Tensor[]) => {
    const [x, tau] = given.map(flat);
    return student(x!, tau).reshape([x!.shape[0], ...output.shape]);
  };
  const bytes = exportModel((...given) => ({ [output.name]: run(...given) }), {
    name: 'student',
    inputs: inputs.map(({ name, shape }) => ({ name, shape: [null, ...shape] })),
    metadata: { ...metadata, 'intertwiner.config': JSON.stringify(config) },
  });
  await writeFileAtomic(join(out, 'student.onnx'), bytes);
  const samples = 4;
  const stream = random(config.seed, 'parity');
  const feeds = inputs.map(({ name, shape: each }) => {
    const shape = [samples, ...each];
    const size = shape.reduce((product, extent) => product * extent, 1);
    return { name, shape, data: stream.fillNormal(new Float32Array(size)) };
  });
  const expected = tf.tidy(() => run(...feeds.map(({ data, shape }) => tf.tensor(data, shape))));
  const reference = {
    [output.name]: { data: (await expected.data()) as Float32Array, shape: expected.shape },
  };
  expected.dispose();
  const named = Object.fromEntries(feeds.map(({ name, ...tensor }) => [name, tensor]));
  const compared = await compareRuntimes(bytes, named, { reference });
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
