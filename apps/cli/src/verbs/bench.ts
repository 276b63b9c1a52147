import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  benchmarkInference,
  compareReports,
  loadModel,
  onnxContestant,
  onnxDevices,
  parseDevice,
  readModelFile,
  requireDevice,
  type BenchmarkCase,
  type ContestantFactory,
  type InferenceReport,
  type OnnxDevice,
  type ReportChange,
} from '@intertwiner/engine';
import { inferenceReport } from '@intertwiner/report';
import { exitCodes, UsageError } from '../io/errors.js';
import { addModelOptions, positive, positiveInteger, type CommonOptions } from '../io/options.js';
import { makeOutput, short, textTable } from '../io/output.js';
import { writeReport } from '../report/writeReport.js';
import { gaussianFeeds } from './modelInputs.js';

interface BenchOptions extends CommonOptions {
  readonly batches: readonly number[];
  readonly devices?: string;
  readonly rounds: number;
  readonly compare?: string;
  readonly tolerance?: number;
}

export const benchVerb = (): Command =>
  addModelOptions(
    new Command('bench')
      .description('time a model on every runtime: cold start, latencies, memory, agreement')
      .argument('<models...>', 'ONNX files'),
  )
    .option('--batches <list>', 'extents of open axes', parseBatches, [1, 32])
    .option('--devices <names>', 'devices, separated by commas; default: all of ONNX Runtime’s')
    .option('--rounds <n>', 'in which all take their turns', positiveInteger, 5)
    .option('--compare <file>', 'a report.json of before: tells what got slower')
    .option(
      '--tolerance <x>',
      'with --compare: exit 1 if a median grew by more than this factor',
      positive,
    )
    .action(bench);

const parseBatches = (text: string): number[] =>
  text.split(',').map((word) => {
    const batch = Number(word);
    if (Number.isInteger(batch) && batch > 0) return batch;
    throw new InvalidArgumentError('expected positive integers such as 1,32');
  });

async function bench(paths: readonly string[], options: BenchOptions): Promise<void> {
  const output = makeOutput(options.json);
  const before = options.compare ? await readReport(options.compare) : null;
  const devices = (options.devices?.split(',') ?? onnxDevices).map(asOnnxDevice);
  const cases: BenchmarkCase[] = [];
  for (const path of paths) cases.push(...(await casesOf(path, options)));
  const report = await benchmarkInference(cases, devices.map(factory), {
    rounds: options.rounds,
    log: output.say,
  });
  const change = before && compareReports(before, report);
  const document = { ...report, comparison: change };
  if (options.out) await writeReport(options.out, document, inferenceReport(report, change));
  output.result(document, describe(report, change));
  const worst = Math.max(0, ...(change?.rows ?? []).map(({ ratio }) => ratio));
  if (options.tolerance !== undefined && worst > options.tolerance) {
    process.exitCode = exitCodes.checkFailed;
  }
}

function asOnnxDevice(name: string): OnnxDevice {
  const device = parseDevice(name);
  if (onnxDevices.includes(device as OnnxDevice)) return device as OnnxDevice;
  throw new UsageError(`'${device}' runs no ONNX files. Use ${onnxDevices.join(', ')}.`);
}

/** A device is tried first, for a reason that says what to install. */
const factory = (device: OnnxDevice): ContestantFactory => [
  device,
  async () => {
    await requireDevice(device);
    return onnxContestant(device);
  },
];

async function casesOf(path: string, { batches, seed }: BenchOptions): Promise<BenchmarkCase[]> {
  const bytes = await readModelFile(path);
  const model = await loadModel(bytes, { device: 'cpu' });
  try {
    const isOpen = model.inputs.some(({ shape }) => typeof shape[0] === 'string');
    const fixed = Number(model.inputs[0]?.shape[0] ?? 1);
    return (isOpen ? batches : [fixed]).map((batch) => ({
      model: basename(path),
      batch,
      bytes,
      feeds: gaussianFeeds(model, seed, batch) as BenchmarkCase['feeds'],
    }));
  } finally {
    await model.dispose();
  }
}

async function readReport(path: string): Promise<InferenceReport> {
  const text = await readFile(path, 'utf8');
  try {
    const report = JSON.parse(text) as InferenceReport;
    if (Array.isArray(report.rows)) return report;
  } catch {
    // Said below, like any other file that is no report.
  }
  throw new UsageError(`${path} is no report of 'intertwiner bench'. Give its report.json.`);
}

function describe({ rows, absent }: InferenceReport, change: ReportChange | null): string {
  const table = textTable(
    ['model, batch, runtime', 'cold start', 'p50', 'p95', 'p99', 'per second', 'MB', 'difference'],
    rows.map((row) => [
      `${row.model}, ${row.batch}, ${row.runtime}`,
      `${(row.startMs + row.loadMs + row.firstMs).toFixed(0)} ms`,
      ...[row.p50, row.p95, row.p99].map((ms) => `${short(ms)} ms`),
      row.throughput.toFixed(0),
      row.megabytes?.toFixed(0) ?? '–',
      short(row.difference),
    ]),
  );
  const reasons = new Map(absent.map(({ runtime, reason }) => [runtime, reason]));
  const missing = [...reasons].map(([runtime, reason]) => `absent: ${runtime}: ${reason}`);
  return [table, ...missing, ...(change ? ['', ...changeLines(change)] : [])].join('\n');
}

function changeLines({ rows, gone, added }: ReportChange): string[] {
  const lines = rows
    .filter(({ verdict }) => verdict !== 'same')
    .map(
      ({ model, batch, runtime, before, after, ratio, verdict }) =>
        `${verdict}: ${model}, ${batch}, ${runtime}: ${short(before)} → ${short(after)} ms ` +
        `(×${ratio.toFixed(2)})`,
    );
  const others = [
    ...gone.map((name) => `no longer there: ${name}`),
    ...added.map((name) => `new: ${name}`),
  ];
  return [...(lines.length > 0 ? lines : ['Nothing got slower or faster.']), ...others];
}
