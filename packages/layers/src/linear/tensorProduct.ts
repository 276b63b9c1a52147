/**
 * Learned bilinear maps that commute with the group: for every pair of input terms and every output
 * term, coefficients of a basis of Hom(ρ ⊗ σ, τ), the Clebsch–Gordan maps of any group (Thomas et
 * al., Tensor Field Networks, 2018, for SO(3)).
 */
import * as tf from '@tensorflow/tfjs';
import { homBasis } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { LayerError } from '../errors.js';
import {
  describeType,
  readType,
  termOffsets,
  termSize,
  typeConfig,
  type FieldTerm,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import type { LayerArgs } from '../layer.js';
import { sliceLast } from '../nonlinearity/terms.js';
import { BasisLayer, mix, type WeightPair } from './basisLayer.js';
import { emptyBlock, whiteningMixers, type Block } from './intertwinerBlock.js';

export interface TensorProductArgs extends LayerArgs {
  /** Field type of the first input's last axis. */
  readonly left: FieldTypeSpec;
  /** Field type of the second input's last axis. */
  readonly right: FieldTypeSpec;
  /** Field type of the output's last axis. */
  readonly output: FieldTypeSpec;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Ranks [out term][left term][right term], known for a saved layer. */
  readonly ranks?: readonly (readonly (readonly number[])[])[];
}

/** One way from a pair of input terms to an output term. */
interface Path {
  readonly left: number;
  readonly right: number;
  readonly weights: WeightPair;
}

/**
 * Equivariant product of two features, channel by channel: [B, …, left.size], [B, …, right.size] →
 * [B, …, output.size]. All terms of the three types have the same multiplicity C; output channel c
 * comes from the channels c of both inputs (mix them with EquivariantLinear before or after).
 *
 * Weights for every path: `kernel_k_i_j` [rank, C] (trainable), `basis_k_i_j` [rank, dimOut·dimLeft·
 * dimRight] (fixed). For independent white inputs the output starts white.
 */
export class TensorProduct extends BasisLayer {
  static readonly className = 'TensorProduct';
  readonly inputType: FieldType;
  readonly rightType: FieldType;
  readonly outputType: FieldType;
  readonly seed: number;
  #ranks: readonly (readonly (readonly number[])[])[] | undefined;
  #paths: Path[][] = [];

  /** @throws {LayerError} if groups or multiplicities differ. */
  constructor(args: TensorProductArgs) {
    super(args);
    this.inputType = readType(args.left);
    this.rightType = readType(args.right);
    this.outputType = readType(args.output);
    this.seed = args.seed ?? 0;
    this.#ranks = args.ranks;
    checkTypes([this.inputType, this.rightType, this.outputType], this.name);
  }

  override get inputTypes(): readonly (FieldType | null)[] {
    return [this.inputType, this.rightType];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const blocks = this.outputType.terms.map((_, k) => this.#blocksTo(k));
    this.#ranks = blocks.map((rows) => rows.map((row) => row.map(({ rank }) => rank)));
    this.#paths = blocks.map((rows, k) => this.#buildPaths(rows, k));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    if (!Array.isArray(inputs) || inputs.length !== 2) {
      throw new LayerError(this.name, 'expected a list of two tensors.');
    }
    return tf.tidy(() => {
      const [lefts, rights] = [split(inputs[0], this.inputType), split(inputs[1], this.rightType)];
      const parts = this.outputType.terms.map((out, k) => {
        const terms = this.#paths[k].map(({ left, right, weights }) =>
          multiply(lefts[left], rights[right], weights, out),
        );
        const rows = lefts[0].shape[0];
        return terms.length > 0 ? tf.addN(terms) : tf.zeros([rows, termSize(out)]);
      });
      return tf.concat(parts, 1).reshape([...inputs[0].shape.slice(0, -1), this.outputType.size]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const types = {
      left: typeConfig(this.inputType),
      right: typeConfig(this.rightType),
      output: typeConfig(this.outputType),
    };
    const config = { ...super.getConfig(), ...types, seed: this.seed, ranks: this.#ranks ?? null };
    return config as tf.serialization.ConfigDict;
  }

  /** [left term][right term] for one output term. */
  #blocksTo(k: number): Block[][] {
    const out = this.outputType.terms[k];
    return this.inputType.terms.map((left, i) =>
      this.rightType.terms.map((right, j) => {
        const size = out.dimension * left.dimension * right.dimension;
        const rank = this.#ranks?.[k][i][j];
        return rank === undefined ? productBlock(left, right, out) : emptyBlock(rank, size, 1);
      }),
    );
  }

  #buildPaths(rows: readonly Block[][], k: number): Path[] {
    const { dimension, multiplicity } = this.outputType.terms[k];
    const mixers = whiteningMixers(rows.flat(), dimension);
    return rows.flatMap((row, left) =>
      row.flatMap((block, right): Path[] => {
        const stream = random(this.seed, 'weights', this.name, k, left, right);
        const normal = stream.fillNormal(new Float32Array(block.rank * multiplicity));
        const start = mix(mixers[left * row.length + right], normal, block.rank);
        const names = [`kernel_${k}_${left}_${right}`, `basis_${k}_${left}_${right}`] as const;
        const weights = this.addPair(names, block, start);
        return weights ? [{ left, right, weights }] : [];
      }),
    );
  }
}

tf.serialization.registerClass(TensorProduct);

function productBlock(left: FieldTerm, right: FieldTerm, out: FieldTerm): Block {
  if (!left.representation || !right.representation || !out.representation) {
    throw new LayerError('TensorProduct', 'the types of a saved model have no representations.');
  }
  const product = left.representation.times(right.representation);
  const { rank, basis } = homBasis(product, out.representation);
  return { rank, basis, channels: 1 };
}

/** The terms of a feature as [rows, C, dimension]. */
export function split(x: tf.Tensor, type: FieldType): tf.Tensor3D[] {
  const rows = x.reshape([-1, type.size]);
  const offsets = termOffsets(type);
  return type.terms.map((term, i) =>
    sliceLast(rows, offsets[i], termSize(term)).reshape([-1, term.multiplicity, term.dimension]),
  );
}

/** Σ_k w_k[c]·B_k(x_c ⊗ y_c) as [rows, C·dimOut]. */
function multiply(
  x: tf.Tensor3D,
  y: tf.Tensor3D,
  { coefficients, basis }: WeightPair,
  out: FieldTerm,
): tf.Tensor {
  const [rank] = basis.shape as number[];
  const [, channels, dimLeft] = x.shape;
  const dimRight = y.shape[2];
  const outer = tf.mul(tf.expandDims(x, 3), tf.expandDims(y, 2));
  const pairs = outer.reshape([-1, dimLeft * dimRight]);
  const maps = basis.read().reshape([rank * out.dimension, dimLeft * dimRight]);
  const products = tf.matMul(pairs as tf.Tensor2D, maps as tf.Tensor2D, false, true);
  const weights = coefficients.read().transpose().reshape([1, channels, rank, 1]);
  const weighted = tf.mul(products.reshape([-1, channels, rank, out.dimension]), weights);
  return tf.sum(weighted, 2).reshape([-1, channels * out.dimension]);
}

/** @throws {LayerError} unless the types share their group and all terms their multiplicity. */
export function checkTypes(types: readonly FieldType[], where: string): void {
  const groups = new Set(types.map(({ group }) => group));
  const channels = new Set(types.flatMap(({ terms }) => terms.map((t) => t.multiplicity)));
  if (groups.size === 1 && channels.size === 1) return;
  throw new LayerError(
    where,
    'expected types of one group with one multiplicity in all terms, got ' +
      `${types.map(describeType).join('; ')}.`,
  );
}
