import * as tf from '@tensorflow/tfjs';
import { onlyTensor } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { mixChannels } from '../vector/vectorLinear.js';
import { intertwinerBlocks, type Block } from './intertwinerBlock.js';
import { IntertwinerLayer, type IntertwinerLayerArgs } from './intertwinerLayer.js';

export type EquivariantLinearArgs = IntertwinerLayerArgs;

/**
 * All linear maps between two field types that commute with the group (Finzi et al., A Practical
 * Method for Constructing Equivariant Multilayer Perceptrons for Arbitrary Matrix Groups, 2021):
 * [B, …, input.size] → [B, …, output.size].
 *
 * Weights: for every pair of terms with intertwiners `kernel_j_i` [rank, Cin_i·Cout_j] (trainable)
 * and `basis_j_i` [rank, dimOut·dimIn] (fixed, saved along, so that a loaded model needs no group);
 * `bias_j` [rank, Cout_j] with `invariants_j` [rank, dimOut]. At the start the variance of every
 * isotypic component is multiplied by `gain`.
 */
export class EquivariantLinear extends IntertwinerLayer implements PlainConvertible {
  static readonly className = 'EquivariantLinear';
  protected readonly taps = 1;

  constructor(args: EquivariantLinearArgs) {
    super(args);
    this.inputSpec = [{ minNDim: 2 }];
  }

  protected makeBlocks(): Block[][] {
    return intertwinerBlocks(this.inputType, this.outputType, this.name);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const y = mixChannels(onlyTensor(inputs), this.expandedKernel());
      return this.useBias ? tf.add(y, this.expandedBias()) : y;
    });
  }

  /** The matrix of the equivalent dense layer, [input.size, output.size]; the caller owns it. */
  expandedKernel(): tf.Tensor2D {
    return tf.tidy(() => this.expandTaps().squeeze([0]) as tf.Tensor2D);
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { useBias, name } = this;
    const layer = tf.layers.dense({ units: this.outputType.size, useBias, name });
    const weights = [this.expandedKernel(), ...(useBias ? [this.expandedBias()] : [])];
    return applyWithWeights(layer, weights, x);
  }
}

tf.serialization.registerClass(EquivariantLinear);
