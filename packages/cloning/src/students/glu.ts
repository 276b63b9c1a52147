/**
 * The bilinear gated MLP: h(z) = O((A z + a) ⊙ (B z + b)) + o with z = (x, τ). Products of two
 * learned projections, which is all that a layer linear in x and in τ takes.
 */
import * as tf from '@tensorflow/tfjs';
import { applyMatrices } from '../network/bilinear.js';
import type { ChannelMap } from '../network/channelMap.js';
import type { TeacherShape } from '../teachers/teacher.js';
import {
  filterGain,
  inputGain,
  studentInput,
  type Student,
  type StudentFamily,
} from './student.js';
import { gaussianMatrix, zeroVariable } from '../network/variables.js';

/** Students with one hidden layer of `width` products. */
export const gluFamily = (width: number): StudentFamily => ({
  name: `GLU ${width}`,
  create(shape, name, stream) {
    const rows = shape.inputSize + shape.filterSize;
    const gain = inputGain(shape);
    return new GluStudent(shape, {
      left: gaussianMatrix(stream, [rows, width], `${name}/A`, gain),
      right: gaussianMatrix(stream, [rows, width], `${name}/B`, gain),
      leftBias: zeroVariable<tf.Rank.R1>([width], `${name}/a`),
      rightBias: zeroVariable<tf.Rank.R1>([width], `${name}/b`),
      out: gaussianMatrix(stream, [width, shape.outputSize], `${name}/O`),
      outBias: zeroVariable<tf.Rank.R1>([shape.outputSize], `${name}/o`),
    });
  },
});

interface GluWeights {
  readonly left: tf.Variable<tf.Rank.R2>;
  readonly right: tf.Variable<tf.Rank.R2>;
  readonly leftBias: tf.Variable<tf.Rank.R1>;
  readonly rightBias: tf.Variable<tf.Rank.R1>;
  readonly out: tf.Variable<tf.Rank.R2>;
  readonly outBias: tf.Variable<tf.Rank.R1>;
}

class GluStudent implements Student {
  readonly weights: readonly tf.Variable[];
  readonly #w: GluWeights;
  readonly #shape: TeacherShape;

  constructor(shape: TeacherShape, weights: GluWeights) {
    this.#shape = shape;
    this.#w = weights;
    this.weights = Object.values(weights);
  }

  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D {
    const { left, right, leftBias, rightBias, out, outBias } = this.#w;
    return tf.tidy(() => {
      const z = studentInput(this.#shape, x, tau);
      const gate = z.matMul(left).add(leftBias).mul(z.matMul(right).add(rightBias)) as tf.Tensor2D;
      return gate.matMul(out).add(outBias) as tf.Tensor2D;
    });
  }

  /**
   * Σ_c (a_c + α_oc) ⊙ (b_c + β_oc), where a, b are the projections of x and α, β those of τ:
   * Σ_c a_c b_c does not depend on o, Σ_c α_oc β_oc not on the sample, so each is projected once.
   * The mixed terms are bilinear in x and τ, with a tensor that depends on θ alone
   * ({@link bilinearPart}): a constant of the compiled program where θ is held.
   */
  readonly channels: ChannelMap = (x, tau) =>
    tf.tidy(() => {
      const { left, right, leftBias, rightBias, out, outBias } = this.#w;
      const [channelsOut, channelsIn] = tau.shape;
      const { inputSize, filterSize, outputSize } = this.#shape;
      const width = leftBias.size;
      const ofX = x.reshape([-1, inputSize]) as tf.Tensor2D;
      const ofTau = tau.reshape([-1, filterSize]).mul(filterGain(this.#shape)) as tf.Tensor2D;
      const [a, b] = [left, right].map((w) => ofX.matMul(rowsOf(w, 0, inputSize)));
      const [alpha, beta] = [
        { w: left, bias: leftBias },
        { w: right, bias: rightBias },
      ].map(({ w, bias }) => ofTau.matMul(rowsOf(w, inputSize, filterSize)).add(bias));
      const perSample = a!.mul(b!).reshape([-1, channelsIn, width]).sum(1).expandDims(1);
      const perFilter = alpha!.mul(beta!).reshape([channelsOut, channelsIn, width]).sum(1);
      const onlyX = perSample.reshape([-1, width]).matMul(out as tf.Tensor);
      const onlyTau = perFilter.matMul(out as tf.Tensor).add(outBias.mul(channelsIn));
      // A row of 1 beside the filters carries the biases, which x meets as it meets τ.
      const filters = tf.concat([ofTau, tf.ones([channelsOut * channelsIn, 1])], 1);
      return applyMatrices(x, filters.matMul(this.#bilinearPart()), channelsOut, outputSize)
        .add(onlyX.expandDims(1))
        .add(onlyTau.expandDims(0)) as tf.Tensor3D;
    });

  /** M[f, i, o] with Σ_h O_ho (a_ih β_fh + b_ih α_fh) = M_fio, as [filterSize + 1, input · output]. */
  #bilinearPart(): tf.Tensor2D {
    const { left, right, leftBias, rightBias, out } = this.#w;
    const { inputSize, filterSize, outputSize } = this.#shape;
    const width = leftBias.size;
    const crossed = (w: tf.Tensor2D, other: tf.Tensor2D, otherBias: tf.Tensor1D) => {
      const ofTau = tf.concat([rowsOf(other, inputSize, filterSize), otherBias.expandDims(0)], 0);
      return ofTau.expandDims(1).mul(rowsOf(w, 0, inputSize).expandDims(0));
    };
    const products = crossed(left, right, rightBias).add(crossed(right, left, leftBias));
    return products
      .reshape([-1, width])
      .matMul(out as tf.Tensor)
      .reshape([filterSize + 1, inputSize * outputSize]);
  }

  dispose(): void {
    tf.dispose([...this.weights]);
  }
}

const rowsOf = (matrix: tf.Tensor2D, first: number, count: number): tf.Tensor2D =>
  matrix.slice([first, 0], [count, -1]);
