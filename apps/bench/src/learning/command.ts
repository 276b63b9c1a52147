/** The trained comparisons on the command line. */
import { Option, type Command } from 'commander';
import { glyphDigits, type ForceLaw } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import { writeComparison } from '../results.js';
import { nBodyData } from './nBody/data.js';
import * as nBody from './nBody/experiment.js';
import { nBodyTable } from './nBody/table.js';
import { rotatedDigits } from './rotatedDigits/data.js';
import { compareOnRotatedDigits, fullPlan, quickPlan } from './rotatedDigits/experiment.js';
import { rotatedDigitsPicture, rotatedDigitsTable } from './rotatedDigits/table.js';

interface RotatedDigitsOptions {
  readonly data?: string;
  readonly out: string;
  readonly quick: boolean;
  readonly finished: boolean;
  readonly docs?: string;
}

interface NBodyOptions {
  readonly law: ForceLaw;
  readonly out: string;
  readonly quick: boolean;
  readonly finished: boolean;
  readonly docs?: string;
}

export function addComparisons(program: Command): void {
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
    .option('--finished', 'show what is finished, and train nothing', false)
    .option('--docs <folder>', 'also write the results there')
    .action(async ({ data, out, quick, finished, docs }: RotatedDigitsOptions) => {
      const digits = data ? await loadDigits(data) : glyphDigits({ count: 10_000, seed: 0 });
      const sizes = quick ? { train: 500, test: 200 } : { train: 8000, test: 2000 };
      const comparison = await compareOnRotatedDigits({
        data: rotatedDigits(digits, sizes),
        plan: quick ? quickPlan : fullPlan,
        folder: out,
        finishedOnly: finished,
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
    .option('--finished', 'show what is finished, and train nothing', false)
    .option('--docs <folder>', 'also write the results there')
    .action(async ({ law, out, quick, finished, docs }: NBodyOptions) => {
      const sizes = quick
        ? { train: 100, validation: 50, test: 50 }
        : { train: 3000, validation: 2000, test: 2000 };
      const comparison = await nBody.compareOnNBody({
        data: nBodyData(law, sizes),
        plan: quick ? nBody.quickPlan : nBody.fullPlan,
        folder: out,
        finishedOnly: finished,
        log: (line) => process.stderr.write(`${line}\n`),
      });
      process.stdout.write(`${nBodyTable(comparison)}\n`);
      if (docs)
        await writeComparison(docs, 'n-body', comparison, { table: nBodyTable(comparison) });
    });
}
