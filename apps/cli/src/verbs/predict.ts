import { Command, InvalidArgumentError, Option } from 'commander';
import { glyphDigits, selectDigits, unitNorm, type Digits } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import type { FiniteGroup } from '@intertwiner/groups';
import {
  convKernel,
  mlpKernel,
  myrtleKernel,
  poolOverGroup,
  predict,
  residualKernel,
  type Activation,
  type InputScaling,
  type LayerOptions,
  type Prediction,
  type SymmetryProblem,
} from '@intertwiner/neural-kernels';
import { UsageError } from '../io/errors.js';
import { addCommonOptions, positive, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, short } from '../io/output.js';
import { makeProgress, type Progress } from '../io/progress.js';
import { predictReport } from '../report/predictReport.js';
import { writeReport } from '../report/writeReport.js';
import { actionOn } from './digitPoses.js';
import { asUsageError, parseSpec } from './groupSpec.js';
import { describeWhatIfs, whatIfs, type WhatIfs } from './predictWhatIf.js';

/** Networks that `--arch` names; `pooled` is an MLP averaged over the poses of its input. */
export const architectureNames = [
  'mlp',
  'residual',
  'conv',
  'conv-gap',
  'myrtle',
  'pooled',
] as const;
export type ArchitectureName = (typeof architectureNames)[number];

export interface PredictVerbOptions extends CommonOptions {
  readonly data?: string;
  readonly group: string;
  readonly arch: ArchitectureName;
  readonly depth: number;
  readonly activation: 'relu' | 'erf' | 'gelu' | 'sine' | 'leakyRelu';
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly inputScaling: InputScaling;
  readonly pairs: number;
  readonly ridge: number;
  readonly regime: 'ntk' | 'nngp';
  readonly digits: number;
  readonly wanted: number;
  readonly whatIf: boolean;
}

export const predictVerb = (): Command =>
  addCommonOptions(
    new Command('predict').description(
      'kernel theory: will this architecture learn this symmetry from this data?',
    ),
  )
    .option('--data <folder>', 'digits in IDX files; default: digits that are generated')
    .option('--group <spec>', 'rotations C_n, D_n, or cyclic shifts Z_n', 'C4')
    .addOption(
      new Option('--arch <name>', 'the architecture').choices(architectureNames).default('mlp'),
    )
    .option('--depth <n>', 'hidden layers; for myrtle 5, 7 or 10', positiveInteger, 1)
    .addOption(
      new Option('--activation <name>', 'the nonlinearity')
        .choices(['relu', 'erf', 'gelu', 'sine', 'leakyRelu'])
        .default('relu'),
    )
    .option('--weight-variance <x>', 'of hidden layers', positive, 2)
    .option('--bias-variance <x>', 'of hidden layers', nonNegative, 0)
    .option(
      '--input-scaling <name>',
      'norm (|x|² = d), dimension, none, or a factor',
      inputScaling,
      'norm' as const,
    )
    .option('--pairs <n>', 'pairs of digits of different classes', positiveInteger, 64)
    .option('--digits <n>', 'digits to draw them from', positiveInteger, 1000)
    .option('--ridge <x>', 'added to the diagonal of the kernel matrix', nonNegative, 0)
    .addOption(
      new Option('--regime <name>', 'trained to the end, or only the last layer')
        .choices(['ntk', 'nngp'])
        .default('ntk'),
    )
    .option('--wanted <x>', 'the mean error ε to reach', positive, 1)
    .option('--what-if', 'what would change it: classes, poses, architecture, settings', false)
    .action(predictSymmetry);

function nonNegative(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number ≥ 0');
  }
  return value;
}

function inputScaling(text: string): InputScaling {
  if (text === 'norm' || text === 'dimension' || text === 'none') return text;
  return positive(text);
}

/** What is asked: everything but the kernel. */
export interface PosedQuestion extends Omit<SymmetryProblem, 'kernel' | 'group'> {
  readonly group: FiniteGroup;
  readonly pairs: number;
  readonly wanted: number;
}

async function predictSymmetry(options: PredictVerbOptions): Promise<void> {
  const digits = unitNorm(await loadSome(options));
  const group = asFinite(options.group);
  const { regime, ridge, seed, pairs, wanted, inputScaling } = options;
  const question: PosedQuestion = {
    images: digits.images,
    labels: digits.labels,
    d: digits.height * digits.width,
    group,
    act: actionOn(group, digits),
    ...{ inputScaling, regime, ridge, seed, pairs, wanted },
  };
  const progress = makeProgress();
  try {
    const { prediction, ifs } = asUsageError(() => ask(options, question, digits, progress));
    const document = {
      ...prediction,
      ...(ifs && { whatIf: ifs }),
      data: digits.name,
      digits: digits.count,
    };
    if (options.out) {
      await writeReport(options.out, document, predictReport(prediction, digits.name, ifs));
    }
    const text = [describe(prediction), ...(ifs ? [describeWhatIfs(ifs)] : [])].join('\n');
    makeOutput(options.json).result(document, text);
  } finally {
    progress.stop();
  }
}

function ask(
  options: PredictVerbOptions,
  question: PosedQuestion,
  digits: Digits,
  progress: Progress,
): { prediction: Prediction; ifs: WhatIfs | null } {
  const { pairs } = options;
  const onProgress = (share: number) =>
    progress.update('pairs', Math.round(share * pairs), pairs, options.group);
  const kernel = kernelOf(options.arch, options, question, digits);
  const prediction = predict({ ...question, kernel, onProgress });
  return {
    prediction,
    ifs: options.whatIf ? whatIfs(options, question, digits, prediction) : null,
  };
}

async function loadSome({ data, digits: count, seed }: PredictVerbOptions): Promise<Digits> {
  if (!data) return glyphDigits({ count, seed });
  const all = await loadDigits(data);
  return selectDigits(
    all,
    Array.from({ length: Math.min(count, all.count) }, (_, i) => i),
  );
}

function asFinite(spec: string): FiniteGroup {
  const group = parseSpec(spec);
  if (group.kind === 'finite') return group;
  throw new UsageError(`predict needs a finite group of poses, such as C8 or Z28, not ${spec}.`);
}

/** The settings that layers share. */
export const layersOf = ({
  depth,
  activation,
  weightVariance,
  biasVariance,
}: PredictVerbOptions): LayerOptions => ({
  depth,
  activation: activation as Activation,
  weightVariance,
  biasVariance,
});

/** The kernel of a named architecture on digits of a given size. */
export function kernelOf(
  arch: ArchitectureName,
  options: PredictVerbOptions,
  { group, act }: Pick<PosedQuestion, 'group' | 'act'>,
  { height, width }: Pick<Digits, 'height' | 'width'>,
  layers = layersOf(options),
): SymmetryProblem['kernel'] {
  const grid = [height, width] as const;
  switch (arch) {
    case 'mlp':
      return mlpKernel(layers);
    case 'residual':
      return residualKernel(layers);
    case 'conv':
      return convKernel({ ...layers, grid, pooling: 'flatten' });
    case 'conv-gap':
      return convKernel({ ...layers, grid, pooling: 'globalAveragePool' });
    case 'myrtle':
      return myrtleKernel({ ...layers, depth: layers.depth as 5, grid, padding: 'circular' });
    case 'pooled':
      return poolOverGroup(mlpKernel(layers), { group, act });
  }
}

function describe(prediction: Prediction): string {
  const { group, kernel, n, spectral, exact, verdict, reason, diagnosis, warnings } = prediction;
  return [
    `${kernel} and ${group} (${n} poses): ${verdict}.`,
    reason,
    `Spectral error ${short(spectral.mean)}, exact error ${short(exact.mean)}, limited by ${diagnosis.limitedBy}.`,
    ...warnings.map((warning) => `Note: ${warning}`),
  ].join('\n');
}
