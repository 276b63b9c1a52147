import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Command, Option } from 'commander';
import {
  armNames,
  clearStore,
  exportClassifier,
  folderStore,
  layerExamples,
  runCloning,
  type ArmName,
  configNames,
  planarGroup,
  studentForms,
  type Classifier,
  type CloningOptions,
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
import {
  configFile,
  configOf,
  configPath,
  defined,
  presetNames,
  storedConfig,
  type GivenConfig,
  type PresetName,
  type RunConfig,
} from './cloneConfig.js';
import { collect, extent } from '../io/options.js';
import { cloneLayerVerb, layerNames, paddings, type LayerOptions } from './cloneLayer.js';
import { cloneTeacherVerb, type TeacherOptions } from './cloneTeacher.js';
import { interruptSignal } from '../io/interrupt.js';
import {
  addCommonOptions,
  integerPair,
  listOf,
  positive,
  positiveInteger,
  weight,
  type CommonOptions,
} from '../io/options.js';
import { makeOutput, percent, short, textTable } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import { cloneDocument, type CloneDocument, type Parity } from '../report/cloneDocument.js';
import { cloneReport } from '../report/cloneReport.js';

interface CloneOptions extends CommonOptions, GivenConfig {
  readonly seed: number;
  readonly config?: string;
  readonly data?: string;
  readonly preset: PresetName;
  readonly resume: boolean;
  readonly threads?: number;
  readonly saveEvery: number;
}

export const cloneVerb = (): Command =>
  addCommonOptions(
    new Command('clone').description(
      'teach an ordinary network a symmetry, train it on digits, export and check it',
    ),
  )
    .option('--group <spec>', 'the symmetry: T(2), C1, C2, C4, D1, D2 or D4 (default: C4)')
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
        'what stage 2 does with the cloned weights: hold them, train them, train them and keep a ' +
          'subgroup, or let them go by and by (default: retain)',
      ).choices(['retain', 'break', 'partial', 'schedule']),
    )
    .option('--keep <spec>', 'the subgroup that mode partial keeps')
    .option('--arms <names>', `networks to train: ${armNames.join(',')}`, listOf('arm', armNames))
    .option('--student <family>', `${studentForms} (default: glu)`)
    .addOption(
      new Option('--clone-inputs <kind>', 'what stage 1 sees (default: noise)').choices([
        ...['noise', 'data', 'covariance', 'activations'],
      ]),
    )
    .option('--data <folder>', 'digits in IDX files; default: digits that are generated')
    .option('--teacher <file>', 'clone this ONNX model instead; --data are its samples (also NPY)')
    .addOption(
      new Option(
        '--layer <name>',
        'clone one layer alone, of any group: linear maps between two representations (--input, ' +
          '--output), lifting or convolution of C_n or D_n, shifts T(2), forces between points E(3)',
      )
        .choices(layerNames)
        .conflicts('teacher'),
    )
    .addOption(
      new Option('--padding <kind>', 'of that layer, beyond the edge of the image').choices(
        paddings,
      ),
    )
    .option('--kernel-size <n>', 'odd side of the filters (default: 3)', positiveInteger)
    .option('--points <n>', 'points between which forces act (default: 4)', positiveInteger)
    .option(
      '--input <side>',
      'of the teacher: NAME, ACTION or NAME:ACTION; ACTION is image, points, invariant, or such as V',
      collect,
      [],
    )
    .option('--output <side>', 'likewise; default: the first, invariant')
    .option('--extent <name=n>', 'the extent of an open axis of the teacher', extent, {})
    .option('--tolerance <x>', 'largest equivariance error of the teacher (0.05)', positive)
    .option('--search <x>', 'find the smallest student with this equivariance error', positive)
    .addOption(
      new Option('--preset <name>', 'sizes and steps').choices(presetNames).default('full'),
    )
    .option('--config <file>', 'fields of the configuration as JSON; options go before it')
    .option('--widths <a,b>', 'hidden units of the two clones', integerPair)
    .option('--clone-steps <a,b>', 'steps of stage 1 for the two clones', integerPair)
    .option('--clone-batch <n>', 'samples per step of stage 1', positiveInteger)
    .option('--clone-learning-rate <x>', 'peak learning rate of stage 1', positive)
    .option('--channels <a,b>', 'channels of the two layers', integerPair)
    .option('--epochs <n>', 'passes over the digits in stage 2', positiveInteger)
    .option('--learning-rate <x>', 'peak learning rate of stage 2', positive)
    .option('--theta-learning-rate <x>', 'the same for the cloned weights', positive)
    .option('--anchor-weight <x>', 'pull of the cloned weights to where stage 1 left them', weight)
    .option('--kl-weight <x>', "weight of the filters' divergence from N(0, 1)", weight)
    .option('--crop <n>', 'side of the middle of the digits that is used', positiveInteger)
    .option('--size <n>', 'side of the images that the networks see', positiveInteger)
    .option(
      '--measure-every <n>',
      'steps of stage 2 between measurements of symmetry',
      positiveInteger,
    )
    .option('--train <n>', 'digits to train on', positiveInteger)
    .option('--test <n>', 'digits to test on', positiveInteger)
    .option('--threads <n>', 'threads of the runtime', positiveInteger)
    .option('--save-every <s>', 'seconds between saves of an unfinished phase', weight, 15)
    .option('--resume', 'go on with the run in --out', false)
    .action((options: CloneOptions | TeacherOptions | LayerOptions, command: Command) => {
      if ('teacher' in options) return cloneTeacherVerb(options);
      if ('layer' in options) return cloneLayerVerb(options);
      return clone(options, command.getOptionValueSource('seed') === 'cli');
    });

async function clone(options: CloneOptions, seedGiven: boolean): Promise<void> {
  const fromFile: GivenConfig =
    options.config === undefined ? {} : await configFile(options.config);
  const given = { ...fromFile, ...defined(givenConfig(options, seedGiven)) };
  const fresh = configOf({ seed: options.seed, ...given }, options.preset);
  const out = options.out ?? join('runs', `${fresh.group}-${fresh.task}-${fresh.seed}`);
  const config = options.resume ? await storedConfig(out, given) : fresh;
  await loadTfjsBackend('tfjs-cpu');
  // What can fail at once fails before anything is computed.
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const data = await loadCloningData(config);
  await prepareFolder(out, config, options.resume);

  const output = makeOutput(options.json);
  output.say(
    `Cloning ${config.group} (${config.task}, seed ${config.seed}) on ${device}, ${data.name}`,
  );
  output.say(JSON.stringify(config, null, 2));
  const progress = makeProgress();
  const started = performance.now();
  let parity: Parity[] = [];
  const { train, test } = data;
  const cloningOptions: CloningOptions = {
    device,
    store: folderStore(join(out, 'checkpoint'), JSON.stringify(config)),
    threads: options.threads,
    saveSeconds: options.saveEvery,
    signal: interruptSignal(`Go on with: intertwiner clone --out ${out} --resume`),
    onProgress: ({ phase, step, steps, loss }) =>
      progress.update(phase, step, steps, `loss ${short(loss)}`),
    onTrained: async (arm, classifier) => {
      if (arm === exportedArm(config)) parity = await exportStudent(classifier, config, data, out);
    },
  };
  const inputs = { config, train, test };
  const result = await runCloning(inputs, cloningOptions).finally(() => progress.stop());
  const examples = config.arms.includes('clone') ? await layerExamples(inputs, cloningOptions) : [];

  const seconds = (performance.now() - started) / 1000;
  const document = cloneDocument({ config, data: data.name, device, result, parity, out, seconds });
  await writeFileAtomic(join(out, 'report.json'), `${JSON.stringify(document, null, 2)}\n`);
  await writeFileAtomic(
    join(out, 'report.html'),
    cloneReport(document, { ...result, examples }, data),
  );
  output.result(document, summary(document, result, out));
}

/** The arm whose network becomes student.onnx: the clone, or else the first. */
const exportedArm = ({ arms }: RunConfig): ArmName => (arms.includes('clone') ? 'clone' : arms[0]!);

/** The fields of the configuration among the options. */
function givenConfig(options: CloneOptions, seedGiven: boolean): GivenConfig {
  const names = [...configNames, 'data'] as const;
  const fields = names.map((name) => [name, options[name]] as const);
  return { ...Object.fromEntries(fields), seed: seedGiven ? options.seed : undefined };
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
    group: planarGroup(config.group, data.test.size).name,
    side,
    crop: config.crop,
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
  const rows = Object.entries(result.arms).map(([name, arm]) => [
    arm.title,
    percent(arm.accuracy.plain),
    percent(arm.accuracy.transformed),
    short(document.equivarianceError[name as ArmName]!.mean),
    String(arm.parameters),
  ]);
  const { normalisedMse, msPerStep } = document.stage1;
  const worst = Math.max(...document.onnx.parity.map(({ maxRelDiff }) => maxRelDiff));
  return [
    textTable(['network', 'plain', 'moved', 'equivariance error', 'parameters'], rows),
    '',
    ...(result.invariantCap < 1
      ? [`A strictly invariant network can have at most ${percent(result.invariantCap)} moved.`]
      : []),
    ...(document.stage1.steps > 0
      ? [`Stage 1: normalised error ${short(normalisedMse)}, ${msPerStep.toFixed(1)} ms per step.`]
      : []),
    `student.onnx agrees with TensorFlow.js within ${short(worst)} (relative) in ` +
      `${document.onnx.parity.map(({ device }) => device).join(' and ')}.`,
    `Report: ${join(out, 'report.html')}`,
  ].join('\n');
}
