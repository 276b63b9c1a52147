/** Strict and relaxed training steps in turns, compiled for ONNX Runtime. */
import { compileTraining, type StepBatch, type Training } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { relax, relaxedProgram } from '@intertwiner/relaxation';
import { now, type Clock } from '../train/clock.js';
import { pairedRatio, spread, type Spread } from '../train/statistics.js';
import { variants, type RelaxationTask, type Variant } from './tasks.js';

export interface RelaxationRaceOptions {
  readonly rounds: number;
  /** Steps of every variant in each round. */
  readonly steps: number;
  readonly threads: number;
  readonly clock: Clock;
}

/** One variant's times. */
export interface RelaxationCell {
  readonly variant: string;
  readonly parameters: number;
  /** Milliseconds per step. */
  readonly ms: Spread;
  /** Median over rounds of its time over the strict one's in the same round. */
  readonly ratio: number;
}

export interface RelaxationRow {
  readonly task: string;
  readonly title: string;
  readonly cells: readonly RelaxationCell[];
}

/** One task; the first variant is the strict network. */
export async function raceRelaxation(
  task: RelaxationTask,
  options: RelaxationRaceOptions,
): Promise<RelaxationRow> {
  const runners: Runner[] = [];
  try {
    for (const variant of variants) runners.push(await start(task, variant, options));
    const times = runners.map((): number[] => []);
    for (let round = 0; round < options.rounds; round++) {
      // Another variant begins each round, so that none always follows the same one.
      for (let turn = 0; turn < runners.length; turn++) {
        const at = (round + turn) % runners.length;
        times[at]!.push(await runners[at]!.run(options));
      }
    }
    const cells = runners.map(({ variant, parameters }, i) => ({
      variant,
      parameters,
      ms: spread(times[i]!),
      ratio: pairedRatio(times[i]!, times[0]!),
    }));
    return { task: task.name, title: task.title, cells };
  } finally {
    for (const runner of runners) await runner.dispose();
  }
}

interface Runner {
  readonly variant: string;
  readonly parameters: number;
  /** Milliseconds per step. */
  run(options: RelaxationRaceOptions): Promise<number>;
  dispose(): Promise<void>;
}

async function start(
  task: RelaxationTask,
  { name: variant, penalties }: Variant,
  { threads, steps }: RelaxationRaceOptions,
): Promise<Runner> {
  const name = `${task.name}_${variant}`.replaceAll('-', '_');
  const strict = task.build(name);
  const relaxed = penalties ? relax(strict) : null;
  const program = relaxedProgram({
    name,
    network: relaxed ?? strict,
    loss: task.loss,
    inputs: task.inputs,
    penalties: penalties ?? [],
  });
  const training = await compileTraining(program, { device: 'cpu', stepsPerCall: steps, threads });
  await training.run(steps, fillOf(task));
  return {
    variant,
    parameters: (relaxed?.model ?? strict).countParams(),
    run: (options) => timed(training, task, options),
    async dispose() {
      await training.dispose();
      program.dispose();
      relaxed?.dispose();
      strict.dispose();
    },
  };
}

async function timed(
  training: Training,
  task: RelaxationTask,
  { steps, clock }: RelaxationRaceOptions,
): Promise<number> {
  const before = now(clock);
  const { loss } = await training.run(steps, fillOf(task));
  const ms = (now(clock) - before) / steps;
  if (loss!.every(Number.isFinite)) return ms;
  throw new Error(`${task.name}: the loss is not finite, so its times mean nothing.`);
}

/** The same batch in every step, halfway through a schedule. */
function fillOf({ inputs }: RelaxationTask): (step: number, batch: StepBatch) => void {
  const values = inputs.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return [name, random(0, 'relaxation', name).fillNormal(new Float32Array(size))] as const;
  });
  return (_, batch) => {
    for (const [name, data] of values) batch[name]!.set(data);
    batch['theta']![0] = 0.5;
    batch['lambda']![0] = 0.01;
    batch['learningRate']![0] = 1e-5;
  };
}
