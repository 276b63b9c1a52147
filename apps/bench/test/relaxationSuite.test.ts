import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { formatRelaxation } from '../src/relaxation/command.js';
import { raceRelaxation } from '../src/relaxation/race.js';
import { relaxationTasks, variants } from '../src/relaxation/tasks.js';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

describe('the relaxation suite', () => {
  it('times strict and relaxed steps in turns, and leaves nothing behind', async () => {
    const task = relaxationTasks.find(({ name }) => name === 'rotated-digits')!;
    const before = tf.memory().numTensors;
    const options = { rounds: 2, steps: 1, threads: 1, clock: 'cpu' } as const;
    const row = await raceRelaxation(task, options);
    expect(row.cells.map(({ variant }) => variant)).toEqual(variants.map(({ name }) => name));
    const [strict, ...relaxed] = row.cells;
    expect(strict!.ratio).toBe(1);
    for (const { ms, ratio, parameters } of relaxed) {
      expect(ms.median).toBeGreaterThan(0);
      expect(ratio).toBeGreaterThan(0);
      // W of 5 × 5 taps: 1 → 32 and 32 → 48 channels.
      expect(parameters - strict!.parameters).toBe(25 * 32 + 25 * 32 * 48);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(formatRelaxation([row]).split('\n')).toHaveLength(3);
  });
});
