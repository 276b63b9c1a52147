/**
 * The bilinear gated MLP: h(z) = O((A z + a) ⊙ (B z + b)) + o with z = (x, τ). Products of two
 * learned projections, which is all that a layer linear in x and in τ takes.
 */
import * as tf from '@tensorflow/tfjs';
import type { ChannelMap } from '../network/channelMap.js';
import type { TeacherShape } from '../teachers/teacher.js';
import { filterGain, inputGain, studentInput, type Student, type StudentFamily } from './student.js';
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
   * Σ_c a_c b_c does not depend on o, Σ_c α_oc β_oc not on the sample, and the mixed terms are, for
   * each hidden unit, a product of a samples × 2C matrix by a 2C × outputs matrix. The output
   * projection is applied once to the sum.
   */
  readonly channels: ChannelMap = (x, tau) =>
    tf.tidy(() => {
      const { left, right, leftBias, rightBias, out, outBias } = this.#w;
      const [channelsOut, channelsIn] = tau.shape;
      const { inputSize, filterSize, outputSize } = this.#shape;
      const width = leftBias.size;
      const project = (matrix: tf.Tensor2D, bias: tf.Tensor1D) => ({
        ofX: x
          .reshape([-1, inputSize])
          .matMul(matrix.slice([0, 0], [inputSize, width]) as tf.Tensor2D)
          .reshape([-1, channelsIn, width]),
        ofTau: tau
          .reshape([-1, filterSize])
          .mul(filterGain(this.#shape))
          .matMul(matrix.slice([inputSize, 0], [filterSize, width]) as tf.Tensor2D)
          .add(bias)
          .reshape([channelsOut, channelsIn, width]),
      });
      const a = project(left, leftBias);
      const b = project(right, rightBias);
      const ofSample = a.ofX.mul(b.ofX).sum(1).expandDims(1);
      const ofFilter = a.ofTau.mul(b.ofTau).sum(1).expandDims(0);
      const hidden = mixed(tf.concat([a.ofX, b.ofX], 1), tf.concat([b.ofTau, a.ofTau], 1))
        .add(ofSample)
        .add(ofFilter);
      return hidden
        .reshape([-1, width])
        .matMul(out)
        .add(outBias.mul(channelsIn))
        .reshape([-1, channelsOut, outputSize]) as tf.Tensor3D;
    });

  dispose(): void {
    tf.dispose([...this.weights]);
  }
}

/** Σ_c u[b, c, h] · w[o, c, h] as [B, O, H]. */
function mixed(u: tf.Tensor, w: tf.Tensor): tf.Tensor {
  return tf.matMul(u.transpose([2, 0, 1]), w.transpose([2, 1, 0])).transpose([1, 2, 0]);
}
