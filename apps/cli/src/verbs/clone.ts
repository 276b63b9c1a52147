import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Command, Option } from 'commander';
import {
  checkConfig,
  clearStore,
  exportClassifier,
  folderStore,
  runCloning,
  type Classifier,
  type CloningResult,
} from '@intertwiner/cloning';
import {
  compareRuntimes,
  loadTfjsBackend,
  parseDevice,
  requireDevice,
  resolveDevice,
  saveCheckpoint,
  writeFileAtomic,
} from '@intertwiner/engine';
import { loadCloningData, type CloningData } from './cloneData.js';
import { configOf, configPath, presetNames, storedConfig, type PresetName } from './cloneConfig.js';
import type { GivenConfig, RunConfig } from './cloneConfig.js';
import { interruptSignal } from '../io/interrupt.js';
import {
  addCommonOptions,
  integerPair,
  positive,
  positiveInteger,
  type CommonOptions,
} from '../io/options.js';
import { makeOutput, percent, short, textTable } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import { cloneDocument, type CloneDocument, type Parity } from '../report/cloneDocument.js';
import { cloneReport } from '../report/cloneReport.js';

interface CloneOptions extends CommonOptions, GivenConfig {
  readonly seed: number;
  readonly data?: string;
  readonly preset: PresetName;
  readonly resume: boolean;
  readonly threads?: number;
}

export const cloneVerb = (): Command =>
  addCommonOptions(
    new Command('clone').description(
      'teach an ordinary network a symmetry, train it on digits, export and check it',
    ),
  )
    .option('--group <spec>', 'the symmetry: C1, C2, C4, D1, D2 or D4 (default: C4)')
    .option('--wrong-group <spec>', 'the group of the control that clones another symmetry')
    .addOption(
      new Option(
        '--task <name>',
        'moved digits keep their label, or change it (default: symmetry)',
      ).choices(['symmetry', 'breaking']),
    )
    .addOption(
      new Option(
        '--mode <name>',
        'hold the cloned weights in stage 2, or train them (default: retain)',
      ).choices(['retain', 'break']),
    )
    .addOption(
      new Option(
        '--student <family>',
        'bilinear gated or plain ReLU network (default: glu)',
      ).choices(['glu', 'mlp']),
    )
    .option('--data <folder>', 'digits in IDX files; default: digits that are generated')
    .addOption(
      new Option('--preset <name>', 'sizes and steps').choices(presetNames).default('full'),
    )
    .option('--widths <a,b>', 'hidden units of the two clones', integerPair)
    .option('--clone-steps <a,b>', 'steps of stage 1 for the two clones', integerPair)
    .option('--clone-learning-rate <x>', 'peak learning rate of stage 1', positive)
    .option('--channels <a,b>', 'channels of the two layers', integerPair)
    .option('--epochs <n>', 'passes over the digits in stage 2', positiveInteger)
    .option('--learning-rate <x>', 'peak learning rate of stage 2', positive)
    .option('--train <n>', 'digits to train on', positiveInteger)
    .option('--test <n>', 'digits to test on', positiveInteger)
    .option('--threads <n>', 'threads of the runtime', positiveInteger)
    .option('--resume', 'go on with the run in --out', false)
    .action((options: CloneOptions, command: Command) =>
      clone(options, command.getOptionValueSource('seed') === 'cli'),
    );

async function clone(options: CloneOptions, seedGiven: boolean): Promise<void> {
  const given = givenConfig(options, seedGiven);
  const fresh = configOf({ ...given, seed: options.seed }, options.preset);
  const out = options.out ?? join('runs', `${fresh.group}-${fresh.task}-${fresh.seed}`);
  const config = options.resume ? await storedConfig(out, given) : fresh;
  await loadTfjsBackend('tfjs-cpu');
  // What can fail at once fails before anything is computed.
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const data = await loadCloningData(config);
  const groups = checkConfig(config, data.side);
  await prepareFolder(out, config, options.resume);

  const output = makeOutput(options.json);
  output.say(
    `Cloning ${config.group} (${config.task}, seed ${config.seed}) on ${device}, ${data.name}`,
  );
  const progress = makeProgress();
  const started = performance.now();
  let parity: Parity[] = [];
  const result = await runCloning(
    { config, ...groups, train: data.train, test: data.test },
    {
      device,
      store: folderStore(join(out, 'checkpoint'), JSON.stringify(config)),
      threads: options.threads,
      signal: interruptSignal(`Go on with: intertwiner clone --out ${out} --resume`),
      onProgress: ({ phase, step, steps, loss }) =>
        progress.update(phase, step, steps, `loss ${short(loss)}`),
      onStudent: async (student) => {
        parity = await exportStudent(student, config, data, out);
      },
    },
  ).finally(() => progress.stop());

  const seconds = (performance.now() - started) / 1000;
  const document = cloneDocument({ config, data: data.name, device, result, parity, out, seconds });
  await writeFileAtomic(join(out, 'report.json'), `${JSON.stringify(document, null, 2)}\n`);
  await writeFileAtomic(join(out, 'report.html'), cloneReport(document, result, data));
  output.result(document, summary(document, result, out));
}

function givenConfig(options: CloneOptions, seedGiven: boolean): GivenConfig {
  const { group, wrongGroup, task, mode, student, widths, cloneSteps, cloneLearningRate } = options;
  const { channels, epochs, learningRate, train, test, data, seed } = options;
  const shape = { group, wrongGroup, task, mode, student, widths, channels, data };
  const training = { cloneSteps, cloneLearningRate, epochs, learningRate, train, test };
  return Object.assign(shape, training, { seed: seedGiven ? seed : undefined });
}

/** Makes the folder, sees that it can be written to, and stores the configuration. */
async function prepareFolder(out: string, config: RunConfig, resume: boolean): Promise<void> {
  await mkdir(out, { recursive: true });
  const probe = join(out, `.${randomUUID()}`);
  await writeFile(probe, '');
  await rm(probe);
  if (resume) return;
  await clearStore(join(out, 'checkpoint'));
  await writeFileAtomic(configPath(out), `${JSON.stringify(config, null, 2)}\n`);
}

/** Images on which the exported file is compared with TensorFlow.js. */
const paritySamples = 4;

/**
 * Writes student.onnx, and beside it inputs with the outputs of the TensorFlow.js program; compares
 * the file's outputs with those in every ONNX runtime.
 */
async function exportStudent(
  student: Classifier,
  config: RunConfig,
  data: CloningData,
  out: string,
): Promise<Parity[]> {
  const { side } = data;
  const bytes = exportClassifier(student, {
    group: config.group,
    side,
    metadata: { 'intertwiner.config': JSON.stringify(config) },
  });
  await writeFileAtomic(join(out, 'student.onnx'), bytes);
  const image = data.full.subarray(0, paritySamples * side * side);
  const feeds = { image: { data: image, shape: [paritySamples, side, side] } };
  const reference = { logits: await tfjsLogits(student, data) };
  await saveCheckpoint(join(out, 'reference.safetensors'), {
    tensors: {
      image: { ...feeds.image, dtype: 'float32' },
      logits: { ...reference.logits, dtype: 'float32' },
    },
    metadata: { description: 'inputs, and outputs of the TensorFlow.js program' },
  });
  return (await compareRuntimes(bytes, feeds, { reference })).map(
    ({ device, maxAbsDiff, maxRelDiff }) => ({ device, maxAbsDiff, maxRelDiff }),
  );
}

async function tfjsLogits(student: Classifier, { test }: CloningData) {
  const pixels = student.inputSize;
  const logits = tf.tidy(() =>
    student.logits(
      tf.tensor2d(test.images.subarray(0, paritySamples * pixels), [paritySamples, pixels]),
    ),
  );
  const tensor = { data: (await logits.data()).slice() as Float32Array, shape: logits.shape };
  logits.dispose();
  return tensor;
}

function summary(document: CloneDocument, result: CloningResult, out: string): string {
  const rows = (['teacher', 'clone', 'scratch', 'wrongGroup'] as const).map((name) => [
    {
      teacher: `${document.group} network`,
      clone: 'clone',
      scratch: 'scratch MLP',
      wrongGroup: `clone of ${document.config.wrongGroup}`,
    }[name],
    percent(document.accuracy[name].plain),
    percent(document.accuracy[name].transformed),
    short(document.equivarianceError[name].mean),
    String(result[name].parameters),
  ]);
  const { normalisedMse, msPerStep } = document.stage1;
  const worst = Math.max(...document.onnx.parity.map(({ maxRelDiff }) => maxRelDiff));
  return [
    textTable(['network', 'plain', 'moved', 'equivariance error', 'parameters'], rows),
    '',
    `Stage 1: normalised error ${short(normalisedMse)}, ${msPerStep.toFixed(1)} ms per step.`,
    `student.onnx agrees with TensorFlow.js within ${short(worst)} (relative) in ` +
      `${document.onnx.parity.map(({ device }) => device).join(' and ')}.`,
    `Report: ${join(out, 'report.html')}`,
  ].join('\n');
}
