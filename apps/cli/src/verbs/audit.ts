import * as tf from '@tensorflow/tfjs';
import { Command } from 'commander';
import {
  devices,
  loadModel,
  loadTfjsBackend,
  onnxDevices,
  parseDevice,
  readModelFile,
  type Device,
  type LoadedModel,
} from '@intertwiner/engine';
import type { Group } from '@intertwiner/groups';
import type { EquivarianceReport } from '@intertwiner/layers';
import { loadSamples } from '../audit/data.js';
import { errorsOf, type AuditDocument } from '../audit/document.js';
import { noiseRows, roundToBatch, rowsOf } from '../audit/feeds.js';
import { measureLayers } from '../audit/layers.js';
import { measure, measureGenerators, run, type Target } from '../audit/measure.js';
import { targetOf, type TargetOptions } from '../audit/target.js';
import { heldByGenerators, largestSubgroup } from '../audit/subgroups.js';
import { exitCodes } from '../io/errors.js';
import {
  addModelOptions,
  collect,
  extent,
  positive,
  positiveInteger,
  type CommonOptions,
} from '../io/options.js';
import { makeOutput, percent, short, textTable } from '../io/output.js';
import { auditReport, type WorstCase } from '../report/auditReport.js';
import { writeReport } from '../report/writeReport.js';
import { asUsageErrors } from './groupSpec.js';

interface AuditOptions extends CommonOptions, TargetOptions {
  readonly samples: number;
  readonly data?: string;
  readonly layers: boolean;
  readonly tolerance?: number;
}

/** Errors up to this are float32 rounding: a symmetry that holds. */
const roundingBound = 1e-4;

export const auditVerb = (): Command =>
  addModelOptions(
    new Command('audit')
      .description("measure an ONNX model's equivariance error, per group element and layer")
      .argument('<model>', 'an ONNX file'),
  )
    .option('--group <spec>', "the group; default: the one in the file's metadata")
    .option(
      '--input <side>',
      'NAME, ACTION or NAME:ACTION; ACTION is image, points, invariant, or such as V, V^2 + 1 ' +
        '(with @AXIS to choose the axis); may be given once for each input',
      collect,
      [],
    )
    .option('--output <side>', 'likewise, the output to measure; default: the first, invariant')
    .option('--extent <name=n>', 'the extent of an open axis', extent, {})
    .option('--samples <n>', 'inputs to measure on', positiveInteger, 32)
    .option('--data <path>', 'measure also on digits (a folder of IDX files) or an NPY array')
    .option('--no-layers', 'measure the output only, not every layer')
    .option('--tolerance <x>', 'fail (exit 1) if the largest error exceeds this', positive)
    .action(audit);

async function audit(path: string, options: AuditOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  const bytes = await readModelFile(path);
  const output = makeOutput(options.json);
  const { document, cases } = await asUsageErrors(() =>
    auditBytes(path, bytes, options, output.say),
  );
  if (options.out) await writeReport(options.out, document, auditReport(document, cases));
  output.result(document, describe(document));
  if (options.tolerance !== undefined && !(document.max <= options.tolerance)) {
    process.exitCode = exitCodes.checkFailed;
  }
}

async function auditBytes(
  path: string,
  bytes: Uint8Array,
  options: AuditOptions,
  say: (line: string) => void,
): Promise<{ document: AuditDocument; cases: readonly WorstCase[] }> {
  const names = await devicesOf(options);
  const [first] = names as [Device];
  const model = await loadModel(bytes, { device: first });
  try {
    const target = await targetOf(model, options);
    const { group, inputs } = target;
    const noise = noiseRows(inputs, options.samples, options.seed);
    const data = options.data ? await dataRows(target, options) : null;
    const onNoise = await measure(model, target, noise);
    const onData = data && (await measure(model, target, data));
    const [report, rows] = onData && data ? [onData, data] : [onNoise, noise];
    const bound = options.tolerance ?? roundingBound;
    const generators =
      group.kind === 'finite' ? null : await measureGenerators(model, target, rows);
    if (options.layers && names.length > 0) say('Measuring the layers …');
    const layers = options.layers
      ? await measureLayers(bytes, first, target, rows, { outputError: report.max, bound })
      : { layers: [], firstBroken: null };
    const document: AuditDocument = {
      model: path,
      group: group.name,
      actions: {
        inputs: inputs.parts.map(({ name, action }) => `${name}: ${action.description}`),
        output: `${target.output.name}: ${target.output.action.description}`,
      },
      inputs: onData ? 'data' : 'noise',
      samples: rows.shape[0],
      ...errorsOf(report),
      perElement: report.perElement.map(({ name, error, max }) => ({ element: name, error, max })),
      largestSubgroup: subgroupOf(group, report, generators, bound),
      ...(generators ? { generators } : {}),
      noise: errorsOf(onNoise),
      data: onData && errorsOf(onData),
      worst: report.worst.map(({ sample, name, error }) => ({ sample, element: name, error })),
      ...layers,
      runtimes: await otherRuntimes(bytes, names, target, rows, report),
    };
    return { document, cases: await worstCases(model, target, rows, report) };
  } finally {
    await model.dispose();
  }
}

/** The device that was asked for, or with `auto` every runtime that works. */
async function devicesOf({ device }: AuditOptions): Promise<Device[]> {
  if (device !== 'auto') return [parseDevice(device)];
  const working = (await devices(onnxDevices)).filter(({ available }) => available);
  return working.map(({ name }) => name);
}

async function dataRows({ inputs }: Target, { data, samples, seed, input }: AuditOptions) {
  const named = input[0]?.split(':')[0];
  const part = inputs.parts.find(({ name }) => name === named) ?? inputs.parts[0]!;
  return rowsOf(inputs, await loadSamples(data!, part, samples), seed);
}

function subgroupOf(
  group: Group,
  report: EquivarianceReport<Group>,
  generators: Awaited<ReturnType<typeof measureGenerators>> | null,
  bound: number,
): string {
  if (group.kind !== 'finite') {
    return report.max <= bound ? group.name : heldByGenerators(group.name, generators!, bound);
  }
  const held = report.perElement.filter(({ max }) => max <= bound);
  return largestSubgroup(
    group,
    held.map(({ element }) => element as number),
  );
}

async function otherRuntimes(
  bytes: Uint8Array,
  [first, ...others]: readonly Device[],
  target: Target,
  rows: tf.Tensor,
  { mean, max }: EquivarianceReport<Group>,
) {
  const measured = [{ device: first!, mean, max }];
  for (const device of others) {
    const model = await loadModel(bytes, { device });
    try {
      const report = await measure(model, target, rows);
      measured.push({ device, mean: report.mean, max: report.max });
    } finally {
      await model.dispose();
    }
  }
  return measured;
}

/** What the page draws of the worst samples: inputs and outputs, before and after the move. */
async function worstCases(
  model: LoadedModel,
  target: Target,
  rows: tf.Tensor,
  report: EquivarianceReport<Group>,
): Promise<WorstCase[]> {
  const { inputs, output } = target;
  const cases: WorstCase[] = [];
  for (const { sample, element, name, error } of report.worst.slice(0, 4)) {
    // A model of fixed batch gets the sample as often as it takes samples.
    const one = tf.tidy(() => tf.slice(rows, [sample], [1]).tile([roundToBatch(1, inputs), 1]));
    const moved = inputs.action.apply(element, one);
    const y = await run(model, inputs, output.name, one);
    const expected = output.action.apply(element, y);
    const actual = await run(model, inputs, output.name, moved);
    const [part] = inputs.parts as [(typeof inputs.parts)[number]];
    const of = (x: tf.Tensor, size: number) => x.dataSync().slice(0, size) as Float32Array;
    const size = y.size / y.shape[0]!;
    cases.push({
      sample,
      element: name,
      error,
      input: { shape: part.shape, plain: of(one, part.size), moved: of(moved, part.size) },
      output: { shape: y.shape.slice(1), expected: of(expected, size), actual: of(actual, size) },
    });
    tf.dispose([one, moved, y, expected, actual]);
  }
  return cases;
}

/** Elements in the text; the JSON document has them all. */
const mostShown = 24;

function describe(document: AuditDocument): string {
  const { group, inputs, samples, perElement, layers, runtimes, data, noise } = document;
  const shown =
    perElement.length <= mostShown
      ? perElement
      : perElement.toSorted((a, b) => b.max - a.max).slice(0, mostShown);
  const elements = shown.map(({ element, error, max }) => [element, short(error), short(max)]);
  const hidden = perElement.length - shown.length;
  const devices = runtimes.map(({ device, mean, max }) => [device, short(mean), short(max)]);
  const consistency = document.argmaxConsistency;
  return [
    `‖f(g·x) − g·f(x)‖ / ‖f(x)‖ under ${group}, on ${samples} samples of ${inputs}:`,
    textTable(['element', 'mean', 'largest'], elements),
    ...(hidden > 0 ? [`… and ${hidden} elements with smaller errors.`] : []),
    ...(data ? [`On noise: mean ${short(noise.mean)}, largest ${short(noise.max)}.`] : []),
    ...(consistency === null
      ? []
      : [`The largest output stays in its place for ${percent(consistency)} of the moves.`]),
    '',
    textTable(['runtime', 'mean', 'largest'], devices),
    ...(layers.length > 0 ? ['', layerTable(document)] : []),
    '',
    `The largest subgroup under which it holds to rounding: ${document.largestSubgroup}.`,
  ].join('\n');
}

function layerTable({ layers, firstBroken }: AuditDocument): string {
  const rows = layers.map(({ node, operator, mean, max, action, explained }) => [
    `${node === firstBroken?.node ? '→ ' : '  '}${node} (${operator})`,
    short(mean),
    short(max),
    explained ? action : 'nothing that was tried',
  ]);
  const table = textTable(['layer', 'mean', 'largest', 'moves as'], rows);
  return firstBroken ? `${table}\n${verdict(firstBroken)}` : table;
}

function verdict({ node, operator, max, channels }: NonNullable<AuditDocument['firstBroken']>) {
  const worst = channels.slice(0, 3).map(({ channel }) => channel);
  const where = worst.length > 0 ? `, by channel: ${worst.join(', ')} …` : '';
  return (
    `The symmetry is lost first at ${node} (${operator}): ${short(max)} under the action that fits ` +
    `best${where}.`
  );
}
