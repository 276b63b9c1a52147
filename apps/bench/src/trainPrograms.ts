/** The training steps that are compared: the same networks as in peers/train_peer.py. */
import * as tf from '@tensorflow/tfjs';
import { adam, type TrainingProgram } from '@intertwiner/engine';
import { random } from '@intertwiner/random';

/** A network, by name; all train with Adam on the mean squared error of random targets. */
export type Row =
  | {
      readonly kind: 'mlp';
      readonly inputs: number;
      readonly hidden: number;
      readonly outputs: number;
      readonly batch: number;
    }
  | { readonly kind: 'cnn'; readonly channels: number; readonly batch: number };

const mlp = (inputs: number, hidden: number, outputs: number, batch: number): Row => ({
  kind: 'mlp',
  inputs,
  hidden,
  outputs,
  batch,
});

/** Perceptrons of two hidden layers as (inputs, hidden, outputs, batch); three convolutions. */
export const rows: Readonly<Record<string, Row>> = {
  'MLP (784, 512, 10, 256)': mlp(784, 512, 10, 256),
  'MLP (64, 128, 16, 64)': mlp(64, 128, 16, 64),
  'MLP (256, 256, 256, 64)': mlp(256, 256, 256, 64),
  'MLP (1024, 1024, 1024, 256)': mlp(1024, 1024, 1024, 256),
  'CNN C = 8': { kind: 'cnn', channels: 8, batch: 64 },
  'CNN C = 32': { kind: 'cnn', channels: 32, batch: 64 },
};

const [side, filter, classes] = [28, 5, 10];

export const shapes = (row: Row): { x: number[]; y: number[] } =>
  row.kind === 'mlp'
    ? { x: [row.batch, row.inputs], y: [row.batch, row.outputs] }
    : { x: [row.batch, side, side, 1], y: [row.batch, classes] };

/** Shapes of weights and biases, in the order in which they are applied. */
function weightShapes(row: Row): number[][] {
  if (row.kind === 'mlp') {
    const { inputs, hidden, outputs } = row;
    return [[inputs, hidden], [hidden], [hidden, hidden], [hidden], [hidden, outputs], [outputs]];
  }
  const { channels } = row;
  const convolution = (from: number) => [[filter, filter, from, channels], [channels]];
  return [
    ...convolution(1),
    ...convolution(channels),
    ...convolution(channels),
    [channels, classes],
    [classes],
  ];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Operations and bytes that a step cannot do without. */
export function work(row: Row): { flops: number; bytes: number } {
  const weights = weightShapes(row);
  const places = row.kind === 'cnn' ? side * side : 1;
  // Every product is made once forwards and twice backwards, but for the gradient by the input x.
  const products = weights.map((shape) => {
    if (shape.length === 1) return 0;
    return 2 * row.batch * sizeOf(shape) * (shape.length === 4 ? places : 1);
  });
  const flops = products.reduce((sum, count, i) => sum + count * (i === 0 ? 2 : 3), 0);
  // Adam reads the weight, the gradient and two moments, and writes all but the gradient.
  const bytes = weights.reduce((sum, shape) => sum + sizeOf(shape) * 4 * 7, 0);
  return { flops, bytes };
}

let copies = 0;

/** A step of training, with weights of its own; `dispose` frees them. */
export function trainProgram(row: Row): { program: TrainingProgram; dispose(): void } {
  const copy = copies++;
  const weights = weightShapes(row).map((shape, i) => {
    const fan = sizeOf(shape.slice(0, -1));
    const data = random(1, i).fillNormal(new Float32Array(sizeOf(shape)));
    const scaled = data.map((x) => (shape.length === 1 ? 0 : x * Math.sqrt(2 / fan)));
    return tf.tidy(() => tf.variable(tf.tensor(scaled, shape), true, `bench${copy}/${i}`));
  });
  const optimizer = adam(weights, `bench${copy}/adam`);
  const network = row.kind === 'mlp' ? perceptron : convolutional;
  const program: TrainingProgram = {
    inputs: Object.entries(shapes(row)).map(([name, shape]) => ({ name, shape })),
    step: ({ x, y }) => ({
      loss: optimizer.minimize(
        () => tf.losses.meanSquaredError(y!, network(x!, weights)) as tf.Scalar,
        1e-3,
      ),
    }),
  };
  return {
    program,
    dispose() {
      optimizer.dispose();
      tf.dispose(weights);
    },
  };
}

function perceptron(x: tf.Tensor, weights: readonly tf.Tensor[]): tf.Tensor {
  let y = x as tf.Tensor2D;
  for (let i = 0; i < weights.length; i += 2) {
    y = tf.add(tf.matMul(y, weights[i] as tf.Tensor2D), weights[i + 1]!);
    if (i + 2 < weights.length) y = tf.relu(y);
  }
  return y;
}

function convolutional(x: tf.Tensor, weights: readonly tf.Tensor[]): tf.Tensor {
  let image = x as tf.Tensor4D;
  for (let i = 0; i < 6; i += 2) {
    const y = tf.conv2d(image, weights[i] as tf.Tensor4D, 1, 'same');
    image = tf.relu(tf.add(y, weights[i + 1]!)) as tf.Tensor4D;
  }
  return tf.add(
    tf.matMul(tf.mean(image, [1, 2]) as tf.Tensor2D, weights[6] as tf.Tensor2D),
    weights[7]!,
  );
}
