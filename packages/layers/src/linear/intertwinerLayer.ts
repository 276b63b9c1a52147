/**
 * What linear and convolution layers between field types share: weights are coefficients of bases of
 * intertwiners, one basis per pair of terms, expanded into an ordinary kernel.
 */
import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { LayerError } from '../errors.js';
import {
  readType,
  termOffsets,
  termSize,
  typeConfig,
  type FieldTerm,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import type { LayerArgs } from '../layer.js';
import { BasisLayer, mix, type WeightPair } from './basisLayer.js';
import {
  expand,
  planExpansion,
  type Execution,
  type ExecutionChoice,
  type ExpansionTables,
} from './expansion.js';
import { emptyBlock, invariantBlocks, whiteningMixers, type Block } from './intertwinerBlock.js';

export interface IntertwinerLayerArgs extends LayerArgs {
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
  /**
   * How weights are expanded into a kernel: through dense bases, by gathers where each entry belongs to
   * one or few basis elements, or what costs less (default `'auto'`).
   */
  readonly execution?: ExecutionChoice;
  /** Ranks of the blocks [out term][in term], known for a saved layer. */
  readonly ranks?: readonly (readonly number[])[];
  /** Dimensions of the invariants of the output terms, known for a saved layer. */
  readonly biasRanks?: readonly number[];
}

/** @internal */
export abstract class IntertwinerLayer extends BasisLayer {
  readonly inputType: FieldType;
  readonly outputType: FieldType;
  readonly useBias: boolean;
  readonly gain: number;
  readonly seed: number;
  readonly execution: ExecutionChoice;
  #ranks: readonly (readonly number[])[] | undefined;
  #biasRanks: readonly number[] | undefined;
  #kernel: (WeightPair | null)[][] = [];
  #bias: (WeightPair | null)[] = [];
  readonly #tables = new Map<tf.LayerVariable, ExpansionTables | null>();

  constructor(args: IntertwinerLayerArgs) {
    super(args);
    this.inputType = readType(args.input);
    this.outputType = readType(args.output);
    this.useBias = args.useBias ?? true;
    this.gain = args.gain ?? 1;
    this.seed = args.seed ?? 0;
    this.execution = args.execution ?? 'auto';
    this.#ranks = args.ranks;
    this.#biasRanks = args.biasRanks;
  }

  /** Number of positions of the kernel: 1 for a linear layer. */
  protected abstract readonly taps: number;

  /** The intertwiners [out term][in term], whose columns go over taps, then input entries. */
  protected abstract makeBlocks(): Block[][];

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

  /** The equivalent ordinary kernel, [taps, input.size, output.size]; the caller owns it. */
  protected expandTaps(): tf.Tensor3D {
    if (this.#kernel.length === 0) {
      throw new LayerError(this.name, 'has no weights before it is built.');
    }
    return tf.tidy(() => {
      const columns = this.#kernel.map((row, j) => {
        const blocks = row.map((pair, i) => this.#expandBlock(pair, i, j));
        return blocks.length === 1 ? blocks[0] : tf.concat(blocks, 1);
      });
      return (columns.length === 1 ? columns[0] : tf.concat(columns, 2)) as tf.Tensor3D;
    });
  }

  /** The bias of the equivalent ordinary layer, [output.size]; the caller owns it. */
  expandedBias(): tf.Tensor1D {
    return tf.tidy(() => {
      const parts = this.outputType.terms.map((out, j) => {
        const pair = this.#bias[j];
        return pair ? contract(pair).flatten() : tf.zeros([termSize(out)]);
      });
      return tf.concat(parts) as tf.Tensor1D;
    });
  }

  /**
   * Sets the weights to those whose ordinary kernel and bias are nearest to the given ones: the same
   * where they commute with the group.
   *
   * @param kernel of taps·input.size·output.size entries, in this order.
   * @param bias [output.size]; null leaves the layer's own.
   */
  project(kernel: tf.Tensor, bias: tf.Tensor | null): void {
    tf.tidy(() => {
      const { inputType, outputType, taps } = this;
      const whole = kernel.reshape([taps, inputType.size, outputType.size]);
      const [from, to] = [inputType, outputType].map(termOffsets);
      this.#kernel.forEach((row, j) =>
        row.forEach((pair, i) => {
          const [term, out] = [inputType.terms[i], outputType.terms[j]];
          const block = tf.slice(whole, [0, from[i], to[j]], [taps, termSize(term), termSize(out)]);
          if (pair) setNearest(pair, columnsOf(block, term, out));
        }),
      );
      if (!bias) return;
      this.#bias.forEach((pair, j) => {
        const { multiplicity, dimension } = outputType.terms[j];
        const part = tf.slice(bias, [to[j]], [multiplicity * dimension]);
        if (pair) setNearest(pair, part.reshape([multiplicity, dimension]).transpose());
      });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { useBias, gain, seed, execution } = this;
    const types = { input: typeConfig(this.inputType), output: typeConfig(this.outputType) };
    const ranks = { ranks: this.#ranks, biasRanks: this.#biasRanks };
    const config = { ...super.getConfig(), ...types, ...ranks, useBias, gain, seed, execution };
    return config as unknown as tf.serialization.ConfigDict;
  }

  /** A saved layer knows the ranks and reads the bases with its weights. */
  #blocks(): Block[][] {
    const ranks = this.#ranks;
    if (!ranks) return this.makeBlocks();
    return this.outputType.terms.map((out, j) =>
      this.inputType.terms.map(({ dimension, multiplicity }, i) =>
        emptyBlock(ranks[j][i], out.dimension * this.taps * dimension, multiplicity),
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
      const pair = this.addPair([`kernel_${j}_${i}`, `basis_${j}_${i}`], block, start);
      return this.#planFor(pair, block);
    });
  }

  /** Σ_k c_k B_k of one block, [taps, Cin·dimIn, Cout·dimOut]. */
  #expandBlock(pair: WeightPair | null, i: number, j: number): tf.Tensor {
    const [term, out] = [this.inputType.terms[i], this.outputType.terms[j]];
    const shape = [this.taps, termSize(term), termSize(out)];
    if (!pair) return tf.zeros(shape);
    const { coefficients, basis } = pair;
    const entries = expand(
      coefficients.read() as tf.Tensor2D,
      basis.read() as tf.Tensor2D,
      this.#tablesOf(pair),
    );
    return entries
      .reshape([out.dimension, this.taps, term.dimension, term.multiplicity, out.multiplicity])
      .transpose([1, 3, 2, 4, 0])
      .reshape(shape);
  }

  /** How each block's weights are expanded, [out term][in term]; null for blocks without weights. */
  get executions(): readonly (readonly (Execution | null)[])[] {
    return this.#kernel.map((row) =>
      row.map((pair) => pair && (this.#tablesOf(pair)?.execution ?? 'dense')),
    );
  }

  /** Tables of a block's basis; null for a dense product. */
  #tablesOf({ basis }: WeightPair): ExpansionTables | null {
    const known = this.#tables.get(basis);
    if (known !== undefined) return known;
    if (this.execution === 'dense') return null;
    try {
      return this.#plan(basis, basis.read().dataSync<'float32'>());
    } catch {
      // While a graph is traced, values cannot be read: the dense product needs none.
      return null;
    }
  }

  #plan(basis: tf.LayerVariable, values: Float32Array): ExpansionTables | null {
    const plan = planExpansion(values, basis.shape[0]!, this.execution);
    const tables = plan.execution === 'dense' ? null : plan;
    this.#tables.set(basis, tables);
    return tables;
  }

  /** Plans for a basis that is known, and anew when another one is written, from a file for instance. */
  #planFor(pair: WeightPair | null, { basis: values }: Block): WeightPair | null {
    if (!pair || this.execution === 'dense') return pair;
    const { basis } = pair;
    const write = basis.write.bind(basis);
    basis.write = (value) => {
      this.#tables.delete(basis);
      return write(value);
    };
    if (values.some((value) => value !== 0)) this.#plan(basis, Float32Array.from(values));
    return pair;
  }
}

/** [taps, Cin·dimIn, Cout·dimOut] by entries (dimOut, taps, dimIn) and columns (Cin, Cout). */
function columnsOf(block: tf.Tensor, term: FieldTerm, out: FieldTerm): tf.Tensor {
  const [taps] = block.shape as [number];
  return block
    .reshape([taps, term.multiplicity, term.dimension, out.multiplicity, out.dimension])
    .transpose([4, 0, 2, 1, 3])
    .reshape([out.dimension * taps * term.dimension, term.multiplicity * out.multiplicity]);
}

/** The coefficients of the orthonormal basis that are nearest to columns [entries, columns]. */
function setNearest({ coefficients, basis }: WeightPair, columns: tf.Tensor): void {
  coefficients.write(tf.matMul(basis.read() as tf.Tensor2D, columns as tf.Tensor2D));
}

/** Σ_k c_k B_k for every column of coefficients: [columns, entries]. */
function contract({ coefficients, basis }: WeightPair): tf.Tensor {
  return tf.matMul(coefficients.read() as tf.Tensor2D, basis.read() as tf.Tensor2D, true);
}
