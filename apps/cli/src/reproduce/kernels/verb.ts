import { join } from 'node:path';
import { Command } from 'commander';
import { glyphDigits } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import { loadTfjsBackend } from '@intertwiner/engine';
import { UsageError } from '../../io/errors.js';
import { addCommonOptions, listOf, type CommonOptions } from '../../io/options.js';
import type { Unit } from '../experiment.js';
import { runReproduction } from '../runReproduction.js';
import { bridgeUnits } from './bridge.js';
import { kernelsData, type KernelsData } from './data.js';
import { relaxationUnits } from './relaxation.js';
import { kernelsReport } from './report.js';
import { fullSettings, quickSettings, type KernelsSettings } from './settings.js';
import { summarise } from './summary.js';
import { classUnits, pairUnits, spectrumUnits, toyUnits } from './theory.js';
import { trainedClassUnits } from './trainedClasses.js';
import { trainedPairUnits } from './trainedPairs.js';

interface KernelsOptions extends CommonOptions {
  readonly data?: string;
  readonly quick: boolean;
  readonly parts: readonly Part[];
}

/** In the order in which they are computed: what is cheap first. */
const parts = {
  toy: () => toyUnits(),
  spectra: spectrumUnits,
  'trained-pairs': trainedPairUnits,
  'trained-classes': trainedClassUnits,
  bridge: bridgeUnits,
  relaxation: relaxationUnits,
  pairs: pairUnits,
  classes: classUnits,
} satisfies Record<string, (settings: KernelsSettings, data: KernelsData) => Unit[]>;
type Part = keyof typeof parts;
const partNames = Object.keys(parts) as Part[];

export const kernelsReproduction = (): Command =>
  addCommonOptions(
    new Command('kernels').description('kernel theory: which networks learn which symmetries'),
  )
    .option('--data <folder>', 'digits in IDX files (MNIST); default: digits that are generated')
    .option('--quick', 'small sizes, to see how it goes: seconds instead of an hour', false)
    .option(
      '--parts <names>',
      `some of ${partNames.join(',')}`,
      listOf('part', partNames),
      partNames,
    )
    .action(reproduceKernels);

async function reproduceKernels(options: KernelsOptions): Promise<void> {
  const { seed, quick, out: folder = join('runs', quick ? 'kernels-quick' : 'kernels') } = options;
  await loadTfjsBackend('tfjs-cpu');
  const digits = options.data
    ? await loadDigits(options.data)
    : glyphDigits({ count: quick ? 300 : 10_000, seed });
  if (digits.height !== digits.width || digits.height % 4 !== 0) {
    throw new UsageError(
      `The digits are ${digits.height} × ${digits.width} pixels; square images whose side is a ` +
        'multiple of 4 are needed.',
    );
  }
  const settings = (quick ? quickSettings : fullSettings)({ seed, data: digits.name });
  const data = kernelsData(digits, settings.digits);
  const units = options.parts.flatMap((part) => parts[part](settings, data));
  await runReproduction({
    ...{ folder, settings, units, json: options.json },
    summarise: (records) => summarise(settings, records),
    page: kernelsReport,
  });
}
