import { Command, InvalidArgumentError, Option } from 'commander';
import {
  glyphDigits,
  roll,
  rotate,
  selectDigits,
  unitNorm,
  type Digits,
} from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import {
  gridAction,
  InexactActionError,
  interpolatedAction,
  type FiniteGroup,
} from '@intertwiner/groups';
import {
  convKernel,
  mlpKernel,
  predict,
  residualKernel,
  type Activation,
  type Prediction,
  type SymmetryProblem,
} from '@intertwiner/neural-kernels';
import { UsageError } from '../io/errors.js';
import { addCommonOptions, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, short } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import { predictReport } from '../report/predictReport.js';
import { writeReport } from '../report/writeReport.js';
import { asUsageError, parseSpec } from './groupSpec.js';

interface PredictVerbOptions extends CommonOptions {
  readonly data?: string;
  readonly group: string;
  readonly arch: 'mlp' | 'residual' | 'conv' | 'conv-gap';
  readonly depth: number;
  readonly activation: 'relu' | 'erf' | 'gelu' | 'sine' | 'leakyRelu';
  readonly pairs: number;
  readonly ridge: number;
  readonly regime: 'ntk' | 'nngp';
  readonly digits: number;
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
      new Option('--arch <name>', 'the architecture')
        .choices(['mlp', 'residual', 'conv', 'conv-gap'])
        .default('mlp'),
    )
    .option('--depth <n>', 'hidden layers', positiveInteger, 1)
    .addOption(
      new Option('--activation <name>', 'the nonlinearity')
        .choices(['relu', 'erf', 'gelu', 'sine', 'leakyRelu'])
        .default('relu'),
    )
    .option('--pairs <n>', 'pairs of digits of different classes', positiveInteger, 64)
    .option('--digits <n>', 'digits to draw them from', positiveInteger, 1000)
    .option('--ridge <x>', 'added to the diagonal of the kernel matrix', nonNegative, 0)
    .addOption(
      new Option('--regime <name>', 'trained to the end, or only the last layer')
        .choices(['ntk', 'nngp'])
        .default('ntk'),
    )
    .action(predictSymmetry);

function nonNegative(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number ≥ 0');
  }
  return value;
}

async function predictSymmetry(options: PredictVerbOptions): Promise<void> {
  const digits = unitNorm(await loadSome(options));
  const group = asFinite(options.group);
  const problem: SymmetryProblem = {
    images: digits.images,
    labels: digits.labels,
    d: digits.height * digits.width,
    group,
    act: actionOn(group, digits),
    kernel: kernelOf(options, digits),
    // Unit-norm images would drown in the biases of a kernel scaled by 1/d.
    inputScaling: 'norm',
    regime: options.regime,
    ridge: options.ridge,
    seed: options.seed,
  };
  const progress = makeProgress();
  const { pairs } = options;
  const onProgress = (share: number) =>
    progress.update('pairs', Math.round(share * pairs), pairs, options.group);
  let prediction: Prediction;
  try {
    prediction = asUsageError(() => predict({ ...problem, pairs, onProgress }));
  } finally {
    progress.stop();
  }
  const document = { ...prediction, data: digits.name, digits: digits.count };
  if (options.out) {
    await writeReport(options.out, document, predictReport(prediction, digits.name));
  }
  makeOutput(options.json).result(document, describe(prediction));
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

type Act = SymmetryProblem['act'];

/** Exact where the group permutes the pixels; else rotations by splines, reflections bilinearly. */
function actionOn(group: FiniteGroup, { height, width }: Digits): Act {
  const shifts = /^Z(\d+)$/.exec(group.name);
  if (shifts) return shiftAction(Number(shifts[1]), { height, width });
  try {
    const exact = gridAction(group, { height, width });
    return (image, element) => exact.apply(element, image);
  } catch (error) {
    if (!(error instanceof InexactActionError)) throw error;
  }
  if (/^C\d+$/.test(group.name)) {
    return (image, element) =>
      rotate(
        { images: Float32Array.from(image), count: 1, height, width },
        (360 * element) / group.order,
      ).images;
  }
  const interpolated = asUsageError(() => interpolatedAction(group, { height, width }));
  return (image, element) => interpolated.apply(element, image);
}

/** Z_n shifts by width / n pixels along the rows. */
function shiftAction(n: number, { height, width }: { height: number; width: number }): Act {
  if (width % n !== 0) {
    throw new UsageError(
      `Z${n} cannot shift images of ${width} pixels by whole pixels; n must divide it.`,
    );
  }
  return (image, element) =>
    roll(
      { images: Float32Array.from(image), count: 1, height, width },
      { dy: 0, dx: (element * width) / n },
    ).images;
}

function kernelOf(options: PredictVerbOptions, { height, width }: Digits) {
  const layers = {
    depth: options.depth,
    activation: options.activation as Activation,
  };
  const image = {
    ...layers,
    grid: [height, width] as const,
    filter: 3,
    padding: 'circular' as const,
  };
  switch (options.arch) {
    case 'mlp':
      return mlpKernel(layers);
    case 'residual':
      return residualKernel(layers);
    case 'conv':
      return convKernel({ ...image, pooling: 'flatten' });
    case 'conv-gap':
      return convKernel({ ...image, pooling: 'globalAveragePool' });
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
