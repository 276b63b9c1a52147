/** Point clouds in any pose, of ten shapes or from files, under SO(3). */
import * as tf from '@tensorflow/tfjs';
import { pointClouds, type PointClouds } from '@intertwiner/datasets';
import { group, natural } from '@intertwiner/groups';
import {
  SetPool,
  vectorAction,
  vnDgcnn,
  vnPointNet,
  type VectorNetworkOptions,
} from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import { RelaxationError } from '../errors.js';
import type { Samples } from '../training/samples.js';
import { apply } from './apply.js';
import type {
  DataSizes,
  DataSource,
  Experiment,
  ExperimentData,
  NetworkBuilder,
} from './experiment.js';
import { crossEntropy, misclassified, oneHot } from './losses.js';

/** Of a generated cloud. */
const shapePoints = 20;
/** Noise on the coordinates, with which few points do not tell the shapes apart at once. */
const noise = 0.05;
/** Of a point's graph. */
const neighbours = 4;
/** Radius of the clouds: without statistics of batches, it sets the size of all features. */
const radius = 4;

const generated = (count: number, seed: number): PointClouds =>
  pointClouds({ count, seed, points: shapePoints, noise });

const samplesOf = ({ count, size, points, labels, classes }: PointClouds): Samples => ({
  count,
  arrays: {
    points: { shape: [size, 3], data: points.map((x) => radius * x) },
    target: { shape: [classes.length], data: oneHot(labels, classes.length) },
  },
});

/** The experiment on clouds of a size and number of classes; the default is that of generated ones. */
export function shapes(points = shapePoints, classes = 10): Experiment {
  const rotations = natural(group('SO(3)'));
  const vectorNetwork =
    (build: (options: VectorNetworkOptions) => tf.LayersModel, growth: readonly number[]) =>
    ({ width, ...rest }: Parameters<NetworkBuilder>[0]) =>
      build({
        ...rest,
        ...{ points, classes, neighbours },
        channels: growth.map((factor) => factor * width),
        head: 4 * width,
      });
  return {
    title: 'Point clouds of ten shapes, SO(3)',
    measure: 'share misclassified',
    networks: {
      strict: vectorNetwork(vnPointNet, [1, 1, 2]),
      dgcnn: vectorNetwork(vnDgcnn, [1, 1, 2]),
      plain: plainPointNet(points, classes),
    },
    data: (sizes, seed, { clouds }) => {
      const sets = clouds ? split(clouds, sizes, seed) : generatedSets(sizes, seed);
      return {
        train: samplesOf(sets.train),
        validation: samplesOf(sets.validation),
        test: samplesOf(sets.test),
      };
    },
    sizedTo: ({ train: { arrays } }) =>
      shapes(arrays['points'].shape[0], arrays['target'].shape[0]),
    predict: (model, batch) => model.apply(batch['points']) as tf.Tensor,
    loss: crossEntropy,
    error: misclassified,
    symmetry: {
      group: rotations.group,
      moved: 'points',
      input: vectorAction(rotations, [points]),
    },
  };
}

const generatedSets = ({ train, validation, test }: DataSizes, seed: number) => ({
  train: generated(train, 3 * seed),
  validation: generated(validation, 3 * seed + 1),
  test: generated(test, 3 * seed + 2),
});

/**
 * Training and validation share the training set's clouds between them, drawn by the seed; which ones
 * validate does not depend on how many train. The first of the test set test.
 */
function split(
  { train: own, test: others }: NonNullable<DataSource['clouds']>,
  { train, validation, test }: DataSizes,
  seed: number,
): Record<keyof ExperimentData, PointClouds> {
  if (train + validation > own.count || test > others.count) {
    throw new RelaxationError(
      own.name,
      `${train} + ${validation} clouds to train and validate and ${test} to test are asked for; ` +
        `there are ${own.count} and ${others.count}. Ask for fewer with train, validation and test.`,
    );
  }
  const order = random(seed, 'clouds', 'validation').permutation(own.count);
  return {
    train: select(own, order.subarray(validation, validation + train)),
    validation: select(own, order.subarray(0, validation)),
    test: select(others, range(test)),
  };
}

const range = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

function select(clouds: PointClouds, indices: Uint32Array): PointClouds {
  const rows = <A extends Float32Array | Float64Array>(from: A, to: A, width: number): A => {
    indices.forEach((i, k) => to.set(from.subarray(i * width, (i + 1) * width), k * width));
    return to;
  };
  const count = indices.length;
  return {
    ...clouds,
    count,
    points: rows(clouds.points, new Float32Array(3 * clouds.size * count), 3 * clouds.size),
    rotations: rows(clouds.rotations, new Float64Array(9 * count), 9),
    labels: Uint8Array.from(indices, (i) => clouds.labels[i]),
  };
}

/** PointNet without its input transforms: dense layers at every point, the largest over points. */
const plainPointNet =
  (points: number, classes: number): NetworkBuilder =>
  ({ width, seed, name }) => {
    const input = tf.input({ shape: [points, 3], name: `${name}_points` });
    const dense = (part: string, units: number, at: number, activation?: 'relu') =>
      tf.layers.dense({
        units,
        name: `${name}_${part}`,
        ...(activation && { activation }),
        kernelInitializer: tf.initializers.heNormal({ seed: 100 * seed + at }),
      });
    const first = apply(dense('first', 4 * width, 0, 'relu'), input);
    const second = apply(dense('second', 8 * width, 1, 'relu'), first);
    const pooled = apply(new SetPool({ mode: 'max', name: `${name}_pool` }), second);
    const hidden = apply(dense('hidden', 4 * width, 2, 'relu'), pooled);
    return tf.model({ inputs: input, outputs: apply(dense('logits', classes, 3), hidden), name });
  };
