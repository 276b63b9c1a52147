import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs';
import { loadTfjsBackend } from '@intertwiner/engine';
import { trace } from '@intertwiner/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchTrain, overFloor, type TrainReport } from '../src/train.js';
import { cloneTask } from '../src/train/cloning.js';
import {
  adamBytes,
  cloneWork,
  cnnWork,
  floorMs,
  groupCnnWork,
  mlpWork,
} from '../src/train/floor.js';
import { groupCnnTask } from '../src/train/groupNetworks.js';
import { cnnTask, mlpTask } from '../src/train/networks.js';
import { checkLosses, race } from '../src/train/race.js';
import { pairedRatio, spread } from '../src/train/statistics.js';
import { formatTrainReport, placeOf } from '../src/train/table.js';
import type { TrainingTask } from '../src/train/task.js';
import { trainingTasks } from '../src/train/tasks.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intertwiner-bench-'));
  await loadTfjsBackend('tfjs-cpu');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tinyMlp = mlpTask({ sizes: [6, 5, 4, 3], batch: 8 });
const image = { layers: 2, channels: 3, side: 6, kernel: 3, classes: 4, batch: 5 };
const tinyCnn = cnnTask(image);
const tinyGroupCnn = groupCnnTask({
  ...{ group: 'C4', order: 4, fields: [2, 3], side: 6, kernel: 3, classes: 4, batch: 5 },
});
const tinyClone = cloneTask({ side: 4, kernel: 3, width: 8, batch: 8 });

describe('statistics', () => {
  it('takes medians of odd and even numbers of values', () => {
    expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(() => spread([])).toThrow(RangeError);
  });

  it('finds a ratio that holds in every round, however the machine slows down', () => {
    const slowdown = [1, 7, 2, 30, 1.5];
    expect(
      pairedRatio(
        slowdown.map((s) => 3 * s),
        slowdown,
      ),
    ).toBeCloseTo(3, 12);
    // A slow column takes part in the first rounds only.
    expect(pairedRatio([4, 28], slowdown)).toBe(4);
  });
});

describe('a round', () => {
  /** How many steps make a round of 0.3 s where each takes so long. */
  async function stepsPerRound(msPerStep: number, stepsPerCall?: number): Promise<number> {
    const contestant = {
      ...(stepsPerCall === undefined ? {} : { stepsPerCall }),
      run: () => Promise.resolve({ msPerStep, losses: [] }),
      dispose: () => Promise.resolve(),
    };
    const column = {
      ...{ name: 'ours', title: 'ours', refuses: () => null },
      start: () => Promise.resolve(contestant),
    };
    const setting = { threads: 1, clock: 'cpu' as const, gaugeSide: 8 };
    const options = { rounds: 1, roundMs: 300, setting, onSkip: () => {}, learns: false };
    return (await race(tinyMlp, [column], options)).cells[0]!.stepsPerRound;
  }

  it('is whole calls, of long steps as many as fill two seconds', async () => {
    expect(await stepsPerRound(7)).toBe(43);
    expect(await stepsPerRound(7, 25)).toBe(50);
    expect(await stepsPerRound(40, 25)).toBe(25);
    expect(await stepsPerRound(500, 25)).toBe(4);
  });
});

/** Multiplications and additions of the matrix products in a traced step. */
function tracedFlops(task: TrainingTask): number {
  const built = task.build('adam', `${task.name}/count`);
  const { inputs, step } = built.program;
  const names = inputs.map(({ name }) => name);
  const graph = trace(
    (...tensors) => step(Object.fromEntries(names.map((n, i) => [n, tensors[i]!]))),
    inputs,
  );
  built.dispose();
  return graph.nodes
    .filter(({ opType }) => opType === 'Gemm' || opType === 'MatMul')
    .map(({ inputs: [a], outputs: [out], attributes }) => {
      const transposed = attributes['transA']?.kind === 'int' && attributes['transA'].value === 1;
      const inner = a!.shape.at(transposed ? -2 : -1)!;
      return 2 * inner * out!.shape.reduce((product, extent) => product * extent, 1);
    })
    .reduce((total, flops) => total + flops, 0);
}

describe('the floor', () => {
  it.each([tinyMlp, tinyClone])(
    'counts the matrix products of the traced step of $name',
    (task) => {
      expect(task.work.flops).toBe(tracedFlops(task));
    },
  );

  it('counts pairs of positions and taps inside the image', () => {
    let pairs = 0;
    for (let position = 0; position < 6; position++) {
      for (let tap = -1; tap <= 1; tap++) {
        if (position + tap >= 0 && position + tap < 6) pairs++;
      }
    }
    const products = (1 * 3 + 3 * 3) * pairs ** 2 + 3 * 4;
    expect(cnnWork(image).flops).toBe(2 * 5 * (3 * products - 3 * pairs ** 2));
  });

  it.each([...trainingTasks, tinyMlp, tinyCnn, tinyGroupCnn, tinyClone])(
    'counts what $name trains',
    (task) => {
      const before = new Set(Object.keys(tf.engine().state.registeredVariables));
      const built = task.build('adam', `${task.name}/variables`);
      const trained = Object.values(tf.engine().state.registeredVariables)
        .filter(({ name, trainable }) => trainable && !before.has(name))
        .reduce((total, { size }) => total + size, 0);
      built.dispose();
      expect(task.work.parameters).toBe(trained);
    },
  );

  it('counts a group network as the convolutional network of its written-out filters', () => {
    const plain = { ...image, channels: 8, kernel: 3, side: 6 };
    const grouped = { ...plain, group: 'C4' as const, order: 4, fields: [2, 2] };
    // The last layer is dense on 2 invariant channels instead of 8.
    const dense = 2 * image.batch * 3 * (8 - 2) * image.classes;
    expect(groupCnnWork(grouped).flops).toBe(cnnWork(plain).flops - dense);
  });

  it('is the time of the operations and then of the traffic', () => {
    const machine = { flopsPerSecond: 2e9, bytesPerSecond: 1e9 };
    expect(adamBytes(1e6)).toBe(28e6);
    expect(floorMs({ flops: 4e6, parameters: 1e6 }, machine)).toBeCloseTo(2 + 28, 12);
  });

  it('agrees with figures computed by hand', () => {
    expect(mlpWork([2, 3, 5], 7)).toEqual({ flops: 2 * 7 * (3 * 21 - 6), parameters: 29 });
    expect(cloneWork({ side: 2, kernel: 1, order: 4, width: 3, batch: 1 })).toEqual({
      flops: 2 * (4 * 5 * 3 + 3 * 3 * 16 + 16),
      parameters: 2 * 6 * 3 + 4 * 16,
    });
  });
});

describe('losses', () => {
  const falling = { column: 'a', losses: [3, 2, 1] };
  it('must fall, and not be NaN', () => {
    expect(() => checkLosses(tinyMlp, [falling])).not.toThrow();
    expect(() => checkLosses(tinyMlp, [{ column: 'b', losses: [1, 2] }])).toThrow(
      /mlp-6, b: .*fall/,
    );
    expect(() => checkLosses(tinyMlp, [{ column: 'c', losses: [1, NaN] }])).toThrow(/fall/);
  });
  it('must be of the same size after the same number of steps', () => {
    const other = { column: 'd', losses: [30, 20] };
    expect(() => checkLosses(tinyMlp, [falling, other])).toThrow(/a 2.00, d 20.0/);
  });
});

describe('a run without Python', () => {
  const lines: string[] = [];
  let report: TrainReport;
  let before = 0;
  let after = 0;
  beforeAll(async () => {
    before = tf.memory().numTensors;
    report = await benchTrain({
      ...{
        tasks: [tinyMlp, tinyCnn, tinyGroupCnn, tinyClone],
        rounds: 2,
        roundMs: 5,
        profiles: 1,
        threads: 1,
      },
      gaugeSide: 64,
      python: '/nonexistent/python',
      log: (line) => lines.push(line),
    });
    after = tf.memory().numTensors;
  }, 60_000);

  it('says loudly that the peers are skipped, and leaves their columns out', () => {
    expect(lines).toContainEqual(expect.stringMatching(/^SKIPPED: torch jax .*ENOENT/));
    expect(report.columns.map(({ name }) => name)).toEqual([
      'ours',
      'ours-tf-adam',
      'tfjs-wasm',
      'tfjs-cpu',
    ]);
  });

  it('times our column of every row in every round, with a loss that falls', () => {
    expect(report.rows).toHaveLength(4);
    for (const row of report.rows) {
      const ours = row.cells.find(({ column }) => column === 'ours')!;
      expect(ours.ms).toHaveLength(2);
      expect(Math.min(...ours.ms)).toBeGreaterThan(0);
      expect(ours.lastLoss).toBeLessThan(ours.firstLoss);
      expect(overFloor(row)).toBeGreaterThan(0);
    }
  });

  it('starts from the same loss compiled and eager', () => {
    const [mlp] = report.rows;
    const losses = mlp!.cells.map(({ firstLoss }) => firstLoss);
    // float32 sums of some tens of terms in different orders.
    for (const loss of losses) expect(loss / losses[0]!).toBeCloseTo(1, 5);
  });

  it('profiles a row: shares of operators add up to one', () => {
    const [profile] = report.profiles;
    expect(profile!.operators.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(profile!.operators.map(({ operator }) => operator)).toContain('Gemm');
  });

  it('frees all tensors', () => expect(after).toBe(before));

  it('is a table, with what is missing and why', () => {
    const text = formatTrainReport(report);
    expect(text).toContain('| MLP 6→5→4→3, batch 8 |');
    expect(text).toMatch(/`cnn-3`, `c4-cnn` – tfjs-wasm: .*lacks the kernel Conv2DBackpropFilter/);
    expect(text).toMatch(/Operators of `(mlp-6|cnn-3|c4-cnn|clone-8)`: \w+ \d+ %/);
    expect(placeOf(report)).toBe('train wall');
  });
});

describe('a Python without the peers', () => {
  it('is skipped with the reason of each', async (context) => {
    const { status } = spawnSync('python3', ['--version']);
    if (status !== 0) return context.skip('python3 is not installed');
    // A Python that finds no packages: they are hidden behind modules that cannot be imported.
    for (const name of ['torch', 'jax', 'numpy']) {
      await writeFile(join(folder, `${name}.py`), `raise ImportError('no ${name} here')\n`);
    }
    const python = join(folder, 'python');
    await writeFile(python, `#!/bin/sh\nPYTHONPATH='${folder}' exec python3 "$@"\n`, {
      mode: 0o755,
    });
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const options = {
      tasks: [tinyMlp],
      rounds: 1,
      roundMs: 2,
      profiles: 0,
      threads: 1,
      gaugeSide: 64,
    };
    const { columns } = await benchTrain({ ...options, python, log });
    expect(lines).toContainEqual(expect.stringMatching(/^SKIPPED: torch \(no numpy here\)/));
    expect(lines).toContainEqual(expect.stringMatching(/^SKIPPED: jax \(no numpy here\)/));
    expect(columns.map(({ name }) => name)).not.toContain('torch');
  });
});
