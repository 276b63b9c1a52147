/** The plain multi-layer perceptron with ReLU, of z = (x, τ). */
import * as tf from '@tensorflow/tfjs';
import type { ChannelMap } from '../network/channelMap.js';
import type { TeacherShape } from '../teachers/teacher.js';
import { dense, denseWeights, makeDense, type Dense } from './dense.js';
import {
  filterGain,
  inputGain,
  studentInput,
  type Student,
  type StudentFamily,
} from './student.js';

/** Students with hidden layers of the given widths. */
export const mlpFamily = (...widths: readonly number[]): StudentFamily => ({
  name: `MLP ${widths.join('-')}`,
  create(shape, name, stream) {
    const inputs = shape.inputSize + shape.filterSize;
    const sizes = [inputs, ...widths, shape.outputSize];
    const layers = sizes.slice(1).map((size, i) => {
      // He initialisation.
      const gain = (i === 0 ? inputGain(shape) : 1) * (i === widths.length ? 1 : 2);
      return makeDense(stream, [sizes[i]!, size], `${name}/${i}`, gain);
    });
    return new MlpStudent(shape, layers);
  },
});

class MlpStudent implements Student {
  readonly weights: readonly tf.Variable[];
  readonly #shape: TeacherShape;
  readonly #first: Dense;
  readonly #middle: readonly Dense[];
  readonly #last: Dense;

  constructor(shape: TeacherShape, layers: readonly Dense[]) {
    this.#shape = shape;
    this.#first = layers[0]!;
    this.#middle = layers.slice(1, -1);
    this.#last = layers.at(-1)!;
    this.weights = denseWeights(layers);
  }

  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const z = studentInput(this.#shape, x, tau);
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
