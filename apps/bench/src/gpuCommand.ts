import { Command, InvalidArgumentError, Option } from 'commander';
import { benchGpu, gpuHeading, gpuLine } from './gpu.js';
import type { TrainingTask } from './train/task.js';
import { trainingTasks } from './train/tasks.js';

const parseTasks = (names: string): TrainingTask[] =>
  names.split(',').map((name) => {
    const task = trainingTasks.find((one) => one.name === name);
    if (task) return task;
    throw new InvalidArgumentError(`There is no row '${name}'.`);
  });

export const gpuCommand = new Command('gpu')
  .description(
    'a graphics card against the CPU and PyTorch; scripts/gpu.sh runs it on a bare machine',
  )
  .addOption(
    new Option('--device <name>', 'where').choices(['cuda', 'webgpu', 'cpu']).default('cuda'),
  )
  .option('--python <command>', 'a Python with PyTorch', 'python3')
  .option('--side <n>', 'of the matrices that gauge the peak', Number)
  .option('--rows <names>', 'training rows', parseTasks)
  .option('--sizes <names>', 'of the networks: small,full')
  .option('--batches <numbers>', 'of inference', (text) => text.split(',').map(Number))
  .action(
    async (options: {
      device: 'cuda' | 'webgpu' | 'cpu';
      python: string;
      side?: number;
      rows?: readonly TrainingTask[];
      sizes?: string;
      batches?: readonly number[];
    }) => {
      const { rows: tasks, sizes, ...others } = options;
      // Row by row: what was measured before an interruption stays.
      process.stdout.write(`${gpuHeading}\n`);
      const rows = await benchGpu({
        ...others,
        ...(tasks && { tasks }),
        ...(sizes && { sizes: sizes.split(',') }),
        log: (line) => process.stderr.write(`${line}\n`),
        onRow: (row) => process.stdout.write(`${gpuLine(row)}\n`),
      });
      if (rows.some(({ passed }) => passed === false)) process.exitCode = 1;
    },
  );
