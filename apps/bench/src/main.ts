/** The benchmarks: `node apps/bench/dist/main.js <suite>`; each suite is a file of its own. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '@intertwiner/engine';
import { basisTaskNames, benchBases, timeBasis } from './groups/bases.js';
import { checkConventions } from './groups/conventions.js';
import { formatBases, formatConventions, formatTables } from './groups/format.js';
import { benchTables, timeTable } from './groups/tables.js';
import { gpuCommand } from './gpuCommand.js';
import { inferenceCommand } from './inference/command.js';
import { formatAgreement, kernelAgreement, tolerance } from './kernels/agreement.js';
import { writeKernelResults } from './kernels/results.js';
import { benchKernels, formatKernelTimings } from './kernels/times.js';
import { benchMemory, formatMemoryReport, memoryPlace } from './memory.js';
import { addLayers } from './layers/command.js';
import { addComparisons } from './learning/command.js';
import { pageCommand } from './page.js';
import { parity } from './parity.js';
import { addRelaxation } from './relaxation/command.js';
import { writeReproduction } from './reproduction.js';
import { replaceBetween, writeResults } from './results.js';
import { named } from './rows.js';
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
  .description('bases of intertwiners, characters and irreps, beside emlp and escnn')
  .option('--repetitions <n>', 'warm calls of each task', Number, 9)
  .option('--python <command>', 'a Python that has emlp, escnn, or both')
  .option('--json <file>', 'write the numbers')
  .addOption(new Option('--task <name>', 'one task, in this process, as JSON').hideHelp())
  .addOption(new Option('--only <part>', 'one of the two tables').choices(['bases', 'tables']))
  .action(async (options: GroupOptions) => {
    const { repetitions, python, json, task, only } = options;
    if (task) {
      const time = basisTaskNames.includes(task) ? timeBasis : timeTable;
      process.stdout.write(`${JSON.stringify(time(task, repetitions))}\n`);
      return;
    }
    const bases = only === 'tables' ? [] : benchBases(repetitions, python, writeLine);
    const tables = only === 'bases' ? [] : benchTables(repetitions, python, writeLine);
    if (bases.length > 0) process.stdout.write(`${formatBases(bases)}\n`);
    if (tables.length > 0) process.stdout.write(`\n${formatTables(tables)}\n`);
    if (json) await writeFileAtomic(json, `${JSON.stringify({ bases, tables }, null, 2)}\n`);
  });

interface GroupOptions {
  readonly repetitions: number;
  readonly python?: string;
  readonly json?: string;
  readonly task?: string;
  readonly only?: 'bases' | 'tables';
}

const writeLine = (line: string) => void process.stderr.write(`${line}\n`);

program
  .command('conventions')
  .description('Wigner matrices, harmonics and couplings, number by number beside e3nn')
  .option('--python <command>', 'a Python that has e3nn', 'python3')
  .action(({ python }: { python: string }) => {
    const check = checkConventions(python, writeLine);
    if (!check) return;
    process.stdout.write(`${formatConventions(check)}\n`);
    // Both in float64, through recursions of up to 16 steps.
    process.exitCode = check.rows.every((row) => row.difference < 1e-10) ? 0 : 1;
  });

program
  .command('kernels')
  .description('neural kernels in float64, beside neural-tangents: values, then times')
  .option('--repetitions <n>', 'of each task', Number, 5)
  .option('--threads <n>', 'of ours', Number, 2)
  .option('--long', 'also the task that takes seconds', false)
  .option('--python <command>', 'a Python that has neural-tangents (and a jax before 0.5)')
  .option('--agreement-only', 'only compare values', false)
  .option('--json <file>', 'write the numbers')
  .option('--markdown <file>', 'write the table between its comments in a page')
  .action(
    async (options: {
      repetitions: number;
      threads: number;
      long: boolean;
      agreementOnly: boolean;
      python?: string;
      json?: string;
      markdown?: string;
    }) => {
      const { json, markdown, agreementOnly, ...settings } = options;
      const agreement = settings.python ? await kernelAgreement(settings.python) : [];
      if (settings.python) process.stdout.write(`${formatAgreement(agreement)}\n`);
      if (agreement.some(({ nngp, ntk }) => Math.max(nngp, ntk) > tolerance)) process.exitCode = 1;
      if (agreementOnly) return;
      const timings = await benchKernels(settings);
      const text = formatKernelTimings(timings);
      process.stdout.write(`${text}\n`);
      const document = { agreement, timings };
      if (json) await writeFileAtomic(json, `${JSON.stringify(document, null, 2)}\n`);
      if (markdown) {
        const page = await readFile(markdown, 'utf8');
        await writeFileAtomic(markdown, replaceBetween(page, 'kernel-times', text));
      }
    },
  );

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
  .command('kernel-results')
  .description('write a run of `intertwiner reproduce kernels` as tables')
  .argument('<run>', 'its --out folder')
  .option('--docs <folder>', 'where docs/ is', 'docs')
  .action(async (run: string, { docs }: { docs: string }) => {
    process.stdout.write(`${await writeKernelResults(run, docs)}\n`);
  });

for (const name of ['cloning', 'relaxation'] as const) {
  program
    .command(`${name}-results`)
    .description(`write a run of \`intertwiner reproduce ${name}\` as tables`)
    .argument('<run>', 'its --out folder')
    .option('--docs <folder>', 'where docs/ is', 'docs')
    .action(async (run: string, { docs }: { docs: string }) => {
      process.stdout.write(`${await writeReproduction(name, run, docs)}\n`);
    });
}

program
  .command('train')
  .description('training steps, beside PyTorch, JAX and TensorFlow.js backends')
  .option(
    '--rows <names>',
    `some of ${trainingTasks.map(({ name }) => name).join(',')}; default: all`,
    (names: string) => named(trainingTasks, names),
  )
  .option('--rounds <n>', 'in which all take their turns', Number, 5)
  .option('--round-ms <n>', 'how long the steps of a column take in a round, at least', Number, 300)
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
      roundMs: number;
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
  .command('memory')
  .description('resident memory over many steps, trainings, models and sessions')
  .option('--steps <n>', 'of the long training', Number, 10_000)
  .option('--cycles <n>', 'of making and disposing', Number, 200)
  .option('--width <n>', 'of the networks', Number, 512)
  .option('--json <file>', 'write the curves')
  .option('--markdown <file>', 'write the table between its comments in a page')
  .action(
    async ({
      json,
      markdown,
      ...sizes
    }: {
      steps: number;
      cycles: number;
      width: number;
      json?: string;
      markdown?: string;
    }) => {
      const report = await benchMemory(sizes, (line) => process.stderr.write(`${line}\n`));
      const text = formatMemoryReport(report);
      process.stdout.write(`${text}\n`);
      if (json) await writeFileAtomic(json, `${JSON.stringify(report)}\n`);
      if (markdown) {
        const page = await readFile(markdown, 'utf8');
        await writeFileAtomic(markdown, replaceBetween(page, memoryPlace, text));
      }
    },
  );

addRelaxation(program);
addLayers(program);
addComparisons(program);

program.addCommand(inferenceCommand).addCommand(gpuCommand).addCommand(pageCommand);
await program.parseAsync();
