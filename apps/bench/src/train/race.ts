/** One row: all columns take their turns, round after round, with the machine's speed among them. */
import { ownColumn, type Column, type Contestant, type Setting } from './contestants.js';
import { floorMs } from './floor.js';
import { speedGauge } from './machine.js';
import { spread } from './statistics.js';
import type { TrainingTask } from './task.js';

export interface RaceOptions {
  readonly rounds: number;
  /** How long the steps of a round shall take at least. */
  readonly roundMs: number;
  readonly setting: Setting;
  /** Is told of each column that does not take part, and why. */
  readonly onSkip: (column: Column, why: string) => void;
  /** Whether the losses are checked, which inference has none of. Default: true. */
  readonly learns?: boolean;
}

/** A column's timings in one row. */
export interface Cell {
  readonly column: string;
  readonly stepsPerRound: number;
  /** Milliseconds per step in each round that it took part in, from the first on. */
  readonly ms: readonly number[];
  /** NaN where there are no losses. */
  readonly firstLoss: number;
  readonly lastLoss: number;
}

export interface Row {
  readonly task: string;
  readonly title: string;
  readonly gflop: number;
  readonly parameters: number;
  readonly cells: readonly Cell[];
  /** The least time of a step, at the speeds measured in each round. */
  readonly floorMs: readonly number[];
  /** The medians of those speeds. */
  readonly gflopPerSecond: number;
  readonly gigabytesPerSecond: number;
}

/** A slow column takes part in fewer rounds than others: in two, or in one if a step takes long. */
const columnMs = 2000;
const mostSteps = 2000;

export async function race(
  task: TrainingTask,
  columns: readonly Column[],
  options: RaceOptions,
): Promise<Row> {
  const { rounds, setting, learns = true } = options;
  const gauge = await speedGauge(task.work.parameters, setting);
  const runners = await startAll(task, columns, options);
  const speeds: { flopsPerSecond: number; bytesPerSecond: number }[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      speeds.push(await gauge.measure());
      // Another column begins each round, so that none always follows the same one.
      const first = round % Math.max(1, runners.length);
      for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
        if (round < runner.rounds) await runner.turn();
      }
    }
  } finally {
    for (const { contestant } of runners) await contestant.dispose();
    await gauge.dispose();
  }
  if (learns) checkLosses(task, runners);
  return {
    task: task.name,
    title: task.title,
    gflop: task.work.flops / 1e9,
    parameters: task.work.parameters,
    cells: runners.map((runner) => runner.cell()),
    floorMs: speeds.map((speed) => floorMs(task.work, speed)),
    gflopPerSecond: spread(speeds.map((speed) => speed.flopsPerSecond / 1e9)).median,
    gigabytesPerSecond: spread(speeds.map((speed) => speed.bytesPerSecond / 1e9)).median,
  };
}

async function startAll(
  task: TrainingTask,
  columns: readonly Column[],
  options: RaceOptions,
): Promise<Runner[]> {
  const runners: Runner[] = [];
  for (const column of columns) {
    const refusal = column.refuses(task);
    if (refusal !== null) {
      options.onSkip(column, refusal);
      continue;
    }
    try {
      runners.push(await startOne(task, column, options));
    } catch (error) {
      // Our own failure is one; a peer's leaves its place empty.
      if (column.name === ownColumn) throw error;
      options.onSkip(column, String((error as Error).message).split('\n', 1)[0]!);
    }
  }
  return runners;
}

async function startOne(task: TrainingTask, column: Column, options: RaceOptions): Promise<Runner> {
  const contestant = await column.start(task);
  try {
    const runner = new Runner(column.name, contestant);
    await runner.calibrate(options);
    return runner;
  } catch (error) {
    await contestant.dispose();
    throw error;
  }
}

class Runner {
  readonly column: string;
  readonly contestant: Contestant;
  readonly losses: number[] = [];
  rounds = 0;
  #steps = 1;
  readonly #ms: number[] = [];

  constructor(column: string, contestant: Contestant) {
    this.column = column;
    this.contestant = contestant;
  }

  /** Warms up, and chooses how many steps make a round and how many rounds there are time for. */
  async calibrate({ rounds, roundMs }: RaceOptions): Promise<void> {
    let ms = await this.#take(1);
    if (ms < roundMs) ms = await this.#take(stepsFor(roundMs / 5, ms));
    this.#steps = this.#stepsOfRound(roundMs, ms);
    // Once more where the number of steps is compiled in, or the first estimate was far off.
    if (ms < roundMs) ms = await this.#take(this.#steps);
    const fewest = ms > columnMs ? 1 : 2;
    this.rounds = Math.min(rounds, Math.max(fewest, Math.floor(columnMs / (ms * this.#steps))));
  }

  /**
   * Whole calls, as a training takes them: a call's state, in and out, is shared by all its steps. Of
   * steps so long that a call would fill the column's time, as many as fill it.
   */
  #stepsOfRound(roundMs: number, msPerStep: number): number {
    const { stepsPerCall = 1 } = this.contestant;
    const calls = Math.ceil(stepsFor(roundMs, msPerStep) / stepsPerCall);
    return Math.min(calls * stepsPerCall, stepsFor(Math.max(roundMs, columnMs), msPerStep));
  }

  async turn(): Promise<void> {
    this.#ms.push(await this.#take(this.#steps));
  }

  async #take(steps: number): Promise<number> {
    const { msPerStep, losses } = await this.contestant.run(steps, 0);
    this.losses.push(...losses);
    return msPerStep;
  }

  cell(): Cell {
    return {
      column: this.column,
      stepsPerRound: this.#steps,
      ms: this.#ms,
      firstLoss: this.losses[0] ?? NaN,
      lastLoss: this.losses.at(-1) ?? NaN,
    };
  }
}

const stepsFor = (ms: number, msPerStep: number): number =>
  Math.min(mostSteps, Math.max(1, Math.ceil(ms / msPerStep)));

/** Losses are compared where all have come by this many steps, or fewer. */
const comparedStep = 20;
/** Initial weights and noise differ between implementations, and change a loss by some tens of %. */
const largestRatio = 2;

interface Learner {
  readonly column: string;
  readonly losses: readonly number[];
}

/** Throws unless every loss falls, and all are of the same size after the same number of steps. */
export function checkLosses({ name }: { name: string }, learners: readonly Learner[]): void {
  for (const { column, losses } of learners) {
    if (losses.at(-1)! < losses[0]!) continue;
    throw new Error(
      `${name}, ${column}: the loss does not fall (${losses[0]} to ${losses.at(-1)} in ${losses.length} steps).`,
    );
  }
  const step = Math.min(comparedStep, ...learners.map(({ losses }) => losses.length)) - 1;
  const values = learners.map(({ column, losses }) => ({ column, loss: losses[step]! }));
  const { min, max } = spread(values.map(({ loss }) => loss));
  if (max <= largestRatio * min) return;
  const list = values.map(({ column, loss }) => `${column} ${loss.toPrecision(3)}`).join(', ');
  throw new Error(`${name}: after ${step + 1} steps the losses are not of the same size: ${list}.`);
}
