/** The benchmarks: `node apps/bench/dist/main.js <suite>`; each suite is a file of its own. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compareReports, writeFileAtomic, type InferenceReport } from '@intertwiner/engine';
import { htmlReport, inferenceReport } from '@intertwiner/report';
import { benchGpu, gpuMarkdown } from './gpu.js';
import { benchGroups, formatGroupTimings } from './groups.js';
import { benchKernels, formatKernelTimings } from './kernels.js';
import { benchInference, inferenceMarkdown } from './inference.js';
import { modelSizes } from './inference/models.js';
import { parity } from './parity.js';
import { replaceBetween, writeResults } from './results.js';
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
  .command('inference')
  .description('inference on every runtime, in Node, in Chromium and in Python')
  .option('--sizes <names>', 'small, full', 'small,full')
  .option('--rounds <n>', 'in which all take their turns', Number, 5)
  .option('--turn <ms>', 'length of a turn', Number, 200)
  .option('--only <parts>', 'only runtimes whose name holds one of these')
  .option('--python <command>', 'the Python of onnxruntime and PyTorch', 'python3')
  .option('--json <file>', 'write the numbers; `intertwiner bench --compare` reads them too')
  .option('--html <file>', 'write a page with plots')
  .option('--add <file>', 'numbers of an earlier run to keep beside these')
  .option('--compare <file>', 'the numbers of before: tells what got slower')
  .option('--markdown <file>', 'write the tables between its comments in a page')
  .action(
    async (options: {
      sizes: string;
      rounds: number;
      turn: number;
      only?: string;
      python: string;
      json?: string;
      html?: string;
      add?: string;
      compare?: string;
      markdown?: string;
    }) => {
      const readReport = async (path: string | undefined) =>
        path ? (JSON.parse(await readFile(path, 'utf8')) as InferenceReport) : null;
      const earlier = await readReport(options.add);
      const measured = await benchInference({
        sizes: modelSizes.filter(({ name }) => options.sizes.split(',').includes(name)),
        rounds: options.rounds,
        turnMs: options.turn,
        python: options.python,
        ...(options.only ? { only: options.only.split(',') } : {}),
        log: (line) => process.stderr.write(`${line}\n`),
      });
      const report = {
        ...measured,
        rows: [...(earlier?.rows ?? []), ...measured.rows],
        absent: [...(earlier?.absent ?? []), ...measured.absent],
      };
      const before = await readReport(options.compare);
      const change = before && compareReports(before, report);
      const text = inferenceMarkdown(report);
      process.stdout.write(`${text}\n`);
      for (const row of change?.rows.filter(({ verdict }) => verdict !== 'same') ?? []) {
        const { model, batch, runtime, ratio, verdict } = row;
        process.stdout.write(`${verdict} ×${ratio.toFixed(2)}: ${model}, ${batch}, ${runtime}\n`);
      }
      if (options.json) {
        await writeFileAtomic(options.json, `${JSON.stringify(report, null, 2)}\n`);
      }
      if (options.html) {
        await writeFileAtomic(options.html, htmlReport(inferenceReport(report, change)));
      }
      if (options.markdown) {
        const page = await readFile(options.markdown, 'utf8');
        await writeFileAtomic(options.markdown, replaceBetween(page, 'inference', text));
      }
    },
  );

program
  .command('gpu')
  .description("a graphics card against the CPU and PyTorch; scripts/gpu.sh runs it on a bare machine")
  .addOption(new Option('--device <name>', 'where').choices(['cuda', 'webgpu', 'cpu']).default('cuda'))
  .option('--python <command>', 'a Python with PyTorch', 'python3')
  .option('--side <n>', 'of the matrices that gauge the peak', Number)
  .option('--rows <names>', 'training rows', selectTasks)
  .option('--sizes <names>', 'of the networks: small,full')
  .action(
    async (options: {
      device: 'cuda' | 'webgpu' | 'cpu';
      python: string;
      side?: number;
      rows?: readonly TrainingTask[];
      sizes?: string;
    }) => {
      const { rows: tasks, sizes, ...others } = options;
      const rows = await benchGpu({
        ...others,
        ...(tasks && { tasks }),
        ...(sizes && { sizes: sizes.split(',') }),
        log: (line) => process.stderr.write(`${line}\n`),
      });
      process.stdout.write(`${gpuMarkdown(rows)}\n`);
      if (rows.some(({ passed }) => passed === false)) process.exitCode = 1;
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
  .command('train')
  .description('training steps, beside PyTorch, JAX and TensorFlow.js backends')
  .option(
    '--rows <names>',
    `some of ${trainingTasks.map(({ name }) => name).join(',')}; default: all`,
    selectTasks,
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

function selectTasks(names: string): readonly TrainingTask[] {
  return names.split(',').map((name) => {
    const task = trainingTasks.find((task) => task.name === name);
    if (task) return task;
    const known = trainingTasks.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError(`There is no row '${name}'; the rows: ${known}.`);
  });
}

await program.parseAsync();
