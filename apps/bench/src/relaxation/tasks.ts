/** The training steps that are compared: the strict network's, and those of its relaxations. */
import * as tf from '@tensorflow/tfjs';
import type { InputSpec } from '@intertwiner/onnx';
import { GlobalPool, GroupConv2d, LiftingConv2d, vnPointNet } from '@intertwiner/layers';
import {
  activationPenalty,
  experiments,
  generatorPenalty,
  type Penalty,
  type TaskLoss,
} from '@intertwiner/relaxation';

export interface RelaxationTask {
  /** On the command line. */
  readonly name: string;
  /** In the table. */
  readonly title: string;
  /** Of a batch. */
  readonly inputs: readonly InputSpec[];
  readonly loss: TaskLoss;
  /** @param prefix of the layers' names. */
  build(prefix: string): tf.LayersModel;
}

/** One way to train: without W, or with W and some penalties. */
export interface Variant {
  readonly name: string;
  readonly title: string;
  /** Null without W. */
  readonly penalties: readonly Penalty[] | null;
}

export const variants: readonly Variant[] = [
  { name: 'strict', title: 'strict', penalties: null },
  { name: 'free', title: 'relaxed, no penalty', penalties: [] },
  {
    name: 'weights',
    title: 'relaxed, penalty on weights',
    penalties: [
      generatorPenalty({ measure: 'weights' }),
      activationPenalty({ measure: 'weights' }),
    ],
  },
  {
    name: 'features',
    title: 'relaxed, penalty on features',
    penalties: [generatorPenalty(), activationPenalty()],
  },
  {
    name: 'samples',
    title: 'relaxed, penalty on features of 8 samples',
    penalties: [generatorPenalty({ samples: 8 }), activationPenalty({ samples: 8 })],
  },
];

const meanSquared: (inputs: readonly string[]) => TaskLoss = (inputs) => (model, batch) => {
  const x = inputs.map((name) => batch[name]!);
  const y = model.apply(x.length === 1 ? x[0]! : x) as tf.Tensor;
  return tf.losses.meanSquaredError(batch['target']!, y) as tf.Scalar;
};

const [bodies, images, clouds] = [100, 64, 16];
const [particles, side, points, classes] = [5, 28, 128, 10];

/** Lifting, pooling and group convolution of C4, invariant by pooling at the end. */
function digitsNetwork(prefix: string): tf.LayersModel {
  const x = tf.input({ shape: [side, side, 1], name: `${prefix}_images` });
  const relu = (part: string) => tf.layers.reLU({ name: `${prefix}_${part}` });
  const convolution = { group: 'C4', kernelSize: 5, seed: 0 } as const;
  const layers = [
    new LiftingConv2d({ ...convolution, filters: 8, name: `${prefix}_lift` }),
    relu('relu1'),
    tf.layers.averagePooling2d({ poolSize: 2, name: `${prefix}_pool` }),
    new GroupConv2d({ ...convolution, filters: 12, name: `${prefix}_group` }),
    relu('relu2'),
    new GlobalPool({ name: `${prefix}_global` }),
    tf.layers.dense({ units: classes, name: `${prefix}_logits` }),
  ];
  const outputs = layers.reduce<tf.SymbolicTensor>(
    (y, layer) => layer.apply(y) as tf.SymbolicTensor,
    x,
  );
  return tf.model({ inputs: x, outputs });
}

export const relaxationTasks: readonly RelaxationTask[] = [
  {
    name: 'n-body',
    title: `N-body, vector neurons, batch ${bodies}`,
    inputs: [
      { name: 'vectors', shape: [bodies, particles, 3, 2] },
      { name: 'charges', shape: [bodies, particles] },
      { name: 'target', shape: [bodies, particles, 3, 1] },
    ],
    loss: meanSquared(['vectors', 'charges']),
    build: (name) =>
      experiments['n-body'].networks['strict']!({ width: 16, depth: 2, seed: 0, name }),
  },
  {
    name: 'rotated-digits',
    title: `Rotated digits, C4 convolutions, batch ${images}`,
    inputs: [
      { name: 'images', shape: [images, side, side, 1] },
      { name: 'target', shape: [images, classes] },
    ],
    loss: meanSquared(['images']),
    build: digitsNetwork,
  },
  {
    name: 'point-clouds',
    title: `VN-PointNet, ${points} points, batch ${clouds}`,
    inputs: [
      { name: 'points', shape: [clouds, points, 3] },
      { name: 'target', shape: [clouds, classes] },
    ],
    loss: meanSquared(['points']),
    build: (name) => vnPointNet({ points, classes, neighbours: 10, name }),
  },
];
