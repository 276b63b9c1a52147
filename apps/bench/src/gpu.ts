/**
 * What a graphics card does with this project's programs, in one table: do its numbers agree with the
 * CPU's, how long do inference and training steps take there, beside PyTorch on the same card, and
 * what share of the card's speed is that. Every line also runs on the CPU (`--device cpu`), which is
 * how it is tested where there is no card.
 */
import { spawnSync } from 'node:child_process';
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
import { trainingTasks } from './train/tasks.js';
import type { TrainingTask } from './train/task.js';

export interface GpuOptions {
  readonly device: OnnxDevice;
  readonly python: string;
  /** Side of the square matrices whose product is the card's measured peak; default 4096. */
  readonly side?: number;
  /** Default: all but the convolutional ones of `trainingTasks`. */
  readonly tasks?: readonly TrainingTask[];
  /** Names of `modelSizes`; default all. */
  readonly sizes?: readonly string[];
  readonly log?: (line: string) => void;
}

export interface GpuRow {
  readonly what: string;
  readonly value: string;
  /** What PyTorch takes on the same device, or why that is not known. */
  readonly pytorch: string;
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

/** @throws DeviceError if the device does not work here, saying what to install. */
export async function benchGpu(options: GpuOptions): Promise<GpuRow[]> {
  const { device, log = () => {} } = options;
  await tf.setBackend(await loadTfjsBackend('tfjs-cpu'));
  await requireDevice(device);
  const rows: GpuRow[] = [];
  log('peak');
  const peak = await measuredPeak(device, options.side ?? 4096);
  const torchPeak = askTorch(options, 'peak', String(options.side ?? 4096));
  rows.push({
    what: `product of ${options.side ?? 4096}² matrices`,
    value: `${(peak / 1e12).toFixed(2)} TFLOP/s`,
    pytorch: describeTorch(torchPeak, (found) => `${(found / 1e12).toFixed(2)} TFLOP/s`),
  });
  rows.push(...(await inferenceRows(options)));
  for (const task of options.tasks ?? trainingTasks.filter(({ peer }) => peer.kind === 'mlp')) {
    log(task.name);
    rows.push(...(await trainingRows(task, options, peak)));
  }
  return rows;
}

/** Operations per second of a chain of products in one run, that ends in one number. */
async function measuredPeak(device: OnnxDevice, side: number): Promise<number> {
  const products = 8;
  const chain = (x: tf.Tensor, y: tf.Tensor) => {
    let z = x as tf.Tensor2D;
    for (let i = 0; i < products; i++) z = tf.matMul(z, y as tf.Tensor2D);
    return z.max();
  };
  const shape = [side, side];
  const bytes = exportModel(chain, { inputs: ['x', 'y'].map((name) => ({ name, shape })) });
  const model = await loadModel(bytes, { device });
  const draw = (name: string) => ({
    shape,
    data: random(0, name).fillNormal(new Float32Array(side * side), 1 / Math.sqrt(side)),
  });
  const feeds = { x: draw('x'), y: draw('y') };
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await model.run(feeds);
    times.push(performance.now() - start);
  }
  await model.dispose();
  // The first run compiles and allocates; the inputs' transfer is in all of them.
  return (products * 2 * side ** 3 * 1000) / Math.min(...times.slice(1));
}

async function inferenceRows({ device, python, sizes, log }: GpuOptions): Promise<GpuRow[]> {
  const wanted = modelSizes.filter(({ name }) => !sizes || sizes.includes(name));
  const cases = (await Promise.all(wanted.map((size) => casesOf(size)))).flat();
  const script = fileURLToPath(new URL('../peers/inference_peers.py', import.meta.url));
  const torch: ContestantFactory = [
    'PyTorch',
    () => processContestant('PyTorch', python, [script, 'torch', torchDevice(device)]),
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

/** The names of cards in PyTorch; it has no WebGPU. */
const torchDevice = (device: OnnxDevice): string => (device === 'cuda' ? 'cuda' : 'cpu');

async function trainingRows(
  task: TrainingTask,
  options: GpuOptions,
  peak: number,
): Promise<GpuRow[]> {
  const own = await train(task, options.device);
  const cpu = await train(task, 'cpu');
  const gap = Math.abs(own.loss - cpu.loss) / Math.abs(cpu.loss);
  const torch = askTorch(options, 'train', JSON.stringify(task.peer));
  const share = (task.work.flops / (own.msPerStep / 1000) / peak) * 100;
  return [
    {
      what: `${task.title}: loss after ${trainedSteps} steps, from the CPU's`,
      value: `${gap.toExponential(1)} (≤ ${trainingTolerance})`,
      pytorch: '–',
      passed: gap <= trainingTolerance,
    },
    {
      what: `${task.title}: one training step`,
      value: `${own.msPerStep.toPrecision(3)} ms (${share.toFixed(1)} % of the measured peak)`,
      pytorch: describeTorch(torch, (ms) => `${ms.toPrecision(3)} ms`),
    },
  ];
}

async function train(task: TrainingTask, device: OnnxDevice) {
  const built = task.build('adam', `gpu/${task.name}/${device}/${counter++}`);
  // All steps of a call run in one ONNX Loop: weights and moments stay on the device between them.
  const training = await compileTraining(built.program, { device, stepsPerCall: 25 });
  try {
    const { loss } = await training.run(trainedSteps, built.fill);
    const start = performance.now();
    await training.run(trainedSteps, built.fill);
    const msPerStep = (performance.now() - start) / trainedSteps;
    return { loss: loss!.at(-1)!, msPerStep };
  } finally {
    await training.dispose();
    built.dispose();
  }
}

let counter = 0;

type TorchAnswer = { readonly value: number } | { readonly missing: string };

function askTorch({ python, device }: GpuOptions, ...args: string[]): TorchAnswer {
  const script = fileURLToPath(new URL('../peers/gpu_torch.py', import.meta.url));
  const options = { encoding: 'utf8' as const, timeout: 300_000 };
  const { status, stdout, stderr, error } = spawnSync(
    python,
    [script, torchDevice(device), ...args],
    options,
  );
  if (status === 0) return { value: Number(stdout) };
  return { missing: error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no answer' };
}

const describeTorch = (answer: TorchAnswer, format: (value: number) => string): string =>
  'value' in answer ? format(answer.value) : answer.missing;

/** The table in Markdown. */
export function gpuMarkdown(rows: readonly GpuRow[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const mark = ({ passed }: GpuRow) => (passed === undefined ? '' : passed ? ' passed' : ' FAILED');
  return [
    line(['what', 'here', 'PyTorch']),
    line(['---', '---', '---']),
    ...rows.map((row) => line([row.what, `${row.value}${mark(row)}`, row.pytorch])),
  ].join('\n');
}
