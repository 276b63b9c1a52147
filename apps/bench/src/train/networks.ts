/** The perceptron and the convolutional network of the comparison, and Adam in its two kinds. */
import * as tf from '@tensorflow/tfjs';
import { adam, type StepBatch } from '@intertwiner/engine';
import { random, type RandomStream } from '@intertwiner/random';
import { cnnWork, mlpWork, type CnnShape } from './floor.js';
import { learningRate, type BuiltTask, type OptimizerName, type TrainingTask } from './task.js';

export interface MlpShape {
  /** D, H, …, O. */
  readonly sizes: readonly number[];
  readonly batch: number;
}

/** ReLU between layers, mean squared error against noise. */
export function mlpTask(shape: MlpShape): TrainingTask {
  const { sizes, batch } = shape;
  const [inputs, outputs] = [sizes[0]!, sizes.at(-1)!];
  return {
    name: `mlp-${inputs}`,
    title: `MLP ${sizes.join('→')}, batch ${batch}`,
    work: mlpWork(sizes, batch),
    optimizers: ['adam', 'tf.train.adam'],
    kernels: [],
    peer: { name: `mlp-${sizes.join('-')}-${batch}`, kind: 'mlp', ...shape },
    build(optimizer, prefix) {
      const stream = random(0, 'mlp');
      const layers = sizes
        .slice(1)
        .map((columns, i) => dense(stream, sizes[i]!, columns, `${prefix}/${i}`));
      const data = {
        x: stream.fillNormal(new Float32Array(batch * inputs)),
        y: stream.fillNormal(new Float32Array(batch * outputs)),
      };
      return supervised({
        ...{ optimizer, prefix, data, weights: layers.flat() },
        shapes: { x: [batch, inputs], y: [batch, outputs] },
        loss: (x, y) =>
          perceptron(layers, x as tf.Tensor2D)
            .sub(y)
            .square()
            .mean(),
      });
    },
  };
}

/** Convolutions of padding `same` with ReLU, the mean over positions, a dense layer, cross-entropy. */
export function cnnTask(shape: CnnShape): TrainingTask {
  const { layers, channels, side, kernel, classes, batch } = shape;
  return {
    name: `cnn-${channels}`,
    title: `CNN ${layers} × ${kernel}×${kernel}, C = ${channels}, ${side}×${side}, batch ${batch}`,
    work: cnnWork(shape),
    optimizers: ['adam'],
    kernels: ['Conv2DBackpropFilter'],
    peer: { name: `cnn-${channels}-${side}-${batch}`, kind: 'cnn', ...shape },
    build(optimizer, prefix) {
      const stream = random(0, 'cnn');
      const convolutions = Array.from({ length: layers }, (_, i) =>
        convolution(stream, kernel, i === 0 ? 1 : channels, channels, `${prefix}/${i}`),
      );
      const head = dense(stream, channels, classes, `${prefix}/head`);
      const logits = (x: tf.Tensor) => {
        const image = convolutions.reduce(convolve, x as tf.Tensor4D);
        return perceptron([head], image.mean([1, 2]));
      };
      return supervised({
        ...{ optimizer, prefix, weights: [...convolutions, head].flat() },
        shapes: { x: [batch, side, side, 1], y: [batch, classes] },
        data: {
          x: stream.fillNormal(new Float32Array(batch * side * side)),
          y: oneHot(stream, batch, classes),
        },
        loss: (x, y) => tf.losses.softmaxCrossEntropy(y, logits(x)),
      });
    },
  };
}

type Layer<R extends tf.Rank> = readonly [tf.Variable<R>, tf.Variable<tf.Rank.R1>];

/** A kernel of variance 2 / fan-in (He et al. 2015) and a bias of zeros. */
function layer<R extends tf.Rank>(
  stream: RandomStream,
  shape: tf.ShapeMap[R],
  name: string,
): Layer<R> {
  const size = tf.util.sizeFromShape(shape);
  const outputs = shape.at(-1)!;
  const data = stream.fillNormal(new Float32Array(size), Math.sqrt((2 * outputs) / size));
  return [
    variable(tf.tensor<R>(data, shape), `${name}/W`),
    variable(tf.zeros<tf.Rank.R1>([outputs]), `${name}/b`),
  ];
}

function variable<R extends tf.Rank>(initial: tf.Tensor<R>, name: string): tf.Variable<R> {
  const made = tf.variable(initial, true, name);
  initial.dispose();
  return made;
}

const dense = (stream: RandomStream, rows: number, columns: number, name: string) =>
  layer<tf.Rank.R2>(stream, [rows, columns], name);

const convolution = (stream: RandomStream, k: number, from: number, to: number, name: string) =>
  layer<tf.Rank.R4>(stream, [k, k, from, to], name);

const perceptron = (layers: readonly Layer<tf.Rank.R2>[], x: tf.Tensor2D): tf.Tensor2D =>
  layers.reduce<tf.Tensor2D>((a, [b, bias], i) => {
    const activation = i < layers.length - 1 ? 'relu' : 'linear';
    return tf.fused.matMul({ a, b, bias, activation }) as tf.Tensor2D;
  }, x);

const convolve = (x: tf.Tensor4D, [filter, bias]: Layer<tf.Rank.R4>): tf.Tensor4D =>
  tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' });

export function oneHot(stream: RandomStream, rows: number, classes: number): Float32Array {
  const labels = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) labels[row * classes + stream.integer(classes)] = 1;
  return labels;
}

interface Supervised {
  readonly optimizer: OptimizerName;
  readonly prefix: string;
  readonly weights: readonly tf.Variable[];
  /** Of the inputs x and y, and of others if there are any. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly data: Readonly<Record<string, Float32Array>>;
  loss(x: tf.Tensor, y: tf.Tensor, others: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
}

export function supervised({
  optimizer,
  prefix,
  weights,
  shapes,
  data,
  loss,
}: Supervised): BuiltTask {
  const { minimize, dispose } = minimizer(optimizer, weights, prefix);
  return {
    program: {
      inputs: Object.entries(shapes).map(([name, shape]) => ({ name, shape })),
      step: ({ x, y, ...others }) => ({
        loss: minimize(() => loss(x!, y!, others) as tf.Scalar),
      }),
    },
    fill: fixedBatch(data),
    dispose() {
      dispose();
      tf.dispose([...weights]);
    },
  };
}

/** Feeds the same arrays at every step. */
export const fixedBatch =
  (data: Readonly<Record<string, Float32Array>>) =>
  (_: number, batch: StepBatch): void => {
    for (const [name, values] of Object.entries(data)) batch[name]!.set(values);
  };

interface Minimizer {
  minimize(loss: () => tf.Scalar): tf.Scalar;
  dispose(): void;
}

function minimizer(
  name: OptimizerName,
  weights: readonly tf.Variable[],
  prefix: string,
): Minimizer {
  if (name === 'adam') {
    const optimizer = adam(weights, `${prefix}/adam`);
    return {
      minimize: (loss) => optimizer.minimize(loss, learningRate),
      dispose: () => optimizer.dispose(),
    };
  }
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  return {
    minimize: (loss) => optimizer.minimize(loss, true, [...weights])!,
    dispose: () => optimizer.dispose(),
  };
}
