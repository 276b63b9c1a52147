/** The benchmarks: `node apps/bench/dist/main.js <suite>`; each suite is a file of its own. */
import { Command } from 'commander';
import { writeFileAtomic } from '@intertwiner/engine';
import { benchGroups, formatGroupTimings } from './groups.js';
import { benchKernels, formatKernelTimings } from './kernels.js';
import { parity } from './parity.js';
import { train, type TrainOptions } from './train.js';
import { writeResults } from './results.js';

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
  .description('milliseconds per training step, beside TensorFlow.js, PyTorch and JAX')
  .option('--rows <part...>', 'only rows whose names contain one of these')
  .option(
    '--rounds <number>',
    'how often the columns take turns',
    (text) => Number.parseInt(text, 10),
    5,
  )
  .option('--json <file>', 'where to write the results')
  .option('--python <command>', 'the Python to use', 'python3')
  .action((options: TrainOptions) => train(options));

await program.parseAsync();
