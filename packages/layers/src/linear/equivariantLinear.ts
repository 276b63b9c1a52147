/**
 * All linear maps between two field types that commute with the group (Finzi et al., A Practical
 * Method for Constructing Equivariant Multilayer Perceptrons for Arbitrary Matrix Groups, 2021): the
 * weights are coefficients of a basis of intertwiners.
 */
import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import {
  readType,
  termSize,
  typeConfig,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { mixChannels } from '../vector/vectorLinear.js';
import { BasisLayer, mix, type WeightPair } from './basisLayer.js';
import {
  emptyBlock,
  intertwinerBlocks,
  invariantBlocks,
  whiteningMixers,
  type Block,
} from './intertwinerBlock.js';

export interface EquivariantLinearArgs extends LayerArgs {
  /** Field type of the input's last axis. */
  readonly input: FieldTypeSpec;
  /** Field type of the output's last axis. */
  readonly output: FieldTypeSpec;
  /** A bias in the invariants of the output, default true. */
  readonly useBias?: boolean;
  /** What the layer multiplies the variance by at the start, default 1. */
  readonly gain?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Ranks of the blocks [out term][in term], known for a saved layer. */
  readonly ranks?: readonly (readonly number[])[];
  /** Dimensions of the invariants of the output terms, known for a saved layer. */
  readonly biasRanks?: readonly number[];
}

/**
 * Equivariant linear layer [B, …, input.size] → [B, …, output.size].
 *
 * Weights: for every pair of terms with intertwiners `kernel_j_i` [rank, Cin_i·Cout_j] (trainable)
 * and `basis_j_i` [rank, dimOut·dimIn] (fixed, saved along, so that a loaded model needs no group);
 * `bias_j` [rank, Cout_j] with `invariants_j` [rank, dimOut]. At the start the variance of every
 * isotypic component is multiplied by `gain`.
 */
export class EquivariantLinear extends BasisLayer implements PlainConvertible {
  static readonly className = 'EquivariantLinear';
  readonly inputType: FieldType;
  readonly outputType: FieldType;
  readonly useBias: boolean;
  readonly gain: number;
  readonly seed: number;
  #ranks: readonly (readonly number[])[] | undefined;
  #biasRanks: readonly number[] | undefined;
  #kernel: (WeightPair | null)[][] = [];
  #bias: (WeightPair | null)[] = [];

  /** @throws {LayerError} if the types are of different groups. */
  constructor(args: EquivariantLinearArgs) {
    super(args);
    this.inputType = readType(args.input);
    this.outputType = readType(args.output);
    this.useBias = args.useBias ?? true;
    this.gain = args.gain ?? 1;
    this.seed = args.seed ?? 0;
    this.#ranks = args.ranks;
    this.#biasRanks = args.biasRanks;
    this.inputSpec = [{ minNDim: 2 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const blocks = this.#blocks();
    const biasBlocks = this.#biasBlocks();
    this.#ranks = blocks.map((row) => row.map(({ rank }) => rank));
    this.#biasRanks = biasBlocks.map(({ rank }) => rank);
    this.#kernel = blocks.map((row, j) => this.#buildRow(row, j));
    this.#bias = biasBlocks.map((block, j) => {
      const start = new Float32Array(block.rank * this.outputType.terms[j].multiplicity);
      return this.addPair([`bias_${j}`, `invariants_${j}`], block, start);
    });
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const y = mixChannels(onlyTensor(inputs), this.expandedKernel());
      return this.useBias ? tf.add(y, this.expandedBias()) : y;
    });
  }

  /** The matrix of the equivalent dense layer, [input.size, output.size]; the caller owns it. */
  expandedKernel(): tf.Tensor2D {
    return tf.tidy(() => {
      const columns = this.#kernel.map((row, j) =>
        tf.concat(
          row.map((pair, i) => this.#expandBlock(pair, i, j)),
          0,
        ),
      );
      return tf.concat(columns, 1) as tf.Tensor2D;
    });
  }

  /** The bias of the equivalent dense layer, [output.size]; the caller owns it. */
  expandedBias(): tf.Tensor1D {
    return tf.tidy(() => {
      const parts = this.outputType.terms.map((out, j) => {
        const pair = this.#bias[j];
        return pair ? contract(pair).flatten() : tf.zeros([termSize(out)]);
      });
      return tf.concat(parts) as tf.Tensor1D;
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { useBias, name } = this;
    const layer = tf.layers.dense({ units: this.outputType.size, useBias, name });
    const weights = [this.expandedKernel(), ...(useBias ? [this.expandedBias()] : [])];
    return applyWithWeights(layer, weights, x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { useBias, gain, seed } = this;
    const types = { input: typeConfig(this.inputType), output: typeConfig(this.outputType) };
    const ranks = { ranks: this.#ranks ?? null, biasRanks: this.#biasRanks ?? null };
    return {
      ...super.getConfig(),
      ...types,
      ...ranks,
      useBias,
      gain,
      seed,
    } as tf.serialization.ConfigDict;
  }

  /** [out term][in term]; a saved layer knows the ranks and reads the bases with its weights. */
  #blocks(): Block[][] {
    const { inputType, outputType, name } = this;
    if (!this.#ranks) return intertwinerBlocks(inputType, outputType, name);
    const ranks = this.#ranks;
    return outputType.terms.map((out, j) =>
      inputType.terms.map((term, i) =>
        emptyBlock(ranks[j][i], out.dimension * term.dimension, term.multiplicity),
      ),
    );
  }

  #biasBlocks(): Block[] {
    const { terms } = this.outputType;
    if (!this.useBias) return terms.map(({ dimension }) => emptyBlock(0, dimension, 1));
    if (!this.#biasRanks) return invariantBlocks(this.outputType, this.name);
    return this.#biasRanks.map((rank, j) => emptyBlock(rank, terms[j].dimension, 1));
  }

  #buildRow(row: readonly Block[], j: number): (WeightPair | null)[] {
    const out = this.outputType.terms[j];
    const mixers = whiteningMixers(row, out.dimension);
    return row.map((block, i) => {
      const columns = block.channels * out.multiplicity;
      const stream = random(this.seed, 'weights', this.name, j, i);
      const normal = stream.fillNormal(new Float32Array(block.rank * columns), this.gain ** 0.5);
      const start = mix(mixers[i], normal, block.rank);
      return this.addPair([`kernel_${j}_${i}`, `basis_${j}_${i}`], block, start);
    });
  }

  /** Σ_k c_k B_k of one block as a matrix of [Cin·dimIn, Cout·dimOut]. */
  #expandBlock(pair: WeightPair | null, i: number, j: number): tf.Tensor {
    const [term, out] = [this.inputType.terms[i], this.outputType.terms[j]];
    if (!pair) return tf.zeros([termSize(term), termSize(out)]);
    return contract(pair)
      .reshape([term.multiplicity, out.multiplicity, out.dimension, term.dimension])
      .transpose([0, 3, 1, 2])
      .reshape([termSize(term), termSize(out)]);
  }
}

tf.serialization.registerClass(EquivariantLinear);

/** Σ_k c_k B_k for every column of coefficients: [columns, size]. */
function contract({ coefficients, basis }: WeightPair): tf.Tensor {
  return tf.matMul(coefficients.read() as tf.Tensor2D, basis.read() as tf.Tensor2D, true);
}
