/**
 * What a graphics card does with this project's programs, in one table: do its numbers agree with the
 * CPU's, how long do inference and training steps take there, beside PyTorch on the same card, and
 * what share of the card's speed is that. Every line also runs on the CPU (`--device cpu`), which is
 * how it is tested where there is no card.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {
  benchmarkInference,
  compileTraining,
  loadModel,
  loadTfjsBackend,
  onnxContestant,
  processContestant,
  requireDevice,
  type ContestantFactory,
  type OnnxDevice,
} from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { casesOf, modelSizes } from './inference/models.js';
import { startPeers } from './train.js';
import type { Peers } from './train/peers.js';
import { profileTask } from './train/profile.js';
import { spread } from './train/statistics.js';
import type { TrainingTask } from './train/task.js';
import { trainingTasks } from './train/tasks.js';

export interface GpuOptions {
  readonly device: OnnxDevice;
  readonly python: string;
  /** Side of the square matrices whose product is the card's measured peak; default 4096. */
  readonly side?: number;
  /** Default: `trainingTasks`. */
  readonly tasks?: readonly TrainingTask[];
  /** Names of `modelSizes`; default all. */
  readonly sizes?: readonly string[];
  /** Of inference; default 1, 64 and 1024. */
  readonly batches?: readonly number[];
  readonly log?: (line: string) => void;
  /** Is given each row when it is measured. */
  readonly onRow?: (row: GpuRow) => void;
}

export interface GpuRow {
  readonly what: string;
  readonly value: string;
  /** What PyTorch (with its fused Adam, in training) takes on the same device, or why that is not known. */
  readonly pytorch?: string;
  /** The same of JAX, whose steps are compiled into one scan. */
  readonly jax?: string;
  /** For a check: whether it passed. */
  readonly passed?: boolean;
}

/**
 * The largest difference from the CPU, over the largest output. A card may multiply in TF32, of 11
 * bits, 4.9e-4 of rounding; sums of a thousand such products average it to below 1e-3.
 */
const inferenceTolerance = 1e-3;
/** Losses after 50 steps from the same weights; the same rounding, fed back through Adam. */
const trainingTolerance = 1e-2;
const trainedSteps = 50;
/** Of a round, in one call. */
const timedSteps = 50;

/** @throws DeviceError if the device does not work here, saying what to install. */
export async function benchGpu(options: GpuOptions): Promise<GpuRow[]> {
  const { device, log = () => {} } = options;
  await tf.setBackend(await loadTfjsBackend('tfjs-cpu'));
  await requireDevice(device);
  const rows: GpuRow[] = [];
  const add = (...measured: GpuRow[]) => {
    rows.push(...measured);
    measured.forEach((row) => options.onRow?.(row));
  };
  log('peak');
  const side = options.side ?? 4096;
  const peak = await measuredPeak(device, side);
  const theirs = torchPeak(options, side);
  add({
    what: `product of ${side}² matrices`,
    value: teraflops(peak),
    pytorch: 'value' in theirs ? teraflops(theirs.value) : theirs.missing,
  });
  add(...(await inferenceRows(options)));
  const peers = await startPeers(
    options.python,
    availableParallelism(),
    log,
    'train_peers.py',
    ['torch', 'jax'],
    peerDevice(device),
  );
  try {
    for (const task of options.tasks ?? trainingTasks) {
      log(task.name);
      add(...(await trainingRows(task, options, peak, peers)));
    }
  } finally {
    await peers?.close();
  }
  return rows;
}

const teraflops = (perSecond: number): string => `${(perSecond / 1e12).toFixed(2)} TFLOP/s`;

/**
 * Operations per second of a chain of products in one run. The matrices are made on the device, from
 * two vectors, and the result is one number, so that little is carried there and back.
 */
async function measuredPeak(device: OnnxDevice, side: number): Promise<number> {
  const products = device === 'cpu' ? 2 : 64;
  const chain = (u: tf.Tensor, v: tf.Tensor) => {
    // Elements of variance 1/side, so that products neither grow nor vanish.
    const factor = tf.mul(tf.sin(tf.mul(u, v)), Math.sqrt(2 / side)) as tf.Tensor2D;
    let z = factor;
    for (let i = 0; i < products; i++) z = tf.matMul(z, factor);
    return z.max();
  };
  const shapes = { u: [side, 1], v: [1, side] };
  const inputs = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const model = await loadModel(exportModel(chain, { inputs }), { device });
  const draw = ({ name, shape }: { name: string; shape: number[] }) => ({
    shape,
    data: random(0, name).fillNormal(new Float32Array(side), 100),
  });
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, draw(input)]));
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await model.run(feeds);
    times.push(performance.now() - start);
  }
  await model.dispose();
  // The first run compiles and allocates.
  return (products * 2 * side ** 3 * 1000) / Math.min(...times.slice(1));
}

async function inferenceRows({
  device,
  python,
  sizes,
  batches = [1, 64, 1024],
  log,
}: GpuOptions): Promise<GpuRow[]> {
  const wanted = modelSizes.filter(({ name }) => !sizes || sizes.includes(name));
  const cases = (await Promise.all(wanted.map((size) => casesOf(size, 0, batches)))).flat();
  const script = fileURLToPath(new URL('../peers/inference_peers.py', import.meta.url));
  const torch: ContestantFactory = [
    'PyTorch',
    () => processContestant('PyTorch', python, [script, 'torch', peerDevice(device)]),
  ];
  const own: ContestantFactory = ['own', () => onnxContestant(device)];
  const reference: ContestantFactory = ['cpu', () => onnxContestant('cpu')];
  const report = await benchmarkInference(cases, [reference, own, torch], {
    rounds: 3,
    turnMs: 100,
    ...(log ? { log } : {}),
  });
  return cases.flatMap(({ model, batch }) => {
    const found = report.rows.filter((row) => row.model === model && row.batch === batch);
    const [, mine, theirs] = found;
    if (!mine) return [];
    const missing = report.absent.find(({ runtime }) => runtime === 'PyTorch')?.reason;
    return [
      {
        what: `${model}, batch ${batch}: difference from the CPU`,
        value: `${mine.difference.toExponential(1)} (≤ ${inferenceTolerance})`,
        pytorch: theirs ? theirs.difference.toExponential(1) : (missing ?? '–'),
        passed: mine.difference <= inferenceTolerance,
      },
      {
        what: `${model}, batch ${batch}: one run`,
        value: `${mine.p50.toPrecision(3)} ms (p99 ${mine.p99.toPrecision(3)})`,
        pytorch: theirs ? `${theirs.p50.toPrecision(3)} ms` : (missing ?? '–'),
      },
    ];
  });
}

/** The names of cards in PyTorch and JAX; they have no WebGPU. */
const peerDevice = (device: OnnxDevice): 'cuda' | 'cpu' => (device === 'cuda' ? 'cuda' : 'cpu');

/** Rows of one training step: the numbers, the time beside the peers in turns, and what ran where. */
async function trainingRows(
  task: TrainingTask,
  { device }: GpuOptions,
  peak: number,
  peers: Peers | null,
): Promise<GpuRow[]> {
  const own = await startTraining(task, device);
  const impls = Object.keys(peers?.greeting.impls ?? {}).filter((name) => name in peerColumns);
  const ms: Record<string, number[]> = { own: [] };
  const failures: Record<string, string> = {};
  let gap = NaN;
  try {
    gap = await gapFromCpu(task, await own.run(trainedSteps).then(({ loss }) => loss));
    for (let round = 0; round < rounds; round++) {
      ms['own']!.push((await own.run(timedSteps)).msPerStep);
      for (const impl of impls) {
        if (failures[impl]) continue;
        const request = { row: task.peer, impl, steps: timedSteps, clock: 'wall' as const };
        try {
          const answer = await peers!.run({ ...request, warmup: round ? 0 : 5 });
          (ms[impl] ??= []).push(answer.msPerStep);
        } catch (error) {
          failures[impl] = firstLine(error);
        }
      }
    }
  } finally {
    await own.dispose();
  }
  const median = (name: string): number => spread(ms[name]!).median;
  const share = (task.work.flops / (median('own') / 1000) / peak) * 100;
  const peerCell = (impl: string) =>
    ms[impl] ? `${median(impl).toPrecision(3)} ms` : (failures[impl] ?? '–');
  return [
    {
      what: `${task.title}: loss after ${trainedSteps} steps, from the CPU's`,
      value: `${gap.toExponential(1)} (≤ ${trainingTolerance})`,
      passed: gap <= trainingTolerance,
    },
    {
      what: `${task.title}: one training step`,
      value: `${median('own').toPrecision(3)} ms (${share.toFixed(1)} % of the measured peak)`,
      pytorch: peerCell('torch-fused'),
      jax: peerCell('jax'),
    },
    { what: `${task.title}: operators of a step`, value: await placement(task, device) },
  ];
}

const peerColumns: Readonly<Record<string, string>> = { 'torch-fused': 'PyTorch', jax: 'JAX' };
const rounds = 3;

/** How far the device's loss is from that of the CPU after as many steps, relative to it. */
async function gapFromCpu(task: TrainingTask, loss: number): Promise<number> {
  const cpu = await startTraining(task, 'cpu');
  try {
    const expected = (await cpu.run(trainedSteps)).loss;
    return Math.abs(loss - expected) / Math.abs(expected);
  } finally {
    await cpu.dispose();
  }
}

async function startTraining(task: TrainingTask, device: OnnxDevice) {
  const built = task.build('adam', `gpu/${task.name}/${device}/${counter++}`);
  // Weights and moments stay on the device between the steps of a call.
  const training = await compileTraining(built.program, { device, stepsPerCall: timedSteps });
  return {
    async run(steps: number): Promise<{ loss: number; msPerStep: number }> {
      const start = performance.now();
      const { loss } = await training.run(steps, built.fill);
      return { loss: loss!.at(-1)!, msPerStep: (performance.now() - start) / steps };
    },
    async dispose(): Promise<void> {
      await training.dispose();
      built.dispose();
    },
  };
}

let counter = 0;

/** How many operators a step has, and which of them did not run on the device. */
async function placement(task: TrainingTask, device: OnnxDevice): Promise<string> {
  const operators = await profileTask(task, 1, device);
  const count = (some: typeof operators) =>
    Math.round(some.reduce((total, { perStep }) => total + perStep, 0));
  const name = device.toUpperCase();
  const elsewhere = operators.filter(({ provider }) => provider.toUpperCase() !== name);
  if (elsewhere.length === 0) return `${count(operators)}, all on ${device}`;
  const list = elsewhere.map(
    ({ operator, provider, perStep }) => `${operator} (${provider}, ${perStep.toFixed(1)})`,
  );
  return `${count(operators)}, of which ${count(elsewhere)} elsewhere: ${list.join(', ')}`;
}

type TorchAnswer = { readonly value: number } | { readonly missing: string };

function torchPeak({ python, device }: GpuOptions, side: number): TorchAnswer {
  const script = fileURLToPath(new URL('../peers/gpu_torch.py', import.meta.url));
  const args = [script, peerDevice(device), String(side)];
  const options = { encoding: 'utf8' as const, timeout: 300_000 };
  const { status, stdout, stderr, error } = spawnSync(python, args, options);
  if (status === 0) return { value: Number(stdout) };
  return { missing: error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no answer' };
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0]!;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The head of the table in Markdown. */
export const gpuHeading: string = [
  line(['what', 'here', 'PyTorch', 'JAX']),
  line(['---', '---', '---', '---']),
].join('\n');

/** A line of the table. */
export function gpuLine({ what, value, pytorch = '–', jax = '–', passed }: GpuRow): string {
  const mark = passed === undefined ? '' : passed ? ' passed' : ' FAILED';
  return line([what, `${value}${mark}`, pytorch, jax]);
}
