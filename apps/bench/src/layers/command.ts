/** `layers` on the command line. */
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { writeFileAtomic } from '@intertwiner/engine';
import { benchLayers } from '../layers.js';
import { replaceBetween } from '../results.js';
import { named } from '../rows.js';
import type { Clock } from '../train/clock.js';
import { formatTrainReport } from '../train/table.js';
import { layersTasks, type LayersTask } from './tasks.js';

export function addLayers(program: Command): void {
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
}
