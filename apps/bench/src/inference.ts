/** Inference on every runtime there is, in Node, in Chromium and in Python, in turns. */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {
  benchmarkInference,
  loadTfjsBackend,
  onnxContestant,
  onnxDevices,
  processContestant,
  requireDevice,
  tfjsDevices,
  type BenchmarkOptions,
  type ContestantFactory,
  type InferenceReport,
  type InferenceRow,
} from '@intertwiner/engine';
import { browserContestant } from './inference/browser.js';
import { casesOf, modelSizes, type ModelSize } from './inference/models.js';

export interface InferenceOptions extends BenchmarkOptions {
  /** Default: all of `modelSizes`. */
  readonly sizes?: readonly ModelSize[];
  readonly python: string;
  /** Only runtimes whose name holds one of these. */
  readonly only?: readonly string[];
}

export async function benchInference(options: InferenceOptions): Promise<InferenceReport> {
  const { sizes = modelSizes, only } = options;
  await tf.setBackend(await loadTfjsBackend('tfjs-cpu'));
  const cases = [];
  for (const size of sizes) cases.push(...(await casesOf(size)));
  const wanted = contestants(options.python).filter(
    ([name]) => !only || only.some((part) => name.includes(part)),
  );
  return benchmarkInference(cases, wanted, options);
}

function contestants(python: string): ContestantFactory[] {
  const inBrowser = (library: 'onnxruntime' | 'tfjs', backend: string): ContestantFactory => {
    const name = `${library === 'tfjs' ? 'tfjs' : 'onnxruntime-web'} ${backend}, Chromium`;
    return [name, () => browserContestant(name, library, backend)];
  };
  const inPython = (name: string, ...args: string[]): ContestantFactory => {
    const script = fileURLToPath(new URL('../peers/inference_peers.py', import.meta.url));
    return [name, () => processContestant(name, python, [script, ...args])];
  };
  return [
    ...onnxDevices.map((device): ContestantFactory => {
      const { name, start } = {
        name: device === 'wasm' ? 'onnxruntime-web wasm' : `onnxruntime-node ${device}`,
        start: () => onnxContestant(device),
      };
      return [name, () => requireDevice(device).then(start)];
    }),
    ...tfjsDevices.map((device): ContestantFactory => {
      const script = fileURLToPath(new URL('../workers/tfjsWorker.js', import.meta.url));
      return [device, () => processContestant(device, process.execPath, [script, device])];
    }),
    inBrowser('onnxruntime', 'wasm'),
    inBrowser('onnxruntime', 'webgpu'),
    ...['wasm', 'webgl', 'webgpu', 'cpu'].map((backend) => inBrowser('tfjs', backend)),
    inPython('Python onnxruntime', 'onnxruntime'),
    inPython('PyTorch', 'torch'),
    inPython('PyTorch CUDA', 'torch', 'cuda'),
  ];
}

/** The report as a part of a page in Markdown. */
export function inferenceMarkdown({ date, machine, rows, absent }: InferenceReport): string {
  const models = [...new Set(rows.map(({ model }) => model))];
  const reasons = new Map(absent.map(({ runtime, reason }) => [runtime, reason]));
  const missing = [...reasons].filter(([name]) => !rows.some(({ runtime }) => runtime === name));
  return [
    `${date}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. All runtimes of a row in turns.`,
    ...models.map((model) =>
      modelTable(
        model,
        rows.filter((row) => row.model === model),
      ),
    ),
    'Absent:',
    missing.map(([runtime, reason]) => `- ${runtime}: ${withoutFolders(reason)}`).join('\n'),
  ].join('\n\n');
}

/** Where packages are installed on this machine is no reader's business. */
const withoutFolders = (text: string): string =>
  text.replaceAll(/\/\S*\/node_modules\//g, 'node_modules/');

function modelTable(model: string, rows: readonly InferenceRow[]): string {
  const batches = [...new Set(rows.map(({ batch }) => batch))];
  const runtimes = [...new Set(rows.map(({ runtime }) => runtime))];
  const header = [
    'runtime',
    'cold start',
    ...batches.map((batch) => `batch ${batch}: p50 (p95, p99) ms`),
    `samples/s at ${batches.at(-1)}`,
    'MB',
    'difference',
  ];
  const lines = runtimes.map((runtime) => {
    const own = batches.map((batch) =>
      rows.find((row) => row.runtime === runtime && row.batch === batch),
    );
    const found = own.filter((row) => row !== undefined);
    const [first] = found as [InferenceRow];
    const last = found.at(-1)!;
    return [
      runtime,
      `${(first.startMs + first.loadMs + first.firstMs).toFixed(0)} ms`,
      ...own.map((row) => (row ? `${ms(row.p50)} (${ms(row.p95)}, ${ms(row.p99)})` : '–')),
      last.throughput.toFixed(0),
      last.megabytes?.toFixed(0) ?? '–',
      last.difference === 0 ? '0' : last.difference.toExponential(1),
    ];
  });
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`**${model}**\n`, row(header), row(header.map(() => '---')), ...lines.map(row)].join(
    '\n',
  );
}

const ms = (value: number): string => (value < 10 ? value.toPrecision(2) : value.toFixed(0));
