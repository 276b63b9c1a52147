import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pointClouds, type PointClouds } from '@intertwiner/datasets';
import { loadModel, loadTfjsBackend } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import {
  experimentData,
  experimentNames,
  experiments,
  relaxationConfig,
  runExperiment,
  type Experiment,
  type RelaxationConfig,
} from '@intertwiner/relaxation';
import { gaussian, relativeGap } from './support.js';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

const tiny: RelaxationConfig = {
  ...relaxationConfig,
  ...{ width: 2, depth: 1, train: 20, validation: 10, test: 10, epochs: 2, batch: 10 },
};
const device = { device: 'cpu', threads: 1 } as const;

describe.each(experimentNames)('%s', (experiment) => {
  const config = { ...tiny, experiment };

  it('has networks that are as symmetric as they say, and frees everything', async () => {
    const data = experimentData(config);
    const before = tf.memory().numTensors;
    const { networks } = experiments[experiment] as Experiment;
    const errors: Record<string, number> = {};
    for (const network of Object.keys(networks)) {
      const result = await runExperiment({ ...config, network, relaxation: 'none' }, data, device);
      errors[network] = result.equivarianceError;
    }
    const { plain, relaxedConv: _, ...strict } = errors;
    // Rounding of float32 through some ten layers; a plain network differs by some tenths.
    expect(Math.max(...Object.values(strict))).toBeLessThan(1e-4);
    expect(plain).toBeGreaterThan(1e-3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has networks whose files take any number of samples', async () => {
    const { networks } = experiments[experiment] as Experiment;
    for (const [network, build] of Object.entries(networks)) {
      const model = build({ width: 2, depth: 1, seed: 0, name: `any_${network}` });
      const session = await loadModel(exportModel(model), { device: 'cpu' });
      for (const count of [1, 3]) {
        const x = model.inputs.map(({ shape }, i) =>
          gaussian([count, ...(shape.slice(1) as number[])], network, i),
        );
        const expected = model.predict(x.length === 1 ? x[0]! : x) as tf.Tensor;
        const feeds = x.map(({ shape }, i) => [
          model.inputs[i]!.name,
          { data: x[i]!.dataSync<'float32'>(), shape },
        ]);
        const found = Object.values(await session.run(Object.fromEntries(feeds)))[0]!;
        const gap = relativeGap(tf.tensor(found.data as Float32Array, expected.shape), expected);
        // Rounding of float32 through some ten layers.
        expect(gap).toBeLessThan(1e-4);
        expect(found.shape).toEqual(expected.shape);
      }
      await session.dispose();
    }
  });

  it('draws the same data for a seed, the first ones whatever their number', () => {
    // Digits are drawn from one set, so that its split depends on the numbers.
    const most = experiment === 'rotated-digits' ? 10 : 20;
    const [few, more] = [10, most].map((train) => experimentData({ ...config, train }));
    for (const [name, { data }] of Object.entries(few!.train.arrays)) {
      expect(more!.train.arrays[name]!.data.subarray(0, data.length)).toEqual(data);
    }
    expect(more!.test).toEqual(few!.test);
  });
});

/** Clouds whose first coordinate is their number. */
function numbered(count: number, name: string, points = 7): PointClouds {
  const clouds = pointClouds({ count, seed: 1, points });
  for (let i = 0; i < count; i++) clouds.points[3 * points * i] = i;
  return { ...clouds, name };
}

describe('shapes from files', () => {
  const clouds = { train: numbered(30, 'own'), test: numbered(12, 'others') };
  const config = { ...tiny, experiment: 'shapes' as const };
  const dataOf = (over: Partial<RelaxationConfig> = {}) =>
    experimentData({ ...config, ...over }, { clouds });
  // Clouds are scaled by 4 as they become samples.
  const numbersIn = ({ arrays }: ReturnType<typeof dataOf>['train']) =>
    Array.from(arrays['points']!.data)
      .filter((_, i) => i % 21 === 0)
      .map((x) => x / 4);

  it('validate on clouds of the training set that do not train, and never on the test set', () => {
    const { train, validation, test } = dataOf();
    const [own, held] = [numbersIn(train), numbersIn(validation)];
    expect(own).toHaveLength(20);
    expect(held).toHaveLength(10);
    expect([...own, ...held].toSorted((a, b) => a - b)).toEqual([...Array(30).keys()]);
    expect(numbersIn(test)).toEqual([...Array(10).keys()]);
    // Labels follow their clouds: every tenth has the same class.
    const { data } = train.arrays['target']!;
    own.forEach((number, i) => expect(data[10 * i + (number % 10)]).toBe(1));
  });

  it('are split by the seed, and which validate does not depend on how many train', () => {
    const held = numbersIn(dataOf().validation);
    expect(numbersIn(dataOf({ train: 5 }).validation)).toEqual(held);
    expect(numbersIn(dataOf({ train: 5 }).train)).toEqual(numbersIn(dataOf().train).slice(0, 5));
    expect(numbersIn(dataOf({ seed: 1 }).validation)).not.toEqual(held);
  });

  it('are refused where there are fewer than asked for', () => {
    expect(() => dataOf({ train: 21 })).toThrow(
      /own: 21 \+ 10 clouds .* there are 30 and 12\. Ask/,
    );
    expect(() => dataOf({ test: 13 })).toThrow(/13 to test/);
  });

  it('train networks of their size, with the loss from the projected network to all of W', async () => {
    const before = tf.memory().numTensors;
    const result = await runExperiment({ ...config, lambda: 0 }, dataOf(), {
      ...device,
      withLine: true,
    });
    expect(result.equivarianceError).toBeLessThan(1e-4);
    const { line, training } = result;
    expect(line.map(({ theta }) => theta)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    // The same graph but for a factor 0 of W: rounding of float32.
    expect(line[0]!.loss / training.chosen.projected).toBeCloseTo(1, 5);
    expect(line[4]!.loss).not.toBe(line[0]!.loss);
    expect(tf.memory().numTensors).toBe(before);
  });
});
