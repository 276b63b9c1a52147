import { Command } from 'commander';
import { fetchMnist } from '@intertwiner/datasets/node';
import { UsageError } from '../io/errors.js';
import { interruptSignal } from '../io/interrupt.js';
import { addCommonOptions, type CommonOptions } from '../io/options.js';
import { makeOutput } from '../io/output.js';
import { makeProgress } from '../io/progress.js';

export const dataVerb = (): Command =>
  new Command('data')
    .description('get data sets')
    .addCommand(
      addCommonOptions(
        new Command('fetch')
          .description('download a data set and verify its checksums')
          .argument('<name>', 'mnist'),
      ).action(fetchData),
    );

async function fetchData(name: string, { json, out = 'data/mnist' }: CommonOptions): Promise<void> {
  if (name !== 'mnist') throw new UsageError(`Unknown data set '${name}'. Known: mnist.`);
  const progress = makeProgress();
  const files = await fetchMnist({
    folder: out,
    signal: interruptSignal('Run the same command again to go on.'),
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      progress.update(file, receivedBytes, totalBytes, 'bytes'),
  }).finally(() => progress.stop());
  const lines = files.map(({ path, state }) => `${path}: ${state}`);
  makeOutput(json).result({ files }, lines.join('\n'));
}
