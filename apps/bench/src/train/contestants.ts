/** The columns of the table: ways to take the same training step. */
import * as tf from '@tensorflow/tfjs';
import {
  compileTraining,
  loadTfjsBackend,
  type TfjsDevice,
  type Training,
} from '@intertwiner/engine';
import { now, type Clock } from './clock.js';
import type { Peers } from './peers.js';
import type { BuiltTask, OptimizerName, TrainingTask } from './task.js';

export interface Timing {
  /** Of each step, milliseconds. */
  readonly msPerStep: number;
  /** Of the steps taken, warm-up included. */
  readonly losses: readonly number[];
}

/** A training that keeps its weights from one call to the next. */
export interface Contestant {
  /** How many steps it takes at once. A round is whole calls. Default: 1. */
  readonly stepsPerCall?: number;
  /** Takes untimed steps and then timed ones. */
  run(steps: number, warmup: number): Promise<Timing>;
  dispose(): Promise<void>;
}

export interface Column {
  readonly name: string;
  readonly title: string;
  /** Why a task is not run in this column, or null if it is. */
  refuses(task: TrainingTask): string | null;
  start(task: TrainingTask): Promise<Contestant>;
}

export const ownColumn = 'ours';

/** The same for all columns. */
export interface Setting {
  readonly threads: number;
  readonly clock: Clock;
  /** Side of the square matrices whose product gauges the machine. */
  readonly gaugeSide: number;
}

/** `cpu` compiles for ONNX Runtime, the others are eager. */
type ProgramDevice = 'cpu' | TfjsDevice;

/** How much a step may have to do before a slow backend would take minutes for it. */
const flopLimits: Partial<Record<ProgramDevice, number>> = { 'tfjs-wasm': 2e10, 'tfjs-cpu': 9e8 };

/** The columns of TensorFlow.js programs: compiled for ONNX Runtime, and eager. */
export const programColumns = (setting: Setting): readonly Column[] => [
  programColumn(ownColumn, 'compiled (ours)', 'cpu', 'adam', setting),
  programColumn('ours-tf-adam', 'compiled, tf.train.adam', 'cpu', 'tf.train.adam', setting),
  programColumn('tfjs-wasm', 'tfjs wasm', 'tfjs-wasm', 'adam', setting),
  programColumn('tfjs-cpu', 'tfjs cpu', 'tfjs-cpu', 'adam', setting),
];

function programColumn(
  name: string,
  title: string,
  device: ProgramDevice,
  optimizer: OptimizerName,
  { threads, clock }: Setting,
): Column {
  return {
    name,
    title,
    refuses({ optimizers, work }) {
      if (!optimizers.includes(optimizer)) return `this row is not run with ${optimizer}`;
      const limit = flopLimits[device] ?? Infinity;
      if (work.flops <= limit) return null;
      return `a step has ${toGiga(work.flops)} GFLOP, and this backend is asked for at most ${toGiga(limit)}`;
    },
    async start(task) {
      if (device !== 'cpu') await requireKernels(device, task.kernels);
      const built = task.build(optimizer, `${task.name}/${name}`);
      try {
        const training = await compileTraining(built.program, { device, threads });
        return new ProgramContestant(training, built, clock);
      } catch (error) {
        built.dispose();
        throw error;
      }
    },
  };
}

/** tfjs leaves tensors behind when a kernel is missing in the middle of a gradient. */
async function requireKernels(device: TfjsDevice, kernels: readonly string[]): Promise<void> {
  const backend = await loadTfjsBackend(device);
  const missing = kernels.filter((name) => !tf.getKernel(name, backend));
  if (missing.length > 0) throw new Error(`this backend lacks the kernel ${missing.join(', ')}`);
}

const toGiga = (flops: number): string => (flops / 1e9).toPrecision(2);

class ProgramContestant implements Contestant {
  readonly stepsPerCall: number;
  readonly #training: Training;
  readonly #built: BuiltTask;

  readonly #clock: Clock;

  constructor(training: Training, built: BuiltTask, clock: Clock) {
    this.stepsPerCall = training.stepsPerCall;
    this.#clock = clock;
    this.#training = training;
    this.#built = built;
  }

  async run(steps: number, warmup: number): Promise<Timing> {
    const before = await this.#take(warmup);
    const start = now(this.#clock);
    const after = await this.#take(steps);
    const msPerStep = (now(this.#clock) - start) / steps;
    return { msPerStep, losses: [...before, ...after] };
  }

  async #take(steps: number): Promise<Float32Array> {
    if (steps === 0) return new Float32Array();
    return (await this.#training.run(steps, this.#built.fill))['loss']!;
  }

  async dispose(): Promise<void> {
    await this.#training.dispose();
    this.#built.dispose();
  }
}

const peerTitles: Readonly<Record<string, string>> = {
  torch: 'PyTorch eager',
  'torch-fused': 'PyTorch, fused Adam',
  'torch-compile': 'torch.compile, fused Adam',
  jax: 'JAX jit + scan',
};

/**
 * JAX's convolutions take 40 times as long as PyTorch's in these loops: the group networks would take
 * minutes for a step.
 */
const jaxConvolutionLimit = 2e10;

function refusesPeer(impl: string, { peer, work }: TrainingTask): string | null {
  const convolves = peer.kind === 'cnn' || peer.kind === 'group-cnn';
  if (impl !== 'jax' || !convolves || work.flops <= jaxConvolutionLimit) return null;
  return (
    `a step has ${toGiga(work.flops)} GFLOP of convolutions, and JAX is asked for at most ` +
    toGiga(jaxConvolutionLimit)
  );
}

/** The columns of those peers that are present, of those named. */
export const peerColumns = (
  peers: Peers,
  impls: readonly string[],
  clock: Clock,
): readonly Column[] =>
  impls
    .filter((impl) => impl in peers.greeting.impls)
    .map((impl) => ({
      name: impl,
      title: peerTitles[impl] ?? impl,
      refuses: (task) => refusesPeer(impl, task),
      start: ({ peer }) =>
        Promise.resolve({
          run: (steps, warmup) => peers.run({ row: peer, impl, steps, warmup, clock }),
          dispose: () => Promise.resolve(),
        }),
    }));
