/** The comparison on rotated digits. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { loadModel, writeFileAtomic, type LoadedModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { compareArms, type ArmResult } from '../compare.js';
import { countOf, fit, variablesOf } from '../fit.js';
import { sliceSamples, type Samples } from '../samples.js';
import { classes, side, type RotatedDigits } from './data.js';
import { arms, type Arm } from './networks.js';

export interface Plan {
  /** Learning rates that are tried. */
  readonly rates: readonly number[];
  /** Digits at the end of the training set that rates are chosen on. */
  readonly validation: number;
  readonly epochs: number;
  readonly batch: number;
  readonly seeds: readonly number[];
}

export const fullPlan: Plan = {
  rates: [0.02, 0.08],
  validation: 1000,
  epochs: 10,
  batch: 64,
  seeds: [0, 1, 2, 3, 4],
};

/** Some seconds for each network: shows that it runs, and nothing else. */
export const quickPlan: Plan = {
  rates: [0.01, 0.02],
  validation: 100,
  epochs: 2,
  batch: 32,
  seeds: [0, 1],
};

/** How far the outputs of a network move when the digit turns. */
export interface Turning {
  /** ‖f(gx) − f(x)‖ / ‖f(x)‖, mean and largest over the test digits. */
  readonly mean: number;
  readonly max: number;
  /** Share of digits that keep their class. */
  readonly agreement: number;
}

export interface SeedResult {
  readonly seed: number;
  readonly testError: number;
  readonly trainingLoss: number;
  readonly cpuSeconds: number;
  /** Pixels moved onto pixels. */
  readonly by90: Turning;
  /** Interpolated at 28 × 28, before the digits are averaged to 14 × 14. */
  readonly by45: Turning;
}

export interface Comparison {
  readonly data: string;
  readonly train: number;
  readonly test: number;
  readonly plan: Plan;
  readonly arms: readonly ArmResult<SeedResult>[];
}

export interface ExperimentOptions {
  readonly data: RotatedDigits;
  readonly plan: Plan;
  /** Where finished runs are kept. */
  readonly folder: string;
  /** Default: all. */
  readonly arms?: readonly Arm[];
  /** Leaves out what is not finished instead of training. Default: false. */
  readonly finishedOnly?: boolean;
  readonly log?: (line: string) => void;
}

export async function compareOnRotatedDigits(options: ExperimentOptions): Promise<Comparison> {
  const { data, plan, folder } = options;
  const kept = data.train.count - plan.validation;
  const validation = sliceSamples(data.train, kept, data.train.count);
  const counts = { train: data.train.count, test: data.test.count };
  const { epochs, batch } = plan;
  const results = await compareArms<Arm, SeedResult>({
    ...{ arms: options.arms ?? arms, rates: plan.rates, seeds: plan.seeds, folder },
    ...{ log: options.log, finishedOnly: options.finishedOnly, parameters: countParameters },
    settings: { data: data.name, ...counts, validation: plan.validation, epochs, batch },
    validate: async (arm, rate, seed, run) => {
      const training = sliceSamples(data.train, 0, kept);
      const { network } = await trained(run, arm, training, rate, seed, plan);
      const outputs = await logits(network, validation).finally(() => network.dispose());
      return errorOf(outputs, validation);
    },
    test: (arm, rate, seed, run) => test(run, arm, rate, seed, options),
  });
  return { data: data.name, ...counts, plan, arms: results };
}

async function test(
  run: string,
  arm: Arm,
  rate: number,
  seed: number,
  { data, plan, folder }: ExperimentOptions,
): Promise<Omit<SeedResult, 'seed'>> {
  const { network, bytes, ...training } = await trained(run, arm, data.train, rate, seed, plan);
  try {
    const outputs = await logits(network, data.test);
    const turning = async (samples: Samples) => turned(outputs, await logits(network, samples));
    const result = {
      ...{ testError: errorOf(outputs, data.test), ...training },
      by90: await turning(data.quarterTurnedTest(1)),
      by45: await turning(data.turnedTest(45)),
    };
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(join(folder, `${run}.onnx`), bytes);
    return result;
  } finally {
    await network.dispose();
  }
}

interface Trained {
  readonly network: LoadedModel;
  readonly bytes: Uint8Array;
  readonly trainingLoss: number;
  readonly cpuSeconds: number;
}

/** Trains a network and loads it as the ONNX file it exports to. */
async function trained(
  name: string,
  arm: Arm,
  samples: Samples,
  peakRate: number,
  seed: number,
  { batch, epochs }: Plan,
): Promise<Trained> {
  const model = arm.build(seed, name.replaceAll(/[-.]/g, '_'));
  try {
    const { losses, cpuSeconds } = await fit({
      ...{ name, variables: variablesOf(model), samples, batch, epochs, peakRate, seed },
      loss: ({ x, y }) =>
        tf.losses.softmaxCrossEntropy(y!, model.apply(x!, { training: true }) as tf.Tensor),
    });
    const bytes = exportModel(model);
    const network = await loadModel(bytes, { device: 'cpu', threads: 1 });
    return { network, bytes, trainingLoss: losses.at(-1)!, cpuSeconds };
  } finally {
    model.dispose();
  }
}

function countParameters(arm: Arm): number {
  const model = arm.build(0, `${arm.name}_count`);
  try {
    return countOf(variablesOf(model));
  } finally {
    model.dispose();
  }
}

async function logits(network: LoadedModel, { count, arrays }: Samples): Promise<Float32Array> {
  const { name } = network.inputs[0]!;
  const feeds = { [name]: { data: arrays['x']!.data, shape: [count, side, side, 1] } };
  const [output] = Object.values(await network.run(feeds));
  return output!.data as Float32Array;
}

function errorOf(outputs: Float32Array, { count, arrays }: Samples): number {
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    if (arrays['y']!.data[i * classes + argMax(outputs, i)] !== 1) wrong++;
  }
  return wrong / count;
}

/** The largest of the outputs of sample i. */
function argMax(outputs: Float32Array, i: number): number {
  const row = outputs.subarray(i * classes, (i + 1) * classes);
  return row.reduce((best, value, at) => (value > row[best]! ? at : best), 0);
}

function turned(before: Float32Array, after: Float32Array): Turning {
  const count = before.length / classes;
  let [sum, max, kept] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    let [difference, size] = [0, 0];
    for (let k = i * classes; k < (i + 1) * classes; k++) {
      difference += (after[k]! - before[k]!) ** 2;
      size += before[k]! ** 2;
    }
    const error = Math.sqrt(difference / size);
    sum += error;
    max = Math.max(max, error);
    if (argMax(before, i) === argMax(after, i)) kept++;
  }
  return { mean: sum / count, max, agreement: kept / count };
}
