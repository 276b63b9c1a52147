import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { benchLayers } from '../src/layers.js';
import { fieldCnnTask, layersTasks, tensorProductTask } from '../src/layers/tasks.js';
import { formatTrainReport } from '../src/train/table.js';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

const small = [
  fieldCnnTask({
    ...{ group: 'C4', order: 4, coefficients: [25, 100], fields: [2, 2] },
    ...{ side: 8, kernel: 5, classes: 3, batch: 4 },
  }),
  tensorProductTask({ degree: 1, channels: 2, rows: 10 }),
];

describe('the layers suite', () => {
  it.each(layersTasks.map((task) => [task.name, task] as const))(
    '%s: the weights that are counted are those that train',
    (name, task) => {
      const built = task.build('adam', `count/${name}`);
      const trained = Object.values(tf.engine().state.registeredVariables).filter(
        (variable) => variable.name.startsWith(`count/${name}/`) && variable.trainable,
      );
      const weights = trained.filter(({ name }) => !name.includes('/adam/'));
      expect(weights.reduce((sum, { size }) => sum + size, 0)).toBe(task.work.parameters);
      built.dispose();
    },
  );

  it('times training and exported files, and names peers that are not there', async () => {
    const lines: string[] = [];
    const { training, inference } = await benchLayers({
      ...{ tasks: small, rounds: 2, roundMs: 5, threads: 1, clock: 'cpu', gaugeSide: 64 },
      ...{ python: 'no-such-python', log: (line) => lines.push(line) },
    });
    for (const report of [training, inference]) {
      expect(report.rows.map(({ task }) => task)).toEqual(['c4-fields', 'tensor-product-1']);
      for (const { cells, gflop } of report.rows) {
        expect(gflop).toBeGreaterThan(0);
        expect(cells.map(({ column }) => column)).toEqual(['ours']);
        for (const ms of cells[0]!.ms) expect(ms).toBeGreaterThan(0);
      }
      expect(formatTrainReport(report)).toContain('| C4, (2, 2) regular fields');
    }
    // A step trains and then goes backwards: more than a forward pass.
    training.rows.forEach(({ gflop }, i) =>
      expect(gflop).toBeGreaterThan(inference.rows[i]!.gflop),
    );
    expect(lines.join('\n')).toMatch(/SKIPPED: torch onnxruntime e3nn escnn \(.*ENOENT/);
  });
});
