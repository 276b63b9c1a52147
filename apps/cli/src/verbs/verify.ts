import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import {
  compareRuntimes,
  loadModel,
  parseDevice,
  type RuntimeComparison,
} from '@intertwiner/engine';
import { exitCodes } from '../io/errors.js';
import { addCommonOptions, positive, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { gaussianFeeds } from './modelInputs.js';

interface VerifyOptions extends CommonOptions {
  readonly batch: number;
  readonly tolerance: number;
  readonly devices?: string;
}

export const verifyVerb = (): Command =>
  addCommonOptions(
    new Command('verify')
      .description('run the same inputs through every runtime and compare the outputs')
      .argument('<model>', 'an ONNX file'),
  )
    .option('--devices <names>', 'devices to compare, separated by commas; default: all that work')
    .option('--batch <n>', 'extent of open axes', positiveInteger, 8)
    // float32 has 1.2e-7 of relative rounding; sums of some thousand terms in another order give
    // differences of up to 1e-6, and 1e-5 leaves room for deep models.
    .option('--tolerance <x>', 'largest relative difference that passes', positive, 1e-5)
    .action(verify);

async function verify(path: string, options: VerifyOptions): Promise<void> {
  const bytes = await readFile(path);
  const model = await loadModel(bytes, { device: 'cpu' });
  const feeds = gaussianFeeds(model, options.seed, options.batch);
  await model.dispose();
  const devices = options.devices?.split(',').map(parseDevice);
  const comparisons = await compareRuntimes(bytes, feeds, devices ? { devices } : {});
  const passed = comparisons.every(({ maxRelDiff }) => maxRelDiff <= options.tolerance);
  makeOutput(options.json).result(
    { model: path, tolerance: options.tolerance, passed, runtimes: comparisons },
    describe(comparisons, options.tolerance, passed),
  );
  if (!passed) process.exitCode = exitCodes.checkFailed;
}

function describe(comparisons: readonly RuntimeComparison[], tolerance: number, passed: boolean) {
  const rows = comparisons.map(({ device, maxAbsDiff, maxRelDiff, ms }) => [
    device,
    short(maxAbsDiff),
    short(maxRelDiff),
    ms.toFixed(2),
  ]);
  const table = textTable(['device', 'max |a−b|', 'relative', 'ms'], rows);
  const verdict = passed
    ? `All runtimes agree within ${tolerance} relative.`
    : `FAILED: a runtime differs by more than ${tolerance} relative.`;
  return `${table}\n${verdict}`;
}
