/** The plain multi-layer perceptron with ReLU, of z = (x, τ). */
import * as tf from '@tensorflow/tfjs';
import type { ChannelMap } from '../network/channelMap.js';
import { filterGain, type Student, type StudentFamily, type StudentShape } from './student.js';
import { gaussianMatrix, zeroVariable } from '../network/variables.js';

interface Dense {
  readonly matrix: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

/** Students with hidden layers of the given widths. */
export const mlpFamily = (...widths: readonly number[]): StudentFamily => ({
  name: `MLP ${widths.join('-')}`,
  create(shape, name, stream) {
    const inputs = shape.inputSize + shape.filterSize;
    const sizes = [inputs, ...widths, shape.outputSize];
    const layers = sizes.slice(1).map((size, i): Dense => {
      const rows = sizes[i]!;
      // He initialisation; the first layer's input has ‖z‖² ≈ 2·inputSize.
      const gain = i === 0 ? inputs / shape.inputSize : i === widths.length ? 1 : 2;
      return {
        matrix: gaussianMatrix(stream, [rows, size], `${name}/W${i}`, gain),
        bias: zeroVariable<tf.Rank.R1>([size], `${name}/b${i}`),
      };
    });
    return new MlpStudent(shape, layers);
  },
});

class MlpStudent implements Student {
  readonly weights: readonly tf.Variable[];
  readonly #shape: StudentShape;
  readonly #first: Dense;
  readonly #middle: readonly Dense[];
  readonly #last: Dense;

  constructor(shape: StudentShape, layers: readonly Dense[]) {
    this.#shape = shape;
    this.#first = layers[0]!;
    this.#middle = layers.slice(1, -1);
    this.#last = layers.at(-1)!;
    this.weights = layers.flatMap(({ matrix, bias }) => [matrix, bias]);
  }

  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const z = tf.concat([x, tau.mul(filterGain(this.#shape))], 1) as tf.Tensor2D;
      const hidden = this.#hidden(dense(z, this.#first).relu() as tf.Tensor2D);
      return dense(hidden, this.#last);
    });
  }

  #hidden(h: tf.Tensor2D): tf.Tensor2D {
    return this.#middle.reduce((x, layer) => dense(x, layer).relu() as tf.Tensor2D, h);
  }

  /**
   * The first layer splits into a part of x and a part of τ, each computed once per channel; the
   * last, being linear, is applied once to the sum over channels.
   */
  readonly channels: ChannelMap = (x, tau) =>
    tf.tidy(() => {
      const [channelsOut, channelsIn] = tau.shape;
      const { inputSize, filterSize, outputSize } = this.#shape;
      const { matrix, bias } = this.#first;
      const width = bias.size;
      const ofX = x
        .reshape([-1, inputSize])
        .matMul(matrix.slice([0, 0], [inputSize, width]) as tf.Tensor2D)
        .reshape([-1, 1, channelsIn, width]);
      const ofTau = tau
        .reshape([-1, filterSize])
        .mul(filterGain(this.#shape))
        .matMul(matrix.slice([inputSize, 0], [filterSize, width]) as tf.Tensor2D)
        .add(bias)
        .reshape([1, channelsOut, channelsIn, width]);
      const first = ofX.add(ofTau).relu().reshape([-1, width]) as tf.Tensor2D;
      const hidden = this.#hidden(first);
      const summed = hidden.reshape([-1, channelsIn, hidden.shape[1]]).sum(1) as tf.Tensor2D;
      return summed
        .matMul(this.#last.matrix)
        .add(this.#last.bias.mul(channelsIn))
        .reshape([-1, channelsOut, outputSize]) as tf.Tensor3D;
    });

  dispose(): void {
    tf.dispose([...this.weights]);
  }
}

const dense = (x: tf.Tensor2D, { matrix, bias }: Dense): tf.Tensor2D =>
  x.matMul(matrix).add(bias) as tf.Tensor2D;
