/** The same training steps in several systems, side by side in one run. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { env } from 'onnxruntime-node';
import { version as tfjsVersion } from '@tensorflow/tfjs';
import { loadTfjsBackend } from '@intertwiner/engine';
import type { Clock } from './train/clock.js';
import {
  ownColumn,
  peerColumns,
  programColumns,
  type Column,
  type Setting,
} from './train/contestants.js';

import { PeerError } from './jsonProcess.js';
import { Peers } from './train/peers.js';
import { profileTask, type OperatorShare } from './train/profile.js';
import { race, type Row } from './train/race.js';
import { pairedRatio, spread } from './train/statistics.js';
import type { TrainingTask } from './train/task.js';
import { trainingTasks } from './train/tasks.js';

export interface TrainOptions {
  /** Default: all of `trainingTasks`. */
  readonly tasks?: readonly TrainingTask[];
  /** Default: 5. */
  readonly rounds?: number;
  /** How long the steps of a round shall take at least. Default: 300. */
  readonly roundMs?: number;
  /** Of ONNX Runtime and of each peer. Default: as many as there are cores; one if `clock` is `cpu`. */
  readonly threads?: number;
  /** Default: `wall`; `cpu` with one thread is for machines with other work. */
  readonly clock?: Clock;
  /** Side of the square matrices whose product gauges the machine. Default: 1024. */
  readonly gaugeSide?: number;
  /** Default: `python3`. */
  readonly python?: string;
  /** Whether PyTorch compiles too, which takes minutes. Default: false. */
  readonly torchCompile?: boolean;
  /**
   * How many rows are profiled: first those where another column is faster, then those farthest from
   * their floor. Default: all where another column is faster, but two at least.
   */
  readonly profiles?: number;
  /** Is given a line for whatever is skipped, and for each row that is done. */
  readonly log?: (line: string) => void;
}

export interface TrainReport {
  readonly date: string;
  readonly machine: string;
  readonly threads: number;
  readonly clock: Clock;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Programs that wanted a core, on average over a minute, before and after. */
  readonly load: readonly [number, number];
  readonly columns: readonly { readonly name: string; readonly title: string }[];
  readonly rows: readonly Row[];
  readonly skipped: readonly {
    readonly row: string;
    readonly column: string;
    readonly why: string;
  }[];
  readonly profiles: readonly {
    readonly row: string;
    readonly operators: readonly OperatorShare[];
  }[];
}

/**
 * Runs the suite. Absent peers are logged and left out.
 *
 * @throws Error if a loss does not fall, or implementations disagree on its size.
 */
export async function benchTrain(options: TrainOptions = {}): Promise<TrainReport> {
  const { tasks = trainingTasks, rounds = 5, roundMs = 300 } = options;
  const { clock = 'wall', log = () => {} } = options;
  const { threads = clock === 'cpu' ? 1 : availableParallelism() } = options;
  const setting = { threads, clock, gaugeSide: options.gaugeSide ?? 1024 };
  const load = loadavg()[0]!;
  // Started by the engine, tfjs's cpu backend, where variables are made, prints no advertisement.
  await loadTfjsBackend('tfjs-cpu');
  const peers = await startPeers(options.python ?? 'python3', threads, log);
  const columns = allColumns(peers, setting, options.torchCompile ?? false, log);
  const rows: Row[] = [];
  const skipped: { row: string; column: string; why: string }[] = [];
  try {
    for (const task of tasks) {
      const onSkip = ({ name }: Column, why: string) => {
        skipped.push({ row: task.name, column: name, why });
        log(`SKIPPED: ${task.name}, ${name}: ${why}`);
      };
      const row = await race(task, columns, { rounds, roundMs, setting, onSkip });
      rows.push(row);
      log(`${task.name}: ${summary(row)}`);
    }
  } finally {
    await peers?.close();
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`,
    threads,
    clock,
    rounds,
    versions: { ...ownVersions(), ...peers?.greeting.impls },
    load: [load, loadavg()[0]!],
    columns: columns.map(({ name, title }) => ({ name, title })),
    rows,
    skipped,
    profiles: await profileSlowest(tasks, rows, threads, options.profiles),
  };
}

/** Times over the floor, the median over the rounds. */
export function overFloor({ cells, floorMs }: Row): number {
  return pairedRatio(cells.find(({ column }) => column === ownColumn)!.ms, floorMs);
}

/**
 * Starts a script of peers/ for some packages; those that are missing are logged, and null stands for
 * no Python.
 */
export async function startPeers(
  python: string,
  threads: number,
  log: (line: string) => void,
  script = 'train_peers.py',
  packages: readonly string[] = ['torch', 'jax'],
  device: 'cpu' | 'cuda' = 'cpu',
): Promise<Peers | null> {
  try {
    const peers = await Peers.start(python, threads, script, device);
    for (const [name, why] of Object.entries(peers.greeting.missing)) {
      if (packages.includes(name)) log(`SKIPPED: ${name} (${why}). pip install ${name}`);
    }
    return peers;
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const list = packages.join(' ');
    log(`SKIPPED: ${list} (${error.message}). They need Python 3: pip install ${list}`);
    return null;
  }
}

function allColumns(
  peers: Peers | null,
  setting: Setting,
  torchCompile: boolean,
  log: (line: string) => void,
): readonly Column[] {
  const [ours, ...others] = programColumns(setting);
  const impls = ['torch', 'torch-fused', ...(torchCompile ? ['torch-compile'] : []), 'jax'];
  if (!torchCompile) log('SKIPPED: torch.compile, which takes minutes; --torch-compile runs it.');
  return [ours!, ...(peers ? peerColumns(peers, impls, setting.clock) : []), ...others];
}

export const ownVersions = (): Record<string, string> => ({
  node: process.versions.node,
  'onnxruntime-node': env.versions.node!,
  tfjs: tfjsVersion['tfjs'],
});

/** The medians, so that a run that is interrupted has told something. */
const summary = ({ cells, floorMs }: Row): string =>
  [...cells, { column: 'floor', ms: floorMs }]
    .map(({ column, ms }) => `${column} ${spread(ms).median.toPrecision(3)} ms`)
    .join(', ');

/** How many times our time the fastest other column takes; more than 1 if ours is the fastest. */
export function bestPeer({ cells }: Row): number {
  const own = cells.find(({ column }) => column === ownColumn)!;
  const others = cells.filter((cell) => cell !== own && !cell.column.startsWith(ownColumn));
  return Math.min(Infinity, ...others.map(({ ms }) => pairedRatio(ms, own.ms)));
}

async function profileSlowest(
  tasks: readonly TrainingTask[],
  rows: readonly Row[],
  threads: number,
  count: number | undefined,
): Promise<TrainReport['profiles']> {
  const isBehind = (row: Row) => bestPeer(row) < 1;
  const slowest = [...rows].sort(
    (a, b) => Number(isBehind(b)) - Number(isBehind(a)) || overFloor(b) - overFloor(a),
  );
  const wanted = count ?? Math.max(2, rows.filter(isBehind).length);
  const profiles: { row: string; operators: OperatorShare[] }[] = [];
  for (const { task: row } of slowest.slice(0, wanted)) {
    const task = tasks.find(({ name }) => name === row)!;
    profiles.push({ row, operators: await profileTask(task, threads) });
  }
  return profiles;
}
