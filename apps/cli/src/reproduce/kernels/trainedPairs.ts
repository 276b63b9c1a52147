/**
 * Finite networks on pairs of orbits: trained by Adam on all poses but one, asked about that one,
 * beside what the kernels of infinite and of their own width predict. What is trained is f − f₀, the
 * network minus what it gave before training: theory speaks of the mean over initial weights, where
 * f₀ is 0.
 */
import {
  circularConv,
  empiricalNtk,
  linearisedPrediction,
  makeTrainer,
  perceptron,
  type DrawnNetwork,
  type FillRows,
  type Trainer,
} from '@intertwiner/finite-width';
import { holdoutErrors } from '@intertwiner/neural-kernels';
import { assignElements } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import type { Unit } from '../experiment.js';
import { drawPair, imagesFor, interleavedOrbits, type Images, type KernelsData } from './data.js';
import {
  heVariances,
  kernelOf,
  pairNetworks,
  type KernelsSettings,
  type Variances,
} from './settings.js';

type PairNetwork = (typeof pairNetworks)[number];

/** One pair of digits. Predictions are y·f at the left-out upright pose: right if positive. */
export interface TrainedPairRecord {
  /** The trained network's. */
  readonly measured: number;
  /** Of the infinite network that starts like this one, 1 − ε. */
  readonly predicted: number;
  /** Of the infinite network of the figures, with the paper's variances. */
  readonly predictedPaper: number;
  /** Of the linearised network, where it was computed. */
  readonly linearised: number | null;
  /** Mean squared error on the poses that were learned, at the last step. */
  readonly loss: number;
}

/** Pairs of each network and number of poses; one unit for each pair. */
export function trainedPairUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  const { poses, pairs } = settings.trainedPairs;
  return pairNetworks.flatMap((network) =>
    poses[network].flatMap((n) => {
      const shared = sharedTrainer(settings, network, n, imagesFor(network, data));
      return Array.from({ length: pairs[network] }, (_, pair) => ({
        key: `trained-pairs/${network}/${n}/${pair}`,
        run: async () => {
          const record = await trainPair(await shared(), pair, settings, network);
          if (pair === pairs[network] - 1) await (await shared()).dispose();
          return record;
        },
      }));
    }),
  );
}

interface Shared {
  readonly network: DrawnNetwork;
  readonly trainer: Trainer;
  readonly images: Images;
  readonly poses: number;
  dispose(): Promise<void>;
}

/** One compiled program serves all pairs of a network and number of poses. */
function sharedTrainer(
  { seed, trainedPairs }: KernelsSettings,
  name: PairNetwork,
  poses: number,
  images: Images,
): () => Promise<Shared> {
  let made: Promise<Shared> | null = null;
  const make = async (): Promise<Shared> => {
    const network = networkFor(name, poses, images.side, trainedPairs, seed);
    const trainer = await makeTrainer(network, {
      batch: 2 * poses,
      loss: 'squared',
      // The pooled network's readout sees small means: it needs larger steps.
      learningRate: name === 'conv-gap' ? 1e-2 : 1e-3,
      threads: 1,
    });
    const dispose = async () => {
      await trainer.dispose();
      network.dispose();
    };
    return { network, trainer, images, poses, dispose };
  };
  return () => (made ??= make());
}

function networkFor(
  name: PairNetwork,
  poses: number,
  side: number,
  { width, channels }: KernelsSettings['trainedPairs'],
  seed: number,
): DrawnNetwork {
  const stream = random(seed, 'pair network', name);
  const full = `pairs-${name}-${poses}`;
  if (name === 'mlp1' || name === 'mlp5') {
    const depth = name === 'mlp1' ? 1 : 5;
    return perceptron({ inputSize: side ** 2, depth, width, name: full }, stream);
  }
  const pooling = name === 'conv' ? 'flatten' : 'globalAveragePool';
  return circularConv({ grid: [side, side], channels, pooling, name: full }, stream);
}

async function trainPair(
  { network, trainer, images, poses }: Shared,
  pair: number,
  { seed, trainedPairs }: KernelsSettings,
  name: PairNetwork,
): Promise<TrainedPairRecord> {
  const stream = random(seed, 'trained pair', pair);
  const x = interleavedOrbits(images, poses, drawPair(images, stream));
  const d = images.side ** 2;
  const y = Float32Array.from({ length: 2 * poses }, (_, i) => (i % 2 ? -1 : 1));
  const weights = network.draw(random(seed, 'pair weights', name, pair));
  const fill =
    (targets: Float32Array): FillRows =>
    (_, rows) => {
      rows.x.set(x);
      rows.y.set(targets);
      rows.weight[0] = 0;
    };
  // The outputs of a step are those before its update.
  const { outputs: initial } = await trainer.fit(1, fill(y), weights);
  const targets = y.map((value, i) => value + initial[i]!);
  const { outputs, loss } = await trainer.fit(trainedPairs.steps[name], fill(targets), weights);
  const predicted = (variances?: Variances) => {
    // The poses are rescaled already, as `norm` would.
    const { ntk } = kernelOf(name, images.side, variances).gram(x, 2 * poses, d);
    return 1 - holdoutErrors(ntk, y, [0])[0]!;
  };
  return {
    measured: outputs[0]! - initial[0]!,
    predicted: predicted(heVariances),
    predictedPaper: predicted(),
    linearised:
      name === 'mlp1' && trainedPairs.empirical.includes(poses)
        ? await linearised(network, weights, x, y)
        : null,
    loss: loss.at(-1)!,
  };
}

/** What the network with these initial weights predicts at row 0, moving along its tangent only. */
async function linearised(
  network: DrawnNetwork,
  weights: readonly Float32Array[],
  x: Float32Array,
  y: Float32Array,
): Promise<number> {
  network.variables.forEach((variable, i) => assignElements(variable, weights[i]!));
  const kernel = await empiricalNtk(network, x, y.length);
  const initial = new Float32Array(y.length);
  return linearisedPrediction({ kernel, initial, targets: y, heldOut: [0] })[0]!;
}
