import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  compareRuntimes,
  loadModel,
  loadTfjsBackend,
  parseDevice,
  readModelFile,
  writeFileAtomic,
  type ArrayTensor,
  type Device,
  type Feeds,
  type RuntimeComparison,
} from '@intertwiner/engine';
import { convertModel, copyDtypes, type CopyDtype } from '@intertwiner/onnx';
import { asUsageErrors } from './groupSpec.js';
import { noiseRows } from '../audit/feeds.js';
import { measure } from '../audit/measure.js';
import { targetOf } from '../audit/target.js';
import { exitCodes } from '../io/errors.js';
import { addModelOptions, positive, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, percent, short, textTable } from '../io/output.js';
import { gaussianFeeds } from './modelInputs.js';

interface VerifyOptions extends CommonOptions {
  readonly batch: number;
  readonly dtype: readonly CopyDtype[];
  readonly tolerance?: number;
  readonly devices?: string;
  readonly group?: string;
  readonly input: readonly string[];
  readonly output?: string;
}

type Dtype = 'float32' | CopyDtype;

/**
 * The largest difference, relative to the largest output, that is rounding.
 *
 * float32 has 1.2e-7 of relative rounding; sums of some thousand terms in another order give
 * differences of up to 1e-6, and 1e-5 leaves room for deep models. float16 has 11 bits, 4.9e-4, at
 * the weights and after every layer: twenty of them. int8 has steps of 0.8 % of the largest weight
 * and of the largest activation in every layer, whose errors average out over the terms of a sum:
 * a tenth of the largest output is more than that leaves in networks of some ten layers.
 */
const tolerances: Readonly<Record<Dtype, number>> = { float32: 1e-5, float16: 1e-2, int8: 0.1 };

/** What a copy in fewer bits does, beside the original. */
interface CopyResult {
  readonly dtype: CopyDtype;
  readonly tolerance: number;
  readonly passed: boolean;
  /** Size of the file over that of the original. */
  readonly size: number;
  /** Outputs against those of the float32 original on the first device, for each device. */
  readonly runtimes: readonly RuntimeComparison[];
  /** Share of samples whose largest output stays in its place; null for no vector. */
  readonly argmaxAgreement: number | null;
}

interface Symmetry {
  readonly dtype: Dtype;
  readonly mean: number;
  readonly max: number;
}

export const verifyVerb = (): Command =>
  addModelOptions(
    new Command('verify')
      .description('run the same inputs through every runtime and compare the outputs')
      .argument('<model>', 'an ONNX file'),
  )
    .option('--devices <names>', 'devices to compare, separated by commas; default: all that work')
    .option('--batch <n>', 'extent of open axes', positiveInteger, 8)
    .option('--dtype <names>', `also copies in ${copyDtypes.join(', ')}`, parseDtypes, [])
    .option(
      '--group <spec>',
      'whose equivariance error the copies are asked for; default: the file’s',
    )
    .option('--input <side>', 'how it acts on the inputs, as in audit', collect, [])
    .option('--output <side>', 'how it acts on the output, as in audit')
    .option(
      '--tolerance <x>',
      'largest relative difference that passes; default: ' +
        Object.entries(tolerances)
          .map(([dtype, value]) => `${value} for ${dtype}`)
          .join(', '),
      positive,
    )
    .action((path: string, options: VerifyOptions) => asUsageErrors(() => verify(path, options)));

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function parseDtypes(text: string): CopyDtype[] {
  return text.split(',').map((name) => {
    const known = copyDtypes.find((dtype) => dtype === name);
    if (known) return known;
    throw new InvalidArgumentError(`expected some of ${copyDtypes.join(', ')}`);
  });
}

async function verify(path: string, options: VerifyOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  const bytes = await readModelFile(path);
  const model = await loadModel(bytes, { device: 'cpu' });
  const feeds = gaussianFeeds(model, options.seed, options.batch);
  const reference = await model.run(feeds);
  const spec = options.group ?? model.metadata['intertwiner.group'];
  await model.dispose();
  const devices = options.devices?.split(',').map(parseDevice);
  const tolerance = options.tolerance ?? tolerances.float32;
  const runtimes = await compareRuntimes(bytes, feeds, devices ? { devices } : {});
  const copies: CopyResult[] = [];
  const symmetry: Symmetry[] = [];
  if (spec && options.dtype.length > 0)
    symmetry.push(await measureSymmetry(bytes, 'float32', options));
  for (const dtype of options.dtype) {
    const copy = convertModel(bytes, dtype);
    if (options.out) await writeFileAtomic(join(options.out, `${dtype}.onnx`), copy);
    const allowed = options.tolerance ?? tolerances[dtype];
    const result = await compareCopy(copy, feeds, reference, devices);
    const passed = within(result.runtimes, allowed);
    const size = copy.length / bytes.length;
    copies.push({ dtype, tolerance: allowed, passed, size, ...result });
    if (spec) symmetry.push(await measureSymmetry(copy, dtype, options));
  }
  const passed = within(runtimes, tolerance) && copies.every((copy) => copy.passed);
  const document = {
    model: path,
    tolerance,
    passed,
    runtimes,
    copies,
    symmetry: symmetry.length > 0 ? { group: spec!, dtypes: symmetry } : null,
  };
  makeOutput(options.json).result(document, describe(document));
  if (!passed) process.exitCode = exitCodes.checkFailed;
}

const within = (runtimes: readonly RuntimeComparison[], tolerance: number): boolean =>
  runtimes.every(({ maxRelDiff }) => maxRelDiff <= tolerance);

async function compareCopy(
  copy: Uint8Array,
  feeds: Feeds,
  reference: Readonly<Record<string, ArrayTensor>>,
  devices: readonly Device[] | undefined,
) {
  const runtimes = await compareRuntimes(copy, feeds, {
    reference,
    ...(devices ? { devices } : {}),
  });
  const model = await loadModel(copy, { device: 'cpu' });
  const outputs = await model.run(feeds);
  await model.dispose();
  const [name] = Object.keys(reference) as [string];
  return { runtimes, argmaxAgreement: argmaxAgreement(outputs[name]!, reference[name]!) };
}

function argmaxAgreement(a: ArrayTensor, b: ArrayTensor): number | null {
  const [rows, columns] = b.shape;
  if (b.shape.length !== 2 || !rows || !columns || columns < 2) return null;
  const largest = ({ data }: ArrayTensor, row: number): number => {
    const values = Array.from(data.subarray(row * columns, (row + 1) * columns), Number);
    return values.indexOf(Math.max(...values));
  };
  const agree = Array.from({ length: rows }, (_, row) => largest(a, row) === largest(b, row));
  return agree.filter(Boolean).length / rows;
}

/** Samples that the symmetry of a copy is measured on. */
const symmetrySamples = 16;

async function measureSymmetry(
  bytes: Uint8Array,
  dtype: Dtype,
  options: VerifyOptions,
): Promise<Symmetry> {
  const model = await loadModel(bytes, { device: 'cpu' });
  try {
    const target = await targetOf(model, { ...options, extent: {} });
    const rows = noiseRows(target.inputs, symmetrySamples, options.seed);
    const { mean, max } = await measure(model, target, rows).finally(() => rows.dispose());
    return { dtype, mean, max };
  } finally {
    await model.dispose();
  }
}

interface VerifyDocument {
  readonly tolerance: number;
  readonly passed: boolean;
  readonly runtimes: readonly RuntimeComparison[];
  readonly copies: readonly CopyResult[];
  readonly symmetry: { readonly group: string; readonly dtypes: readonly Symmetry[] } | null;
}

function describe({ tolerance, passed, runtimes, copies, symmetry }: VerifyDocument): string {
  const rows = (dtype: Dtype, list: readonly RuntimeComparison[]) =>
    list.map(({ device, maxAbsDiff, maxRelDiff, ms }) => [
      dtype,
      device,
      short(maxAbsDiff),
      short(maxRelDiff),
      ms.toFixed(2),
    ]);
  const table = textTable(
    ['dtype', 'device', 'max |a−b|', 'relative', 'ms'],
    [...rows('float32', runtimes), ...copies.flatMap((copy) => rows(copy.dtype, copy.runtimes))],
  );
  const lines = copies.map(({ dtype, size, argmaxAgreement, passed, tolerance }) => {
    const place =
      argmaxAgreement === null
        ? ''
        : `, the largest output in its place ${percent(argmaxAgreement)}`;
    const verdict = passed ? 'within' : 'FAILED: beyond';
    return `${dtype}: ${percent(size)} of the size${place}, ${verdict} ${tolerance} relative.`;
  });
  const kept = symmetry
    ? [
        '',
        `‖f(g·x) − g·f(x)‖ / ‖f(x)‖ under ${symmetry.group}, on noise:`,
        textTable(
          ['dtype', 'mean', 'largest'],
          symmetry.dtypes.map(({ dtype, mean, max }) => [dtype, short(mean), short(max)]),
        ),
      ]
    : [];
  const agree = within(runtimes, tolerance)
    ? `All runtimes agree within ${tolerance} relative.`
    : `FAILED: a runtime differs by more than ${tolerance} relative.`;
  return [table, agree, ...lines, ...kept, ...(passed ? [] : ['', 'FAILED.'])].join('\n');
}
