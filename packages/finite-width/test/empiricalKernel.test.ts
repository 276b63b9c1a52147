import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  circularConv,
  convNet,
  empiricalNtk,
  jacobianModel,
  linearisedPrediction,
  networkOf,
  perceptron,
  visionTransformer,
  type Network,
} from '@intertwiner/finite-width';
import { convKernel, mlpKernel } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});

const normals = (n: number, ...path: (string | number)[]) =>
  random(1, ...path).fillNormal(new Float32Array(n));

/** Output o of the network at one input, by TensorFlow.js. */
function output(network: Network, x: Float32Array, o: number): number {
  return tf.tidy(() => network.apply(tf.tensor2d(x, [1, x.length])).dataSync()[o]!);
}

const networks: [string, () => Network][] = [
  ['perceptron', () => perceptron({ inputSize: 6, depth: 2, width: 5, outputs: 2 }, random(2))],
  [
    'circular convolution',
    () => circularConv({ grid: [3, 4], channels: 3, pooling: 'flatten', outputs: 2 }, random(3)),
  ],
  [
    'pooled convolution',
    () => circularConv({ grid: [4, 3], channels: 3, pooling: 'globalAveragePool' }, random(4)),
  ],
  [
    'convolutional network',
    () => convNet({ grid: [4, 8], channels: [2, 3], outputs: 2 }, random(5)),
  ],
  [
    'vision transformer',
    () => visionTransformer({ grid: [4, 4], patch: 2, width: 4, outputs: 2 }, random(6)),
  ],
  [
    'tf.LayersModel',
    () => {
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 2,
            kernelSize: 2,
            inputShape: [3, 3, 1],
            activation: 'tanh',
          }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 2 }),
        ],
      });
      const weights = model.getWeights();
      model.setWeights(weights.map((w, i) => tf.tensor(normals(w.size, 'w', i), w.shape)));
      return networkOf(model);
    },
  ],
];

describe.each(networks)('the Jacobian of a %s', (_, make) => {
  it('is what finite differences give', async () => {
    const network = make();
    const x = normals(network.inputSize, 'x');
    const model = await jacobianModel(network, network.variables);
    const jacobian = await model.at(x);
    const stream = random(7);
    let start = 0;
    for (const variable of network.variables) {
      for (let t = 0; t < 3; t++) {
        const at = stream.integer(variable.size);
        const values = variable.dataSync().slice();
        const shifted = (by: number, o: number) => {
          const moved = values.slice();
          moved[at]! += by;
          tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
          return output(network, x, o);
        };
        for (let o = 0; o < network.outputs; o++) {
          const slope = (shifted(1e-3, o) - shifted(-1e-3, o)) / 2e-3;
          // Outputs of order 1 in float32 over a step of 2e-3: 1e-7 / 2e-3, some dozen roundings.
          expect(jacobian[o * model.parameters + start + at]).toBeCloseTo(slope, 2);
        }
        tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
      }
      start += variable.size;
    }
    await model.dispose();
    network.dispose();
  });
});

describe('empiricalNtk', () => {
  const d = 6;
  const X = normals(3 * d, 'inputs');

  it('of wide perceptrons converges to the kernel of infinite width as 1/√width', async () => {
    const exact = mlpKernel({ depth: 2 }).gram(X, 3, d).ntk;
    const deviations: number[] = [];
    for (const width of [64, 1024]) {
      let squares = 0;
      for (let seed = 0; seed < 6; seed++) {
        const options = { inputSize: d, depth: 2, width, parameterisation: 'ntk' } as const;
        const network = perceptron(options, random(seed, 'wide'));
        const ntk = await empiricalNtk(network, X, 3);
        exact.forEach((value, at) => (squares += (ntk[at]! / value - 1) ** 2));
        network.dispose();
      }
      deviations.push(Math.sqrt(squares / 6 / 9));
    }
    // 16 times the width: a quarter of the deviation, known to ~25 % from six networks.
    expect(deviations[0]! / deviations[1]!).toBeGreaterThan(2);
    expect(deviations[0]! / deviations[1]!).toBeLessThan(8);
    expect(deviations[1]).toBeLessThan(0.2);
  });

  it('of a wide convolution is near the kernel of its linear readout and its filters', async () => {
    const grid = [3, 4] as const;
    const images = normals(2 * 12, 'images');
    for (const pooling of ['flatten', 'globalAveragePool'] as const) {
      const network = circularConv({ grid, channels: 4000, pooling }, random(8));
      const [W1] = network.variables.slice(2);
      // The readout's own part of the NTK is the NNGP: features' mean product.
      const model = await jacobianModel(network, [W1!]);
      const rows = [await model.at(images.slice(0, 12)), await model.at(images.slice(12))];
      const inner = rows[0]!.reduce((sum, v, k) => sum + v * rows[1]![k]!, 0) / W1!.size;
      const { nngp } = convKernel({ depth: 1, grid, pooling }).gram(images, 2, 12);
      // 4,000 channels: 1/√4000 relative to the diagonal.
      expect(Math.abs(inner - nngp[1]!)).toBeLessThan(4 * 0.016 * nngp[0]!);
      await model.dispose();
      network.dispose();
    }
  });

  it('is the same in one pass over the weights as in many', async () => {
    const network = perceptron({ inputSize: d, depth: 2, width: 20, outputs: 2 }, random(9));
    const once = await empiricalNtk(network, X, 3, { perOutput: true });
    const many = await empiricalNtk(network, X, 3, { perOutput: true, memory: 1e-3 });
    once.forEach((value, at) => expect(many[at]).toBeCloseTo(value, 10));
    const mean = await empiricalNtk(network, X, 3);
    // Rows are (input, output): the mean over equal outputs.
    expect(mean[1]).toBeCloseTo((once[2]! + once[6 + 3]!) / 2, 12);
    network.dispose();
  });

  it('frees what it allocates, and refuses sizes that do not fit', async () => {
    const network = perceptron({ inputSize: d, depth: 1, width: 4 }, random(10));
    const before = tf.memory().numTensors;
    await empiricalNtk(network, X, 3);
    expect(tf.memory().numTensors).toBe(before);
    await expect(empiricalNtk(network, X, 4)).rejects.toThrow('X: expected 4 × 6 numbers, got 18');
    network.dispose();
  });
});

describe('linearisedPrediction', () => {
  it('is where gradient descent on the linearised network ends', () => {
    // Θ = J·Jᵀ with more weights than rows; descend θ for f₀ + J·θ to the targets of rows 0, 1.
    const [n, p] = [3, 8];
    const J = normals(n * p, 'jacobian');
    const f0 = normals(n, 'initial');
    const y = normals(n, 'targets');
    const kernel = Float64Array.from({ length: n * n }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < p; k++) sum += J[Math.floor(at / n) * p + k]! * J[(at % n) * p + k]!;
      return sum;
    });
    const theta = new Float64Array(p);
    const f = (i: number) => theta.reduce((sum, t, k) => sum + t * J[i * p + k]!, f0[i]!);
    for (let step = 0; step < 5000; step++) {
      const errors = [0, 1].map((i) => f(i) - y[i]!);
      for (let k = 0; k < p; k++) {
        theta[k]! -= 0.02 * (errors[0]! * J[k]! + errors[1]! * J[p + k]!);
      }
    }
    const [predicted] = linearisedPrediction({ kernel, initial: f0, targets: y, heldOut: [2] });
    expect(predicted).toBeCloseTo(f(2), 9);
  });

  it('refuses sizes that do not fit', () => {
    const problem = { kernel: [1], initial: [1, 2], targets: [1], heldOut: [0] };
    expect(() => linearisedPrediction(problem)).toThrow('initial: expected 1 numbers');
  });
});

describe('networkOf', () => {
  it('refuses open extents and several outputs', () => {
    const input = tf.input({ shape: [null, 2] });
    const open = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 1 }).apply(input) as tf.SymbolicTensor,
    });
    expect(() => networkOf(open)).toThrow('has an open extent');
    const fixed = tf.input({ shape: [2] });
    const heads = [1, 2].map(
      (units) => tf.layers.dense({ units }).apply(fixed) as tf.SymbolicTensor,
    );
    expect(() => networkOf(tf.model({ inputs: fixed, outputs: heads }))).toThrow('has 1 and 2');
  });
});
