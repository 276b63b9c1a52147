/** The networks and layers whose speed is compared with escnn's and e3nn's ways. */
import * as tf from '@tensorflow/tfjs';
import { asFiniteGroup, group, regular, trivial } from '@intertwiner/groups';
import {
  fieldType,
  FullyConnectedTensorProduct,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupPool,
  harmonicsType,
  LiftingConv2d,
  SpatialPool2d,
  SteerableConv2d,
} from '@intertwiner/layers';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import type { StepWork } from '../train/floor.js';
import { oneHot, supervised } from '../train/networks.js';
import type { TrainingTask } from '../train/task.js';
import {
  fieldCnnWork,
  tensorProductWork,
  type FieldCnnShape,
  type TensorProductShape,
} from './work.js';

/** An ONNX file and what it takes. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: Float32Array }[];
}

/** A training step, and the same network's forward pass. */
export interface LayersTask extends TrainingTask {
  readonly inferenceWork: StepWork;
  /** @param prefix of the names of its variables. */
  exported(prefix: string): Exported;
}

/**
 * Regular fields as in escnn's examples: 5 × 5 convolutions with batch normalisation and ReLU, 2 × 2
 * means between them, the maximum over the group, the mean over positions, a dense layer.
 */
export function fieldCnnTask(shape: FieldCnnShape): LayersTask {
  const { fields, side, kernel, classes, batch } = shape;
  const name = `${shape.group.toLowerCase()}-fields`;
  const work = fieldCnnWork(shape);
  const images = [batch, side, side, 1];
  const pixels = () =>
    random(0, 'fields').fillNormal(new Float32Array(tf.util.sizeFromShape(images)));
  return {
    name,
    title: `${shape.group}, (${fields.join(', ')}) regular fields, ${kernel}×${kernel}, ${side}×${side}, batch ${batch}`,
    work: work.training,
    inferenceWork: work.inference,
    optimizers: ['adam'],
    kernels: ['Conv2DBackpropFilter'],
    peer: { name, kind: 'field-cnn', ...shape },
    build(optimizer, prefix) {
      const model = fieldNetwork(shape, prefix);
      const task = supervised({
        ...{ optimizer, prefix, weights: weightsOf(model) },
        shapes: { x: images, y: [batch, classes] },
        data: { x: pixels(), y: oneHot(random(0, 'labels'), batch, classes) },
        loss: (x, y) =>
          tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor),
      });
      return withFixedWeights(task, model);
    },
    exported(prefix) {
      const model = fieldNetwork(shape, prefix);
      const inputs = [{ shape: images, data: pixels() }];
      return { bytes: exportAndFree(model, inputs), inputs };
    },
  };
}

/** A fully connected tensor product of features with the harmonics of an edge, as in SEGNN and NequIP. */
export function tensorProductTask(shape: TensorProductShape): LayersTask {
  const { degree, channels, rows } = shape;
  const name = `tensor-product-${degree}`;
  const work = tensorProductWork(shape);
  const hidden = harmonicsType('O(3)', degree, channels);
  const harmonics = harmonicsType('O(3)', degree);
  const shapes = { x: [rows, hidden.size], a: [rows, harmonics.size], y: [rows, hidden.size] };
  const noise = (part: keyof typeof shapes) =>
    random(0, 'product', part).fillNormal(new Float32Array(tf.util.sizeFromShape(shapes[part])));
  const network = (prefix: string) => {
    const inputs = [hidden, harmonics].map(({ size }, i) =>
      tf.input({ shape: [size], name: `${prefix}/${i}` }),
    );
    const layer = new FullyConnectedTensorProduct({
      ...{ left: hidden, right: harmonics, output: hidden, useBias: false },
      name: `${prefix}/product`,
    });
    return tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor, name: prefix });
  };
  return {
    name,
    title: `tensor product, ${channels} channels, degrees ≤ ${degree}, ${rows} rows`,
    work: work.training,
    inferenceWork: work.inference,
    optimizers: ['adam'],
    kernels: [],
    peer: { name, kind: 'tensor-product', ...shape },
    build(optimizer, prefix) {
      const model = network(prefix);
      const data = { x: noise('x'), a: noise('a'), y: noise('y') };
      const task = supervised({
        ...{ optimizer, prefix, weights: weightsOf(model), shapes, data },
        loss: (x, y, { a }) =>
          tf.losses.meanSquaredError(y, model.apply([x, a!]) as tf.Tensor) as tf.Tensor,
      });
      return withFixedWeights(task, model);
    },
    exported(prefix) {
      const inputs = (['x', 'a'] as const).map((part) => ({
        shape: shapes[part],
        data: noise(part),
      }));
      return { bytes: exportAndFree(network(prefix), inputs), inputs };
    },
  };
}

function fieldNetwork(shape: FieldCnnShape, prefix: string): tf.LayersModel {
  const { group: name, fields, classes } = shape;
  const model = tf.sequential({ name: prefix });
  fields.forEach((_, i) => {
    model.add(convolution(shape, i, `${prefix}/conv${i}`));
    model.add(new GroupBatchNormalization({ group: name, name: `${prefix}/norm${i}` }));
    model.add(tf.layers.reLU({ name: `${prefix}/relu${i}` }));
    if (i < fields.length - 1) model.add(new SpatialPool2d({ name: `${prefix}/means${i}` }));
  });
  model.add(new GroupPool({ group: name, name: `${prefix}/group` }));
  model.add(new GlobalPool({ name: `${prefix}/positions` }));
  model.add(tf.layers.dense({ units: classes, name: `${prefix}/head` }));
  return model;
}

/** C4 and D4 by permuted filters, C8 by sampled harmonics. */
function convolution(
  { group: name, fields, side, kernel }: FieldCnnShape,
  i: number,
  layerName: string,
): tf.layers.Layer {
  const args = { kernelSize: kernel, useBias: false, name: layerName };
  const first = i === 0 ? { inputShape: [side, side, 1] } : {};
  if (name !== 'C8') {
    const own = { ...args, ...first, group: name, filters: fields[i]! };
    return i === 0 ? new LiftingConv2d(own) : new GroupConv2d(own);
  }
  const g = asFiniteGroup(group(name));
  const input = i === 0 ? fieldType([trivial(g), 1]) : fieldType([regular(g), fields[i - 1]!]);
  const output = fieldType([regular(g), fields[i]!]);
  return new SteerableConv2d({ ...args, ...first, input, output, gain: 2 });
}

const weightsOf = (model: tf.LayersModel): tf.Variable[] =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

function withFixedWeights(
  task: ReturnType<TrainingTask['build']>,
  model: tf.LayersModel,
): ReturnType<TrainingTask['build']> {
  const fixed = model.nonTrainableWeights.map((weight) => weight.read());
  return {
    ...task,
    dispose() {
      task.dispose();
      tf.dispose(fixed);
    },
  };
}

function exportAndFree(
  model: tf.LayersModel,
  inputs: readonly { readonly shape: readonly number[] }[],
): Uint8Array {
  try {
    return exportModel(model, {
      inputs: inputs.map(({ shape }, i) => ({ name: `input${i}`, shape })),
    });
  } finally {
    model.dispose();
  }
}

const image = { fields: [8, 16, 16], side: 28, kernel: 5, classes: 10, batch: 64 } as const;

/** The rows of the table. */
export const layersTasks: readonly LayersTask[] = [
  fieldCnnTask({ ...image, group: 'C4', order: 4, coefficients: [25, 100] }),
  fieldCnnTask({ ...image, group: 'C8', order: 8, coefficients: [13, 104] }),
  fieldCnnTask({ ...image, group: 'D4', order: 8, coefficients: [25, 200] }),
  tensorProductTask({ degree: 1, channels: 32, rows: 2000 }),
  tensorProductTask({ degree: 2, channels: 32, rows: 2000 }),
];
