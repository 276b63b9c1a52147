/** The columns of the table: ways to take the same training step. */
import { compileTraining, type Device, type Training } from '@intertwiner/engine';
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

/** How much a step may have to do before a slow backend would take minutes for it. */
const flopLimits: Partial<Record<Device, number>> = { 'tfjs-wasm': 2e10, 'tfjs-cpu': 2e9 };

/** The columns of TensorFlow.js programs: compiled for ONNX Runtime, and eager. */
export const programColumns = (threads: number): readonly Column[] => [
  programColumn(ownColumn, 'compiled (ours)', 'cpu', 'adam', threads),
  programColumn('ours-tf-adam', 'compiled, tf.train.adam', 'cpu', 'tf.train.adam', threads),
  programColumn('tfjs-wasm', 'tfjs wasm', 'tfjs-wasm', 'adam', threads),
  programColumn('tfjs-cpu', 'tfjs cpu', 'tfjs-cpu', 'adam', threads),
];

/** As many as `intertwiner clone` takes. */
const stepsPerCall = 25;

function programColumn(
  name: string,
  title: string,
  device: Device,
  optimizer: OptimizerName,
  threads: number,
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
      const built = task.build(optimizer, `${task.name}/${name}`);
      try {
        const training = await compileTraining(built.program, { device, threads, stepsPerCall });
        return new ProgramContestant(training, built);
      } catch (error) {
        built.dispose();
        throw error;
      }
    },
  };
}

const toGiga = (flops: number): string => (flops / 1e9).toPrecision(2);

class ProgramContestant implements Contestant {
  readonly #training: Training;
  readonly #built: BuiltTask;

  constructor(training: Training, built: BuiltTask) {
    this.#training = training;
    this.#built = built;
  }

  async run(steps: number, warmup: number): Promise<Timing> {
    const before = await this.#take(warmup);
    const start = performance.now();
    const after = await this.#take(steps);
    const msPerStep = (performance.now() - start) / steps;
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

/** The columns of those peers that are present, of those named. */
export const peerColumns = (peers: Peers, impls: readonly string[]): readonly Column[] =>
  impls
    .filter((impl) => impl in peers.greeting.impls)
    .map((impl) => ({
      name: impl,
      title: peerTitles[impl] ?? impl,
      refuses: () => null,
      start: ({ peer }) =>
        Promise.resolve({
          run: (steps, warmup) => peers.run({ row: peer, impl, steps, warmup }),
          dispose: () => Promise.resolve(),
        }),
    }));
