import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { glyphDigits } from '@intertwiner/datasets';
import { random } from '@intertwiner/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareArms } from '../src/learning/compare.js';
import { countOf, DivergedError, fit, schedule, variablesOf } from '../src/learning/fit.js';
import { nBodyData } from '../src/learning/nBody/data.js';
import { compareOnNBody } from '../src/learning/nBody/experiment.js';
import { nBodyTable } from '../src/learning/nBody/table.js';
import { rotatedDigits } from '../src/learning/rotatedDigits/data.js';
import { compareOnRotatedDigits } from '../src/learning/rotatedDigits/experiment.js';
import { arms } from '../src/learning/rotatedDigits/networks.js';
import { rotatedDigitsTable } from '../src/learning/rotatedDigits/table.js';
import { batchFiller, type Samples } from '../src/learning/samples.js';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'learning-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('rotated digits', () => {
  const data = rotatedDigits(glyphDigits({ count: 120, seed: 0 }), { train: 80, test: 40 });
  const plan = { rates: [0.01], validation: 20, epochs: 1, batch: 20, seeds: [0, 1] };
  const named = (...names: string[]) => arms.filter(({ name }) => names.includes(name));

  it('the networks have as many weights as each other within 2 %', () => {
    const counts = arms.map((arm) => countOf(variablesOf(arm.build(0, `count_${arm.name}`))));
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.02);
  });

  it('digits are turned by angles of their own, and pixels of test digits by quarters', () => {
    const { test } = data;
    const pixels = (samples: Samples) => samples.arrays['x']!.data;
    expect(data.quarterTurnedTest(4).arrays['x']!.data).toEqual(pixels(test));
    const turned = pixels(data.quarterTurnedTest(1));
    // Turned by 90° at 28 × 28 or after the average of 2 × 2 pixels: the same up to rounding.
    const also = pixels(data.turnedTest(90));
    const difference = Math.max(...turned.map((value, i) => Math.abs(value - also[i]!)));
    expect(difference).toBeLessThan(1e-4);
  });

  it('trains, tests, keeps its records and goes on from them', async () => {
    const options = { data, plan, folder, arms: named('cnn', 'p4') };
    const comparison = await compareOnRotatedDigits(options);
    expect(await compareOnRotatedDigits(options)).toEqual(comparison);
    const finished = await compareOnRotatedDigits({
      ...{ ...options, arms, finishedOnly: true, plan: { ...plan, seeds: [0, 1, 2] } },
    });
    expect(finished.arms).toEqual(comparison.arms);
    for (const { name, runs } of comparison.arms) {
      for (const { by90, by45, testError } of runs) {
        expect(testError).toBeGreaterThanOrEqual(0);
        // A real defect, or float32 rounding through three convolutions.
        const [least, most] = name === 'cnn' ? [1e-2, Infinity] : [0, 1e-4];
        expect(by90.mean).toBeGreaterThanOrEqual(least);
        expect(by90.max).toBeLessThan(most);
        expect(by45.mean).toBeGreaterThan(1e-3);
      }
    }
    const table = rotatedDigitsTable(comparison);
    for (const { title } of comparison.arms) expect(table).toContain(`| ${title} |`);
    await expect(
      compareOnRotatedDigits({ ...options, plan: { ...plan, epochs: 2 } }),
    ).rejects.toThrow('is of other settings; choose another folder with --out');
  }, 120_000);

  it.each(arms.map((arm) => [arm.name, arm] as const))(
    '%s commutes with quarter turns to rounding, unless it is the plain one',
    (name, arm) => {
      const model = arm.build(0, `turn_${name}`);
      tf.tidy(() => {
        const { shape, data: pixels } = data.test.arrays['x']!;
        const x = tf.tensor4d(pixels.subarray(0, 2 * 14 * 14), [2, ...shape] as never);
        const turned = tf.reverse(tf.transpose(x, [0, 2, 1, 3]), 1);
        const [y, gy] = [x, turned].map((input) => model.predict(input) as tf.Tensor);
        const error = tf.div(tf.norm(tf.sub(gy!, y!)), tf.norm(y!)).dataSync()[0]!;
        // Sums of up to 25·80 float32 products in another order, through three convolutions.
        const [least, most] = name === 'cnn' ? [1e-2, Infinity] : [0, 2e-5];
        expect(error).toBeGreaterThanOrEqual(least);
        expect(error).toBeLessThan(most);
      });
      model.dispose();
    },
  );
});

describe('N-body', () => {
  it('trains, tests, and names the published errors', async () => {
    const comparison = await compareOnNBody({
      data: nBodyData('clipped', { train: 40, validation: 20, test: 20 }),
      plan: { rates: [1e-3], epochs: { egnn: 5 }, batch: 20, seeds: [0] },
      folder,
      arms: (await import('../src/learning/nBody/networks.js')).arms.filter(
        ({ name }) => name === 'egnn',
      ),
    });
    const { straight, still } = comparison.baselines;
    expect(straight).toBeLessThan(still);
    const [egnn] = comparison.arms;
    expect(egnn!.published).toBe(0.0071);
    for (const { epoch } of egnn!.runs) expect([5]).toContain(epoch);
    expect(nBodyTable(comparison)).toContain('| EGNN | 121,344 |');
  }, 120_000);
});

describe('fit', () => {
  const stream = random(0, 'line');
  const x = stream.fillNormal(new Float32Array(40));
  const samples: Samples = {
    count: 40,
    arrays: {
      x: { shape: [1], data: x },
      y: { shape: [1], data: x.map((value) => 3 * value) },
    },
  };

  function line(name: string) {
    const slope = tf.variable(tf.zeros<tf.Rank.R1>([1]), true, name);
    const loss = ({ x, y }: Readonly<Record<string, tf.Tensor>>) =>
      tf.losses.meanSquaredError(y!, tf.mul(x!, slope)) as tf.Scalar;
    return { slope, options: { name, variables: [slope], samples, loss, batch: 10, seed: 0 } };
  }

  it('takes the last weights, with a rate that ends at 0', async () => {
    const { slope, options } = line('last');
    const { epoch, losses } = await fit({ ...options, epochs: 30, peakRate: 0.3 });
    expect(epoch).toBe(30);
    expect(losses.at(-1)).toBeLessThan(1e-3 * losses[0]!);
    // Of 3, after 120 steps of Adam.
    expect(Math.abs(slope.dataSync()[0]! - 3)).toBeLessThan(0.05);
    expect([schedule(0), schedule(0.05), schedule(1)]).toEqual([0, 1, 0]);
  });

  it('takes the weights of the best epoch, if asked', async () => {
    const { slope, options } = line('best');
    const seen: number[] = [];
    const { epoch } = await fit({
      ...{ ...options, epochs: 12, peakRate: 0.5 },
      select: {
        every: 3,
        error: () => {
          seen.push(slope.dataSync()[0]!);
          return Promise.resolve(Math.abs(seen.at(-1)! - seen[1]!));
        },
      },
    });
    expect(seen).toHaveLength(4);
    expect(epoch).toBe(seen[1] === seen[0] ? 3 : 6);
    expect(slope.dataSync()[0]).toBe(seen[1]);
  });

  it('says when a loss is not finite', async () => {
    const { options } = line('far');
    const loss = () => tf.mean(tf.div(tf.onesLike(options.variables[0]!), 0)) as tf.Scalar;
    const diverging = {
      ...options,
      loss: (batch: Parameters<typeof options.loss>[0]) =>
        tf.add(options.loss(batch), loss()) as tf.Scalar,
    };
    await expect(fit({ ...diverging, epochs: 1, peakRate: 0.1 })).rejects.toThrow(DivergedError);
  });

  it('shows every sample once in an epoch, in an order of its own', () => {
    const fill = batchFiller(samples, 10, 0);
    const epochOf = (number: number) =>
      [0, 1, 2, 3].flatMap((i) => {
        const batch = { x: new Float32Array(10), y: new Float32Array(10) };
        fill(4 * number + i, batch);
        return [...batch.x];
      });
    const [first, second] = [epochOf(0), epochOf(1)];
    expect(first).not.toEqual(second);
    expect(first.toSorted()).toEqual(second.toSorted());
    expect(first.toSorted()).toEqual([...x].toSorted());
  });
});

it('a rate that diverges is no choice, and the best one is tested on every seed', async () => {
  const tested: string[] = [];
  const [result] = await compareArms<{ name: string; title: string }, { seed: number; at: number }>(
    {
      ...{
        arms: [{ name: 'a', title: 'A' }],
        rates: [1, 2, 3],
        seeds: [5, 6],
        folder,
        settings: {},
      },
      parameters: () => 7,
      validate: async (_, rate) => {
        if (rate === 3) throw new DivergedError('far');
        return 1 / rate;
      },
      test: async (_, rate, seed, run) => {
        tested.push(run);
        return { at: rate * seed };
      },
    },
  );
  expect(result!.tuning.map(({ validationError }) => validationError)).toEqual([1, 0.5, null]);
  expect(result!.rate).toBe(2);
  expect(result!.runs).toEqual([
    { seed: 5, at: 10 },
    { seed: 6, at: 12 },
  ]);
  expect(tested).toEqual(['a-seed-5', 'a-seed-6']);
});
