/** The comparison on N-body, beside moving straight on. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { loadModel, writeFileAtomic } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { compareArms, type ArmResult } from '../compare.js';
import { countOf, fit } from '../fit.js';
import type { Samples } from '../samples.js';
import { particles, type NBodyData } from './data.js';
import { arms, type Arm, type Network } from './networks.js';

export interface Plan {
  /** Learning rates that are tried, for a fifth of the epochs each. */
  readonly rates: readonly number[];
  /** By the networks' names. */
  readonly epochs: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly seeds: readonly number[];
}

/** Published are 10,000 epochs for EGNN and 1,000 for SEGNN. */
export const fullPlan: Plan = {
  rates: [3e-4, 1e-3],
  epochs: { gnn: 50, egnn: 100, segnn: 30 },
  batch: 100,
  seeds: [0, 1, 2, 3, 4],
};

/** Shows that it runs, and nothing else. */
export const quickPlan: Plan = {
  rates: [5e-4, 1e-3],
  epochs: { gnn: 5, egnn: 5, segnn: 5 },
  batch: 50,
  seeds: [0, 1],
};

export interface SeedResult {
  readonly seed: number;
  /** Mean square over samples, particles and coordinates. */
  readonly testError: number;
  /** Of the last epoch. */
  readonly trainingLoss: number;
  /** The epoch whose weights are tested, counted from 1. */
  readonly epoch: number;
  readonly cpuSeconds: number;
}

export interface Comparison {
  readonly law: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly plan: Plan;
  readonly baselines: Baselines;
  readonly arms: readonly (ArmResult<SeedResult> & { readonly published: number | null })[];
}

/** Test errors without learning, but for one number. */
export interface Baselines {
  /** The positions as they are. */
  readonly still: number;
  /** x + v·t with the t that fits the training set best. */
  readonly straight: number;
}

export interface ExperimentOptions {
  readonly data: NBodyData;
  readonly plan: Plan;
  /** Where finished runs are kept. */
  readonly folder: string;
  /** Default: all. */
  readonly arms?: readonly Arm[];
  /** Leaves out what is not finished instead of training. Default: false. */
  readonly finishedOnly?: boolean;
  readonly log?: (line: string) => void;
}

export async function compareOnNBody(options: ExperimentOptions): Promise<Comparison> {
  const { data, plan, folder, arms: chosen = arms } = options;
  const { law, train, validation, test } = data;
  const counts = { train: train.count, validation: validation.count, test: test.count };
  const { batch } = plan;
  const epochsOf = ({ name }: Arm) => plan.epochs[name]!;
  const results = await compareArms<Arm, SeedResult>({
    ...{ arms: chosen, rates: plan.rates, seeds: plan.seeds, folder, log: options.log },
    finishedOnly: options.finishedOnly,
    settings: { law, ...counts, batch },
    armSettings: (arm) => ({ epochs: epochsOf(arm) }),
    parameters: countParameters,
    validate: async (arm, rate, seed, run) => {
      const options = { arm, seed, run, data, batch, epochs: epochsOf(arm) / 5 };
      const { network } = await trained({ ...options, peakRate: rate });
      return errorOf(exported(network), validation).finally(() => network.dispose());
    },
    test: async (arm, rate, seed, run) => {
      const options = { arm, seed, run, data, batch, epochs: epochsOf(arm) };
      const { network, ...training } = await trained({ ...options, peakRate: rate });
      const bytes = exported(network);
      network.dispose();
      await mkdir(folder, { recursive: true });
      await writeFileAtomic(join(folder, `${run}.onnx`), bytes);
      return { testError: await errorOf(bytes, test), ...training };
    },
  });
  const published = new Map(chosen.map((arm) => [arm.name, arm.published]));
  return {
    ...{ law, ...counts, plan, baselines: baselinesOf(train, test) },
    arms: results.map((result) => ({ ...result, published: published.get(result.name)! })),
  };
}

interface TrainedOptions {
  readonly arm: Arm;
  readonly seed: number;
  readonly run: string;
  readonly data: NBodyData;
  readonly batch: number;
  readonly epochs: number;
  readonly peakRate: number;
}

/** Keeps the epoch that is best on the validation set. */
async function trained({ arm, run, data, ...options }: TrainedOptions) {
  const network = arm.build(options.seed, run.replaceAll(/[-.]/g, '_'));
  const { variables, predict } = network;
  const { losses, cpuSeconds, epoch } = await fit({
    ...{ ...options, name: run, variables, samples: data.train },
    select: { every: 5, error: () => errorOf(exported(network), data.validation) },
    loss: ({ y, ...inputs }) => tf.losses.meanSquaredError(y!, predict(inputs)) as tf.Scalar,
  });
  return { network, trainingLoss: losses.at(-1)!, cpuSeconds, epoch };
}

function countParameters(arm: Arm): number {
  const network = arm.build(0, `${arm.name}_count`);
  try {
    return countOf(network.variables);
  } finally {
    network.dispose();
  }
}

const inputs = [
  { name: 'x', shape: [null, particles, 3] },
  { name: 'v', shape: [null, particles, 3] },
  { name: 'q', shape: [null, particles, 1] },
] as const;

const exported = ({ predict }: Network): Uint8Array =>
  exportModel((x, v, q) => predict({ x: x!, v: v!, q: q! }), { inputs });

/** Mean squared error of an exported network, in batches. */
async function errorOf(bytes: Uint8Array, samples: Samples): Promise<number> {
  const network = await loadModel(bytes, { device: 'cpu', threads: 1 });
  try {
    const feed = ({ name, shape: [, ...shape] }: (typeof inputs)[number]) => [
      name,
      { data: samples.arrays[name]!.data, shape: [samples.count, ...shape] },
    ];
    const { output } = await network.run(Object.fromEntries(inputs.map(feed)));
    return meanSquare(output!.data as Float32Array, samples.arrays['y']!.data);
  } finally {
    await network.dispose();
  }
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
}

function baselinesOf(train: Samples, test: Samples): Baselines {
  const of = ({ arrays }: Samples) => [arrays['x']!.data, arrays['v']!.data, arrays['y']!.data];
  const [x, v, y] = of(train) as [Float32Array, Float32Array, Float32Array];
  const dot = (f: (i: number) => number) => x.reduce((sum, _, i) => sum + v[i]! * f(i), 0);
  const time = dot((i) => y[i]! - x[i]!) / dot((i) => v[i]!);
  const [start, speed, end] = of(test) as [Float32Array, Float32Array, Float32Array];
  return {
    still: meanSquare(start, end),
    straight: meanSquare(
      start.map((value, i) => value + time * speed[i]!),
      end,
    ),
  };
}
