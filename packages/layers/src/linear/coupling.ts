/**
 * Bilinear equivariant maps with weights per path: out = Σ_paths B_path((W_path·x) ⊗ a), where a path
 * is an intertwiner ρ_i ⊗ σ_j → τ_k of a term of x and a channel of a term of a. Weights mix channels
 * first, on x alone; then a small matrix made of a couples the result, one product per sample.
 *
 * The right side is meant for few channels, such as the spherical harmonics of an edge: every one of
 * its channels is a path of its own.
 */
import * as tf from '@tensorflow/tfjs';
import { homBasis } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { LayerError } from '../errors.js';
import {
  describeType,
  termOffsets,
  termSize,
  type FieldTerm,
  type FieldType,
} from '../field/fieldType.js';
import { mix } from './basisLayer.js';
import { emptyBlock, whiteningMixers, type Block } from './intertwinerBlock.js';

/** Dimensions of Hom(ρ_i ⊗ σ_j, τ_k), [out term k][left term i][right term j]. */
export type CouplingRanks = readonly (readonly (readonly number[])[])[];

export interface CouplingTypes {
  readonly left: FieldType;
  readonly right: FieldType;
  readonly out: FieldType;
}

/** One path from left term i to an output term: which channel of which right term, which map. */
interface Path {
  readonly j: number;
  readonly channel: number;
  readonly r: number;
}

/** The intertwiners of three types, laid out for {@link couple}. */
export class Coupling {
  readonly types: CouplingTypes;
  readonly ranks: CouplingRanks;
  readonly #blocks: readonly (readonly (readonly Block[])[])[];

  /**
   * @param ranks known for a saved layer, whose tables are read with its weights.
   * @throws {LayerError} if the groups differ.
   */
  constructor(types: CouplingTypes, where: string, ranks?: CouplingRanks | null) {
    this.types = types;
    checkOneGroup(types, where);
    const { left, right, out } = types;
    this.#blocks = out.terms.map((to, k) =>
      left.terms.map((from, i) =>
        right.terms.map((by, j) => {
          const size = to.dimension * from.dimension * by.dimension;
          return ranks ? emptyBlock(ranks[k][i][j], size, 1) : productBlock(from, by, to, where);
        }),
      ),
    );
    this.ranks = this.#blocks.map((rows) => rows.map((row) => row.map(({ rank }) => rank)));
  }

  /** Rows of the mixed features that output term k is made of: Σ_i dim ρ_i · paths. */
  rows(k: number): number {
    return this.beginRow(k, this.types.left.terms.length);
  }

  /** Where the rows of left term i begin among those of output term k. */
  beginRow(k: number, i: number): number {
    const before = this.types.left.terms.slice(0, i);
    return before.reduce((sum, { dimension }, other) => sum + dimension * this.paths(k, other), 0);
  }

  /** How many paths lead from left term i to output term k. */
  paths(k: number, i: number): number {
    return this.types.right.terms.reduce(
      (sum, { multiplicity }, j) => sum + multiplicity * this.ranks[k][i][j],
      0,
    );
  }

  /** Where the columns of output term k begin in the kernel of left term i. */
  begin(k: number, i: number): number {
    const before = this.types.out.terms.slice(0, k);
    return before.reduce((sum, _, other) => sum + this.#width(other, i), 0);
  }

  /** Columns of the kernel of left term i: Σ_k paths · C_k. */
  columns(i: number): number {
    return this.types.out.terms.reduce((sum, _, k) => sum + this.#width(k, i), 0);
  }

  /**
   * The fixed map from the right feature to the coupling matrix of output term k, as
   * [right.size, dim τ_k · rows(k)], scaled to entries of order 1.
   */
  table(k: number): Float32Array {
    const { left, right, out } = this.types;
    const { dimension } = out.terms[k];
    const rows = this.rows(k);
    const values = new Float32Array(right.size * dimension * rows);
    const offsets = termOffsets(right);
    let begin = 0;
    left.terms.forEach((from, i) => {
      const paths = this.#paths(k, i);
      paths.forEach(({ j, channel, r }, p) => {
        const { dimension: by } = right.terms[j];
        const { basis } = this.#blocks[k][i][j];
        for (let o = 0; o < dimension; o++) {
          for (let m = 0; m < from.dimension; m++) {
            for (let a = 0; a < by; a++) {
              const at = offsets[j] + channel * by + a;
              const row = begin + m * paths.length + p;
              values[at * dimension * rows + o * rows + row] =
                Math.sqrt(dimension) * basis[((r * dimension + o) * from.dimension + m) * by + a];
            }
          }
        }
      });
      begin += from.dimension * paths.length;
    });
    return values;
  }

  /**
   * Kernels [C_i, columns(i)] of every left term with which white features give an output of variance
   * `gain`, if left term i is met `copies[i]` times (default once).
   */
  startKernels(
    gain: number,
    seed: number,
    path: string,
    copies?: readonly number[],
  ): Float32Array[] {
    const { left, out } = this.types;
    const kernels = left.terms.map(
      ({ multiplicity }, i) => new Float32Array(multiplicity * this.columns(i)),
    );
    out.terms.forEach((_, k) => this.#startOutput(k, kernels, { gain, seed, path, copies }));
    return kernels;
  }

  /**
   * x·W of the left terms given, by output term, [N, rows, C_k]; null where none of them leads.
   *
   * @param terms one per left term, [N, dim ρ_i, C_i]; null to leave its rows out.
   */
  mix(
    terms: readonly (tf.Tensor | null)[],
    kernels: readonly (tf.Tensor | null)[],
  ): (tf.Tensor | null)[] {
    const { left, out } = this.types;
    const mixed = terms.map((x, i) =>
      x && kernels[i]
        ? tf.matMul(x.reshape([-1, left.terms[i].multiplicity]), kernels[i] as tf.Tensor2D)
        : null,
    );
    return out.terms.map(({ multiplicity }, k) => {
      const parts = left.terms.flatMap(({ dimension }, i) => {
        const [x, width] = [mixed[i], this.#width(k, i)];
        if (!x || width === 0) return [];
        const part = width === this.columns(i) ? x : columnsOf(x, this.begin(k, i), width);
        return [part.reshape([-1, (dimension * width) / multiplicity, multiplicity])];
      });
      return parts.length > 0 ? joinRows(parts) : null;
    });
  }

  #startOutput(
    k: number,
    kernels: readonly Float32Array[],
    start: { gain: number; seed: number; path: string; copies: readonly number[] | undefined },
  ): void {
    const { left, right, out } = this.types;
    const { dimension, multiplicity: width } = out.terms[k];
    const blocks = this.#blocks[k].map((row, i) =>
      row.map((block, j) => ({
        ...block,
        channels:
          left.terms[i].multiplicity * right.terms[j].multiplicity * (start.copies?.[i] ?? 1),
      })),
    );
    const mixers = whiteningMixers(blocks.flat(), dimension);
    blocks.forEach((row, i) => {
      const paths = this.#paths(k, i);
      const begin = this.begin(k, i);
      const columns = this.columns(i);
      const channels = left.terms[i].multiplicity;
      row.forEach(({ rank }, j) => {
        const stream = random(start.seed, 'weights', start.path, k, i, j);
        const copies = right.terms[j].multiplicity;
        const normal = new Float32Array(rank * copies * channels * width);
        const scale = Math.sqrt(start.gain / dimension);
        stream.fillNormal(normal, scale);
        const values = mix(mixers[i * row.length + j], normal, rank);
        paths.forEach((path, p) => {
          if (path.j !== j) return;
          for (let c = 0; c < channels; c++) {
            const from = ((path.r * copies + path.channel) * channels + c) * width;
            kernels[i].set(values.subarray(from, from + width), c * columns + begin + p * width);
          }
        });
      });
    });
  }

  /** Columns of output term k in the kernel of left term i. */
  #width(k: number, i: number): number {
    return this.paths(k, i) * this.types.out.terms[k].multiplicity;
  }

  #paths(k: number, i: number): Path[] {
    return this.types.right.terms.flatMap(({ multiplicity }, j) =>
      Array.from({ length: multiplicity }, (_, channel) =>
        Array.from({ length: this.ranks[k][i][j] }, (__, r) => ({ j, channel, r })),
      ).flat(),
    );
  }
}

/**
 * The outputs [N, dim τ_k, C_k] from mixed features [N, rows(k), C_k] (see {@link Coupling.mix}) and
 * right features [N, right.size].
 */
export function couple(
  coupling: Coupling,
  mixed: readonly (tf.Tensor | null)[],
  right: tf.Tensor2D,
  tables: readonly (tf.Tensor | null)[],
): tf.Tensor[] {
  return coupling.types.out.terms.map(({ dimension, multiplicity }, k) => {
    const y = mixed[k];
    if (!y) return tf.zeros([right.shape[0], dimension, multiplicity]);
    const matrices = tf.matMul(right, tables[k] as tf.Tensor2D);
    return tf.matMul(matrices.reshape([-1, dimension, coupling.rows(k)]), y);
  });
}

/** The terms of a feature [B, …, size] as [N, dimension, C], N = B·…: channels last. */
export function channelsLast(x: tf.Tensor, type: FieldType): tf.Tensor[] {
  const rows = x.reshape([-1, type.size]);
  const offsets = termOffsets(type);
  return type.terms.map((term, i) => {
    const part = type.terms.length === 1 ? rows : columnsOf(rows, offsets[i], termSize(term));
    const { dimension, multiplicity } = term;
    return dimension === 1
      ? part.reshape([-1, 1, multiplicity])
      : part.reshape([-1, multiplicity, dimension]).transpose([0, 2, 1]);
  });
}

/** What {@link channelsLast} took apart, as [N, size]. */
export function joinTerms(terms: readonly tf.Tensor[], type: FieldType): tf.Tensor {
  const parts = terms.map((x, i) => {
    const moved = type.terms[i].dimension === 1 ? x : x.transpose([0, 2, 1]);
    return moved.reshape([-1, termSize(type.terms[i])]);
  });
  return joinRows(parts);
}

function joinRows(parts: tf.Tensor[]): tf.Tensor {
  return parts.length === 1 ? parts[0] : tf.concat(parts, 1);
}

function columnsOf(x: tf.Tensor, begin: number, size: number): tf.Tensor {
  return tf.slice(x, [0, begin], [-1, size]);
}

function productBlock(left: FieldTerm, right: FieldTerm, out: FieldTerm, where: string): Block {
  if (!left.representation || !right.representation || !out.representation) {
    throw new LayerError(where, 'the types of a saved model have no representations.');
  }
  const product = left.representation.times(right.representation);
  const { rank, basis } = homBasis(product, out.representation);
  return { rank, basis, channels: 1 };
}

/** @throws {LayerError} unless all types are of one group. */
export function checkOneGroup({ left, right, out }: CouplingTypes, where: string): void {
  if (left.group === right.group && left.group === out.group) return;
  throw new LayerError(
    where,
    `there are no bilinear maps from ${describeType(left)} and ${describeType(right)} to ` +
      `${describeType(out)}: all must be of the same group.`,
  );
}
