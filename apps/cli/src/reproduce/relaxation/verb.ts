import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadTfjsBackend } from '@intertwiner/engine';
import { UsageError } from '../../io/errors.js';
import { addCommonOptions, integers, listOf, type CommonOptions } from '../../io/options.js';
import { digitsOf } from '../../verbs/cloneData.js';
import { runReproduction } from '../runReproduction.js';
import { overview, relaxationReport } from './report.js';
import { fullSettings, partNames, quickSettings, type PartName } from './settings.js';
import { summarise, type PartSummary, type RelaxationDocument } from './summary.js';
import { tables } from './tables.js';
import { relaxationUnits } from './units.js';

interface ReproduceOptions extends CommonOptions {
  readonly data?: string;
  readonly quick: boolean;
  readonly parts: readonly PartName[];
  readonly seeds?: readonly number[];
  readonly reportOnly: boolean;
  readonly beside?: string;
}

export const relaxationReproduction = (): Command =>
  addCommonOptions(
    new Command('relaxation').description(
      'constraint relaxation: schedules, feedback, priors and their controls on several tasks',
    ),
  )
    .option('--data <folder>', 'digits in IDX files (MNIST); default: digits that are generated')
    .option('--quick', 'small sizes and two seeds, to see how it goes', false)
    .option('--parts <names>', `some of ${partNames.join(',')}`, listOf('part', partNames), [
      ...partNames,
    ])
    .option('--seeds <numbers>', 'some of the seeds; default: all', integers)
    .option('--report-only', 'compute nothing, report what is there', false)
    .option('--beside <file>', 'report.json of another run, for the parts that this one leaves out')
    .action(reproduceRelaxation);

async function reproduceRelaxation(options: ReproduceOptions): Promise<void> {
  const { seed, quick, out = join('runs', quick ? 'relaxation-quick' : 'relaxation') } = options;
  const beside = options.beside === undefined ? [] : await partsOf(options.beside);
  await loadTfjsBackend('tfjs-cpu');
  const digits = await digitsOf(options.data ?? null, quick ? 400 : 10_000, seed);
  const settings = (quick ? quickSettings : fullSettings)(digits.name);
  const context = { settings, seeds: options.seeds ?? settings.seeds, source: { digits } };
  await runReproduction({
    folder: out,
    // Each unit has its own, so that parts and rows can be added to a folder.
    settings: { data: settings.data },
    units: options.reportOnly ? [] : relaxationUnits(context, options.parts),
    json: options.json,
    summarise: (records) => summarise(settings, records, beside),
    page: relaxationReport,
    tables,
    picture: overview,
  });
}

/** The parts of a report.json. Throws UsageError if it is none. */
async function partsOf(path: string): Promise<readonly PartSummary[]> {
  try {
    const { parts } = JSON.parse(await readFile(path, 'utf8')) as RelaxationDocument;
    if (parts.every(({ part, rows }) => partNames.includes(part) && rows.length > 0)) return parts;
  } catch {
    // Told below, with what is expected.
  }
  throw new UsageError(
    `${path} is no report.json of \`intertwiner reproduce relaxation\`; --beside takes the one in ` +
      'the --out folder of another run.',
  );
}
