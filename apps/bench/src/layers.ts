/** Layers in training and exported, beside escnn's and e3nn's ways of doing the same in PyTorch. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { loadTfjsBackend } from '@intertwiner/engine';
import { exportedColumn, layersPeerColumns } from './layers/columns.js';
import { layersTasks, type LayersTask } from './layers/tasks.js';
import { ownVersions, startPeers, type TrainOptions, type TrainReport } from './train.js';
import { programColumns, type Column } from './train/contestants.js';
import { race, type Row } from './train/race.js';

export interface LayersOptions extends Pick<
  TrainOptions,
  'rounds' | 'roundMs' | 'threads' | 'clock' | 'gaugeSide' | 'python' | 'log'
> {
  /** Default: all of `layersTasks`. */
  readonly tasks?: readonly LayersTask[];
  /** A Python that has escnn. Default: `python`. */
  readonly escnn?: string;
}

export interface LayersReport {
  readonly training: TrainReport;
  readonly inference: TrainReport;
}

/**
 * Runs the suite. Absent peers are logged and left out.
 *
 * @throws Error if a loss does not fall, or implementations disagree on its size.
 */
export async function benchLayers(options: LayersOptions = {}): Promise<LayersReport> {
  const { tasks = layersTasks, rounds = 5, roundMs = 300, clock = 'wall' } = options;
  const { threads = clock === 'cpu' ? 1 : availableParallelism(), log = () => {} } = options;
  const setting = { threads, clock, gaugeSide: options.gaugeSide ?? 1024 };
  await loadTfjsBackend('tfjs-cpu');
  const { python = 'python3', escnn = python } = options;
  const start = (command: string, ...packages: string[]) =>
    startPeers(command, threads, log, 'layers_peers.py', packages);
  const own = escnn === python ? ['escnn'] : [];
  const torch = await start(python, 'torch', 'onnxruntime', 'e3nn', ...own);
  const processes = { torch, escnn: escnn === python ? torch : await start(escnn, 'escnn') };
  const [ours] = programColumns(setting);
  const training = [ours!, ...layersPeerColumns(processes, 'training', clock)];
  const inference = [
    exportedColumn(tasks, setting),
    ...layersPeerColumns(processes, 'inference', clock),
  ];
  const versions = {
    ...ownVersions(),
    ...torch?.greeting.impls,
    ...(processes.escnn && { escnn: processes.escnn.greeting.impls['escnn'] ?? 'none' }),
  };
  const run = async (columns: readonly Column[], learns: boolean): Promise<TrainReport> => {
    const load = loadavg()[0]!;
    const rows: Row[] = [];
    const skipped: { row: string; column: string; why: string }[] = [];
    for (const task of tasks) {
      const onSkip = ({ name }: Column, why: string) => {
        skipped.push({ row: task.name, column: name, why });
        log(`SKIPPED: ${task.name}, ${name}: ${why}`);
      };
      const work = learns ? task.work : task.inferenceWork;
      const settings = { rounds, roundMs, setting, onSkip, learns };
      rows.push(await race({ ...task, work }, columns, settings));
      log(`${task.name}, ${learns ? 'training' : 'inference'}: done`);
    }
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`,
      ...{ threads, clock, rounds, versions, rows, skipped, profiles: [] },
      load: [load, loadavg()[0]!],
      columns: columns.map(({ name, title }) => ({ name, title })),
    };
  };
  try {
    return { training: await run(training, true), inference: await run(inference, false) };
  } finally {
    for (const peers of new Set(Object.values(processes))) await peers?.close();
  }
}
