import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import {
  clearStore,
  folderStore,
  loadTfjsBackend,
  parseDevice,
  requireDevice,
  resolveDevice,
  writeFileAtomic,
} from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import {
  experimentNames,
  penaltyNames,
  rateScheduleNames,
  relaxationNames,
  runRelaxation,
  scheduleNames,
  type RelaxationResult,
} from '@intertwiner/relaxation';
import { interruptSignal } from '../io/interrupt.js';
import {
  addCommonOptions,
  positive,
  positiveInteger,
  weight,
  type CommonOptions,
} from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import { relaxReport } from '../report/relaxReport.js';
import { writeReport } from '../report/writeReport.js';
import { configFile, configPath } from './cloneConfig.js';
import {
  relaxConfig,
  relaxConfigNames,
  relaxSource,
  storedRelaxConfig,
  type GivenRelaxConfig,
  type RelaxConfig,
} from './relaxConfig.js';

interface RelaxOptions extends CommonOptions, Omit<GivenRelaxConfig, 'seed'> {
  readonly config?: string;
  readonly threads?: number;
  readonly resume: boolean;
}

export const relaxVerb = (): Command =>
  addCommonOptions(
    new Command('relax').description(
      'train an equivariant network with and without relaxation, projected at the end',
    ),
  )
    .addOption(
      new Option('--experiment <name>', 'the task (default: n-body)').choices(experimentNames),
    )
    .option('--network <name>', "one of the experiment's networks (default: strict)")
    .addOption(
      new Option('--relaxation <name>', 'what moves θ (default: schedule)').choices(
        relaxationNames.filter((name) => name !== 'none'),
      ),
    )
    .addOption(
      new Option('--schedule <name>', 'of θ, for relaxation schedule (default: triangle)').choices(
        scheduleNames,
      ),
    )
    .option('--until <x>', 'share of the training after which θ has ended (default: 1)', positive)
    .addOption(
      new Option('--penalty <name>', 'what holds W back (default: paper)').choices(penaltyNames),
    )
    .option('--lambda <x>', "the penalty's weight (default: 0.01)", weight)
    .addOption(
      new Option('--projection <name>', 'what becomes of W (default: drop)').choices([
        'drop',
        'fold',
      ]),
    )
    .option('--width <n>', 'channels', positiveInteger)
    .option('--depth <n>', 'rounds or layers', positiveInteger)
    .option('--train <n>', 'samples to train on', positiveInteger)
    .option('--validation <n>', 'samples that choose the epoch', positiveInteger)
    .option('--test <n>', 'samples to test on', positiveInteger)
    .option('--epochs <n>', 'passes over the samples', positiveInteger)
    .option('--validate-every <n>', 'epochs from one validation to the next', positiveInteger)
    .option('--batch <n>', 'samples per step', positiveInteger)
    .option('--learning-rate <x>', "Adam's", positive)
    .addOption(
      new Option('--rate-schedule <name>', 'of the learning rate (default: constant)').choices(
        rateScheduleNames,
      ),
    )
    .option('--clip-norm <x>', 'of the gradients; 0: none (default: 1)', weight)
    .option(
      '--data <folder>',
      'for rotated-digits: digits in IDX files; for shapes: meshes in CLASS/train/*.off and ' +
        'CLASS/test/*.off, such as ModelNet40; default: generated data',
    )
    .option('--points <n>', 'drawn on each mesh of --data (default: 300)', positiveInteger)
    .option('--config <file>', 'fields of the configuration as JSON; options go before it')
    .option('--threads <n>', 'threads of the runtime', positiveInteger)
    .option('--resume', 'go on with the run in --out', false)
    .action((options: RelaxOptions, command: Command) =>
      relaxAction(options, command.getOptionValueSource('seed') === 'cli'),
    );

async function relaxAction(options: RelaxOptions, seedGiven: boolean): Promise<void> {
  const file =
    options.config === undefined ? {} : await configFile(options.config, relaxConfigNames);
  const given = givenConfig(options, seedGiven);
  const fresh = relaxConfig({ seed: options.seed, ...file, ...given });
  const out = options.out ?? join('runs', `relax-${fresh.experiment}-${fresh.seed}`);
  const config = options.resume ? await storedRelaxConfig(out, { ...file, ...given }) : fresh;
  await loadTfjsBackend('tfjs-cpu');
  // What can fail at once fails before anything is computed.
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const output = makeOutput(options.json);
  if (config.data !== null) output.say(`Reading ${config.data}`);
  const source = await relaxSource(config);
  await mkdir(out, { recursive: true });
  const checkpoint = join(out, 'checkpoint');
  if (!options.resume) await clearStore(checkpoint);
  await writeFileAtomic(configPath(out), `${JSON.stringify(config, null, 2)}\n`);

  output.say(
    `Relaxing '${config.experiment}' (${config.relaxation}, seed ${config.seed}) on ${device}`,
  );
  output.say(JSON.stringify(config, null, 2));
  const progress = makeProgress();
  const { data: _, points: __, ...settings } = config;
  const result = await runRelaxation(settings, {
    device,
    source,
    withLine: true,
    store: folderStore(checkpoint, JSON.stringify(config)),
    signal: interruptSignal(`Go on with: intertwiner relax --out ${out} --resume`),
    ...(options.threads !== undefined && { threads: options.threads }),
    onProgress: ({ phase, epoch, epochs, projected }) =>
      progress.update(phase, epoch + 1, epochs, `validation ${short(projected)}`),
    onModel: (phase, model) =>
      writeFileAtomic(
        join(out, `${phase}.onnx`),
        exportModel(model, { metadata: metadata(config) }),
      ),
  }).finally(() => progress.stop());

  const document = { config, device, ...result };
  await writeReport(out, document, relaxReport(document));
  output.result(document, summary(result, out));
}

const metadata = (config: RelaxConfig) => ({ 'intertwiner.config': JSON.stringify(config) });

function givenConfig(options: RelaxOptions, seedGiven: boolean): GivenRelaxConfig {
  const fields = relaxConfigNames.map((name) => [name, options[name]] as const);
  const given = { ...Object.fromEntries(fields), seed: seedGiven ? options.seed : undefined };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function summary({ strict, relaxed }: RelaxationResult, out: string): string {
  const rows = Object.entries({ strict, relaxed }).map(([name, network]) => [
    name,
    short(network.projectedError),
    short(network.relaxedError),
    short(network.equivarianceError),
    String(network.trainedParameters),
  ]);
  return [
    textTable(['network', 'projected', 'as trained', 'equivariance error', 'weights'], rows),
    '',
    ...relaxed.training.warnings,
    `Report: ${join(out, 'report.html')}`,
  ].join('\n');
}
