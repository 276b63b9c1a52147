/** The benchmarks: `node apps/bench/dist/main.js <suite>`; each suite is a file of its own. */
import { Command } from 'commander';
import { parity } from './parity.js';

const program = new Command('bench').description('benchmarks and checks against other software');

program
  .command('parity')
  .description("check a run's student.onnx with Python's onnx and onnxruntime")
  .argument('<run>', 'the --out folder of an `intertwiner clone`')
  .option('--python <command>', 'the Python to use', 'python3')
  .action(async (run: string, { python }: { python: string }) => {
    process.exitCode = await parity(run, python);
  });

await program.parseAsync();
