import { join } from 'node:path';
import { Command } from 'commander';
import { loadTfjsBackend, writeFileAtomic } from '@intertwiner/engine';
import { htmlReport } from '@intertwiner/report';
import { interruptSignal } from '../../io/interrupt.js';
import { addCommonOptions, integers, listOf, type CommonOptions } from '../../io/options.js';
import { makeOutput } from '../../io/output.js';
import { makeProgress } from '../../io/progress.js';
import { digitsOf } from '../../verbs/cloneData.js';
import { runUnits, type Unit } from '../experiment.js';
import { cloningReport } from './report.js';
import { fullSettings, quickSettings } from './settings.js';
import { summarise } from './summary.js';
import { tables } from './tables.js';
import {
  anchorUnits,
  compoundingUnits,
  fewerUnits,
  filterUnits,
  furtherUnits,
  inferenceUnits,
  inputUnits,
  modeUnits,
  orderUnits,
  studentUnits,
  survivalUnits,
  tableUnits,
  type UnitContext,
} from './units.js';

interface CloningOptions extends CommonOptions {
  readonly data?: string;
  readonly quick: boolean;
  readonly parts: readonly Part[];
  readonly seeds?: readonly number[];
  readonly reportOnly: boolean;
}

/** In the order in which they are computed: the table first. */
const parts = {
  'c4-symmetry': tableUnits('C4', 'symmetry'),
  'c4-breaking': tableUnits('C4', 'breaking'),
  't2-symmetry': tableUnits('T(2)', 'symmetry'),
  't2-breaking': tableUnits('T(2)', 'breaking'),
  survival: survivalUnits,
  fewer: fewerUnits,
  students: studentUnits,
  orders: orderUnits,
  inference: inferenceUnits,
  inputs: inputUnits,
  modes: modeUnits,
  anchor: anchorUnits,
  compounding: compoundingUnits,
  filters: filterUnits,
  further: furtherUnits,
} satisfies Record<string, (context: UnitContext) => Unit[]>;
type Part = keyof typeof parts;
const partNames = Object.keys(parts) as Part[];

export const cloningReproduction = (): Command =>
  addCommonOptions(
    new Command('cloning').description(
      'symmetry-cloning: four tasks, all controls, and what it takes',
    ),
  )
    .option('--data <folder>', 'digits in IDX files (MNIST); default: digits that are generated')
    .option('--quick', 'small sizes and two seeds, to see how it goes', false)
    .option(
      '--parts <names>',
      `some of ${partNames.join(',')}`,
      listOf('part', partNames),
      partNames,
    )
    .option('--seeds <numbers>', 'some of the seeds; default: all', integers)
    .option('--report-only', 'compute nothing, report what is there', false)
    .action(reproduceCloning);

async function reproduceCloning(options: CloningOptions): Promise<void> {
  const { seed, quick, out: folder = join('runs', quick ? 'cloning-quick' : 'cloning') } = options;
  await loadTfjsBackend('tfjs-cpu');
  const digits = await digitsOf(options.data ?? null, quick ? 400 : 10_000, seed);
  const settings = (quick ? quickSettings : fullSettings)(digits.name);
  const seeds = options.seeds ?? settings.seeds;
  const context = { settings, seeds, digits, cache: join(folder, 'clones') };
  const chosen = options.reportOnly ? [] : options.parts;
  const units = chosen.flatMap((part) => parts[part](context));
  const progress = makeProgress();
  const output = makeOutput(options.json);
  try {
    const records = await runUnits(units, {
      folder,
      settings,
      progress,
      signal: interruptSignal(`Run the same command again to go on with '${folder}'.`),
    });
    const document = summarise(settings, records);
    await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(document, null, 1)}\n`);
    await writeFileAtomic(join(folder, 'report.html'), htmlReport(cloningReport(document)));
    await writeFileAtomic(join(folder, 'tables.md'), tables(document));
    output.result(document, `${document.verdict}\n${join(folder, 'report.html')}`);
  } finally {
    progress.stop();
  }
}
