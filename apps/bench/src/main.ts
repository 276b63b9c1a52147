/** The benchmarks: `node apps/bench/dist/main.js <suite>`; each suite is a file of its own. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { glyphDigits, type ForceLaw } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import { writeFileAtomic } from '@intertwiner/engine';
import { benchGroups, formatGroupTimings } from './groups.js';
import { benchKernels, formatKernelTimings } from './kernels.js';
import { benchLayers } from './layers.js';
import { layersTasks, type LayersTask } from './layers/tasks.js';
import { nBodyData } from './learning/nBody/data.js';
import * as nBody from './learning/nBody/experiment.js';
import { nBodyTable } from './learning/nBody/table.js';
import { rotatedDigits } from './learning/rotatedDigits/data.js';
import {
  compareOnRotatedDigits,
  fullPlan,
  quickPlan,
} from './learning/rotatedDigits/experiment.js';
import { rotatedDigitsPicture, rotatedDigitsTable } from './learning/rotatedDigits/table.js';
import { parity } from './parity.js';
import { replaceBetween, writeComparison, writeResults } from './results.js';
import type { Clock } from './train/clock.js';
import { formatTrainReport, placeOf } from './train/table.js';
import type { TrainingTask } from './train/task.js';
import { trainingTasks } from './train/tasks.js';
import { benchTrain } from './train.js';

const program = new Command('bench').description('benchmarks and checks against other software');

program
  .command('parity')
  .description("check a run's student.onnx with Python's onnx and onnxruntime")
  .argument('<run>', 'the --out folder of an `intertwiner clone`')
  .option('--python <command>', 'the Python to use', 'python3')
  .action(async (run: string, { python }: { python: string }) => {
    process.exitCode = await parity(run, python);
  });

program
  .command('groups')
  .description('bases of intertwiners, beside emlp')
  .option('--repetitions <n>', 'of each task', Number, 5)
  .option('--python <command>', 'a Python that has emlp')
  .option('--json <file>', 'write the numbers')
  .action(async (options: { repetitions: number; python?: string; json?: string }) => {
    const { json, ...settings } = options;
    const onSkipped = (line: string) => process.stderr.write(`${line}\n`);
    const timings = benchGroups({ ...settings, onSkipped });
    process.stdout.write(`${formatGroupTimings(timings)}\n`);
    if (json) await writeFileAtomic(json, `${JSON.stringify(timings, null, 2)}\n`);
  });

program
  .command('kernels')
  .description('neural kernels in float64, beside neural-tangents')
  .option('--repetitions <n>', 'of each task', Number, 5)
  .option('--long', 'also the task that takes minutes', false)
  .option('--json <file>', 'write the numbers')
  .action(async (options: { repetitions: number; long: boolean; json?: string }) => {
    const timings = await benchKernels(options);
    process.stdout.write(`${formatKernelTimings(timings)}\n`);
    if (options.json) await writeFileAtomic(options.json, `${JSON.stringify(timings, null, 2)}\n`);
  });

program
  .command('results')
  .description('write runs that differ in their seed as a table with intervals')
  .argument('<name>', 'of the files under docs/results')
  .argument('<runs...>', 'the --out folders of the runs')
  .option('--docs <folder>', 'where docs/ is', 'docs')
  .action(async (name: string, runs: string[], { docs }: { docs: string }) => {
    process.stdout.write(`${await writeResults(name, runs, docs)}\n`);
  });

program
  .command('train')
  .description('training steps, beside PyTorch, JAX and TensorFlow.js backends')
  .option(
    '--rows <names>',
    `some of ${trainingTasks.map(({ name }) => name).join(',')}; default: all`,
    (names: string) => named(trainingTasks, names),
  )
  .option('--rounds <n>', 'in which all take their turns', Number, 5)
  .option(
    '--threads <n>',
    'of each system; default: as many as there are cores, or one for --clock cpu',
    Number,
  )
  .addOption(
    new Option('--clock <kind>', 'time that passes, or time on the cores')
      .choices(['wall', 'cpu'])
      .default('wall'),
  )
  .option('--python <command>', 'the Python of PyTorch and JAX', 'python3')
  .option('--torch-compile', 'also torch.compile, which takes minutes', false)
  .option('--json <file>', 'write the numbers')
  .option('--markdown <file>', 'write the table between its comments in a page')
  .action(
    async ({
      rows,
      json,
      markdown,
      ...options
    }: {
      rows?: readonly TrainingTask[];
      rounds: number;
      threads?: number;
      clock: Clock;
      python: string;
      torchCompile: boolean;
      json?: string;
      markdown?: string;
    }) => {
      const log = (line: string) => process.stderr.write(`${line}\n`);
      const report = await benchTrain({ ...options, ...(rows && { tasks: rows }), log });
      const text = formatTrainReport(report);
      process.stdout.write(`${text}\n`);
      if (json) await writeFileAtomic(json, `${JSON.stringify(report, null, 2)}\n`);
      if (markdown) {
        const page = await readFile(markdown, 'utf8');
        await writeFileAtomic(markdown, replaceBetween(page, placeOf(report), text));
      }
    },
  );

program
  .command('layers')
  .description("layers in training and exported, beside escnn's and e3nn's ways in PyTorch")
  .option(
    '--rows <names>',
    `some of ${layersTasks.map(({ name }) => name).join(',')}; default: all`,
    (names: string) => named(layersTasks, names),
  )
  .option('--rounds <n>', 'in which all take their turns', Number, 5)
  .option('--threads <n>', 'of each system; default as for train', Number)
  .addOption(
    new Option('--clock <kind>', 'time that passes, or time on the cores')
      .choices(['wall', 'cpu'])
      .default('wall'),
  )
  .option('--python <command>', 'the Python of PyTorch and e3nn', 'python3')
  .option('--escnn <command>', 'a Python that has escnn; default: the same')
  .option('--json <file>', 'write the numbers')
  .option('--markdown <file>', 'write the tables between their comments in a page')
  .action(
    async ({
      rows,
      json,
      markdown,
      ...options
    }: {
      rows?: readonly LayersTask[];
      rounds: number;
      threads?: number;
      clock: Clock;
      python: string;
      escnn?: string;
      json?: string;
      markdown?: string;
    }) => {
      const log = (line: string) => process.stderr.write(`${line}\n`);
      const report = await benchLayers({ ...options, ...(rows && { tasks: rows }), log });
      if (json) await writeFileAtomic(json, `${JSON.stringify(report, null, 2)}\n`);
      for (const part of ['training', 'inference'] as const) {
        const text = formatTrainReport(report[part]);
        process.stdout.write(`${text}\n\n`);
        if (!markdown) continue;
        const page = await readFile(markdown, 'utf8');
        const place = `layers ${part} ${options.clock}`;
        await writeFileAtomic(markdown, replaceBetween(page, place, text));
      }
    },
  );

program
  .command('rotated-digits')
  .description('a plain and four equivariant networks, trained on rotated digits')
  .option(
    '--data <folder>',
    "MNIST's files; default: drawn digits",
    process.env['INTERTWINER_MNIST'],
  )
  .option('--out <folder>', 'where finished runs are kept and found', 'runs/rotated-digits')
  .option('--quick', 'seconds instead of an hour; the numbers mean nothing', false)
  .option('--docs <folder>', 'also write the results there')
  .action(async ({ data, out, quick, docs }: RotatedDigitsOptions) => {
    const digits = data ? await loadDigits(data) : glyphDigits({ count: 10_000, seed: 0 });
    const sizes = quick ? { train: 500, test: 200 } : { train: 8000, test: 2000 };
    const comparison = await compareOnRotatedDigits({
      data: rotatedDigits(digits, sizes),
      plan: quick ? quickPlan : fullPlan,
      folder: out,
      log: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${rotatedDigitsTable(comparison)}\n`);
    if (docs) {
      const parts = {
        table: rotatedDigitsTable(comparison),
        picture: rotatedDigitsPicture(comparison),
      };
      await writeComparison(docs, 'rotated-mnist', comparison, parts);
    }
  });

program
  .command('n-body')
  .description('a plain and two equivariant networks, trained on charged particles')
  .addOption(
    new Option('--law <law>', 'of the force: the published one, or that with exact symmetry')
      .choices(['clipped', 'softened'])
      .default('clipped'),
  )
  .option('--out <folder>', 'where finished runs are kept and found', 'runs/n-body')
  .option('--quick', 'seconds instead of an hour; the numbers mean nothing', false)
  .option('--docs <folder>', 'also write the results there')
  .action(async ({ law, out, quick, docs }: NBodyOptions) => {
    const sizes = quick
      ? { train: 100, validation: 50, test: 50 }
      : { train: 3000, validation: 2000, test: 2000 };
    const comparison = await nBody.compareOnNBody({
      data: nBodyData(law, sizes),
      plan: quick ? nBody.quickPlan : nBody.fullPlan,
      folder: out,
      log: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${nBodyTable(comparison)}\n`);
    if (docs) await writeComparison(docs, 'n-body', comparison, { table: nBodyTable(comparison) });
  });

interface RotatedDigitsOptions {
  readonly data?: string;
  readonly out: string;
  readonly quick: boolean;
  readonly docs?: string;
}

interface NBodyOptions {
  readonly law: ForceLaw;
  readonly out: string;
  readonly quick: boolean;
  readonly docs?: string;
}

function named<T extends { readonly name: string }>(tasks: readonly T[], names: string): T[] {
  return names.split(',').map((name) => {
    const task = tasks.find((task) => task.name === name);
    if (task) return task;
    const known = tasks.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError(`There is no row '${name}'; the rows: ${known}.`);
  });
}

await program.parseAsync();
