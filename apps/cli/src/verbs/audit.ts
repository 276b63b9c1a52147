import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { Command, Option } from 'commander';
import { averagePool } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import {
  devices,
  loadModel,
  loadTfjsBackend,
  onnxDevices,
  parseDevice,
  type Device,
  type LoadedModel,
  type OnnxDevice,
} from '@intertwiner/engine';
import { gridAction, type FiniteGroup } from '@intertwiner/groups';
import {
  equivarianceError,
  imageAction,
  invariant,
  permutationAction,
  type Action,
  type EquivarianceReport,
} from '@intertwiner/layers';
import type { TensorDeclaration } from '@intertwiner/onnx';
import { exitCodes, UsageError } from '../io/errors.js';
import { addCommonOptions, positive, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { parseSpec } from './groupSpec.js';
import { largestSubgroup } from './subgroups.js';

interface AuditOptions extends CommonOptions {
  readonly group?: string;
  readonly input?: string;
  readonly output?: string;
  readonly outputAction?: 'invariant' | 'image';
  readonly samples: number;
  readonly data?: string;
  readonly tolerance?: number;
}

/** Errors up to this are float32 rounding: a symmetry that holds. */
const roundingBound = 1e-4;

export const auditVerb = (): Command =>
  addCommonOptions(
    new Command('audit')
      .description("measure an ONNX model's equivariance error, per group element and runtime")
      .argument('<model>', 'an ONNX file'),
  )
    .option('--group <spec>', "the group; default: the one in the file's metadata")
    .option('--input <name>', 'the input that the group acts on as an image; default: the first')
    .option('--output <name>', 'the output to measure; default: the first')
    .addOption(
      new Option('--output-action <action>', 'how the group acts on the output').choices([
        'invariant',
        'image',
      ]),
    )
    .option('--samples <n>', 'inputs to measure on', positiveInteger, 32)
    .option('--data <folder>', 'measure on digits from this folder (IDX files) instead of noise')
    .option('--tolerance <x>', 'fail (exit 1) if the largest error exceeds this', positive)
    .action(audit);

async function audit(path: string, options: AuditOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  const bytes = await readFile(path);
  const names = await devicesOf(options);
  const reports: { device: Device; report: EquivarianceReport }[] = [];
  let group: FiniteGroup | null = null;
  for (const device of names) {
    const model = await loadModel(bytes, { device });
    const target = targetOf(model, options);
    group = target.group;
    try {
      reports.push({ device, report: await measure(model, target, options) });
    } finally {
      await model.dispose();
    }
  }
  const { mean, max, perElement } = reports[0]!.report;
  const bound = options.tolerance ?? roundingBound;
  const holds = perElement.filter(({ max }) => max <= bound).map(({ element }) => element);
  const document = {
    model: path,
    group: group!.name,
    inputs: options.data ? 'data' : 'noise',
    samples: options.samples,
    mean,
    max,
    perElement: perElement.map(({ name, error, max }) => ({ element: name, error, max })),
    largestSubgroup: largestSubgroup(group!, holds),
    runtimes: reports.map(({ device, report }) => ({ device, mean: report.mean, max: report.max })),
  };
  makeOutput(options.json).result(document, describe(document));
  if (options.tolerance !== undefined && max > options.tolerance) {
    process.exitCode = exitCodes.checkFailed;
  }
}

/** The device that was asked for, or with `auto` every runtime that works. */
async function devicesOf({ device }: AuditOptions): Promise<Device[]> {
  if (device !== 'auto') return [parseDevice(device)];
  const isRuntime = (name: Device) => onnxDevices.includes(name as OnnxDevice);
  const working = (await devices()).filter(({ name, available }) => available && isRuntime(name));
  return working.map(({ name }) => name);
}

interface Target {
  readonly group: FiniteGroup;
  readonly input: TensorDeclaration;
  readonly output: TensorDeclaration;
  readonly inputAction: Action;
  readonly outputAction: Action;
}

function targetOf(model: LoadedModel, options: AuditOptions): Target {
  const spec = options.group ?? model.metadata['intertwiner.group'];
  if (!spec) {
    throw new UsageError("The file's metadata name no group. Name one with --group, such as C4.");
  }
  const input = find(model.inputs, options.input, 'input');
  const output = find(model.outputs, options.output, 'output');
  const layout = imageLayout(input);
  const { group } = gridAction(parseSpec(spec), layout);
  const wanted = options.outputAction ?? model.metadata['intertwiner.output'] ?? 'invariant';
  return {
    group,
    input,
    output,
    inputAction: actionOn(group, layout),
    outputAction: wanted === 'image' ? actionOn(group, imageLayout(output)) : invariant(group),
  };
}

function find(
  tensors: readonly TensorDeclaration[],
  name: string | undefined,
  what: string,
): TensorDeclaration {
  const found = name === undefined ? tensors[0] : tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  const names = tensors.map((tensor) => tensor.name).join(', ');
  throw new UsageError(`The model has no ${what} '${name ?? ''}'. It has: ${names}.`);
}

interface ImageLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly channelsFirst: boolean;
  readonly shape: readonly number[];
}

/** Where the pixels are in a tensor: [B, H, W], [B, H, W, C] or [B, C, H, W]. */
function imageLayout({ name, shape }: TensorDeclaration): ImageLayout {
  const extents = shape.slice(1).map(Number);
  const layout = (height: number, width: number, channels: number, channelsFirst: boolean) => ({
    height,
    width,
    channels,
    channelsFirst,
    shape: extents,
  });
  const [a, b, c] = extents as [number, number, number];
  if (extents.length === 2 && extents.every(Number.isInteger)) return layout(a, b, 1, false);
  if (extents.length === 3 && extents.every(Number.isInteger)) {
    // The channels are the axis that differs; of three equal axes, the first, as ONNX has it.
    return a === b && b !== c ? layout(a, b, c, false) : layout(b, c, a, true);
  }
  throw new UsageError(
    `'${name}' has the shape [${shape.join(', ')}], which is no batch of images: ` +
      '[B, H, W], [B, H, W, C] or [B, C, H, W] with known H, W and C.',
  );
}

function actionOn(group: FiniteGroup, layout: ImageLayout): Action {
  const { height, width, channels, channelsFirst, shape } = layout;
  if (!channelsFirst) {
    if (shape.length === 3) return imageAction(group, { height, width, channels });
    const action = gridAction(group, { height, width });
    return permutationAction(group, shape, (element) => action.permutation(element));
  }
  const action = gridAction(group, { height, width });
  const pixels = height * width;
  const permutation = (element: number) => {
    const plane = action.permutation(element);
    return Int32Array.from(
      { length: channels * pixels },
      (_, i) => i - (i % pixels) + plane[i % pixels]!,
    );
  };
  return permutationAction(group, shape, permutation);
}

async function measure(
  model: LoadedModel,
  target: Target,
  options: AuditOptions,
): Promise<EquivarianceReport> {
  const { group, input, output, inputAction, outputAction } = target;
  const others = otherInputs(model, input);
  const run = async (x: tf.Tensor): Promise<tf.Tensor> => {
    const feeds = { [input.name]: { data: (await x.data()) as Float32Array, shape: x.shape } };
    const { data, shape } = (await model.run({ ...others, ...feeds }))[output.name]!;
    return tf.tensor(data as Float32Array, [...shape]);
  };
  const inputs = options.data ? await digitInputs(options.data, input, options.samples) : null;
  const fixedBatch = typeof input.shape[0] === 'number' ? { batchSize: input.shape[0] } : {};
  try {
    return await equivarianceError(run, {
      group,
      input: inputAction,
      output: outputAction,
      samples: options.samples,
      seed: options.seed,
      ...fixedBatch,
      ...(inputs ? { inputs } : {}),
    });
  } finally {
    inputs?.dispose();
  }
}

function otherInputs(model: LoadedModel, input: TensorDeclaration) {
  const others = model.inputs.filter(({ name }) => name !== input.name);
  if (others.length === 0) return {};
  const names = others.map(({ name }) => `'${name}'`).join(', ');
  throw new UsageError(
    `The model has other inputs than '${input.name}' too (${names}); audit takes one.`,
  );
}

/** The first digits of a folder, at the model's resolution, with values from 0 to 1. */
async function digitInputs(
  folder: string,
  input: TensorDeclaration,
  samples: number,
): Promise<tf.Tensor> {
  const { height, width, channels, shape } = imageLayout(input);
  const digits = await loadDigits(folder);
  const factor = digits.height / height;
  if (channels !== 1 || digits.width / width !== factor || !Number.isInteger(factor)) {
    throw new UsageError(
      `Digits of ${digits.height}×${digits.width} pixels do not fit the input '${input.name}' of ` +
        `shape [${input.shape.join(', ')}]. Leave --data out to measure on noise.`,
    );
  }
  const { images } = factor === 1 ? digits : averagePool(digits, factor);
  const count = Math.min(samples, digits.count);
  const pixels = Float32Array.from(images.subarray(0, count * height * width), (v) => v / 255);
  return tf.tensor(pixels, [count, ...shape]);
}

interface AuditDocument {
  readonly group: string;
  readonly inputs: string;
  readonly samples: number;
  readonly mean: number;
  readonly max: number;
  readonly perElement: readonly { element: string; error: number; max: number }[];
  readonly largestSubgroup: string;
  readonly runtimes: readonly { device: Device; mean: number; max: number }[];
}

function describe(document: AuditDocument): string {
  const { group, inputs, samples, perElement, runtimes } = document;
  const elements = perElement.map(({ element, error, max }) => [element, short(error), short(max)]);
  const devices = runtimes.map(({ device, mean, max }) => [device, short(mean), short(max)]);
  return [
    `‖f(g·x) − g·f(x)‖ / ‖f(x)‖ under ${group}, on ${samples} samples of ${inputs}:`,
    textTable(['element', 'mean', 'largest'], elements),
    '',
    textTable(['runtime', 'mean', 'largest'], devices),
    '',
    `The largest subgroup under which it holds to rounding: ${document.largestSubgroup}.`,
  ].join('\n');
}
