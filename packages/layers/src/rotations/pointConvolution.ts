/**
 * Steerable convolution on point clouds (Thomas et al., Tensor Field Networks, 2018): messages are
 * tensor products of features with spherical harmonics of the edges, weighted by learned functions of
 * their lengths.
 */
import * as tf from '@tensorflow/tfjs';
import { homBasis, type Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { harmonicsType, type RotationGroupName } from '../field/rotationIrreps.js';
import { TypedLayer } from '../field/typedLayer.js';
import { GivenValues } from '../init/givenValues.js';
import { scaledNormal } from '../init/heNormal.js';
import type { LayerArgs } from '../layer.js';
import { checkTypes, split } from '../linear/tensorProduct.js';
import { activate } from '../nonlinearity/activations.js';
import { siluGain } from '../nonlinearity/gates.js';
import { mixChannels } from '../vector/vectorLinear.js';
import { envelope, gaussians } from './radialBasis.js';
import { direction, harmonicsOf } from './sphericalHarmonics.js';

export interface PointConvolutionArgs extends LayerArgs {
  /** Field type of the features, of SO(3) or O(3). */
  readonly input: FieldTypeSpec;
  /** Field type of the output; all terms of both types have the same multiplicity C. */
  readonly output: FieldTypeSpec;
  /** Largest degree of the spherical harmonics. */
  readonly degree: number;
  /** Distance from which points do not see each other, in units of the positions. */
  readonly cutoff: number;
  /** Width of the radial network, default 16. */
  readonly hidden?: number;
  /** Number of Gaussians that a distance is expanded in, default 8. */
  readonly radialBasis?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Ranks [out term][in term][degree], known for a saved layer. */
  readonly ranks?: readonly (readonly (readonly number[])[])[];
}

/** One intertwiner D^l ⊗ ρ_in → ρ_out; `index` counts all paths of the layer. */
interface Path {
  readonly from: number;
  readonly degree: number;
  readonly index: number;
}

/** Σ_b φ_b(r)² of Gaussians one width apart: √π. */
const basisPower = Math.sqrt(Math.PI);

/**
 * `[f, x]`, features [B, n, input.size] and positions [B, n, 3] → [B, n, output.size]:
 * y_i = (n−1)^{−1/2} Σ_{j≠i} Σ_paths w_path(|r_ij|)·B_path(Y^l(r_ij) ⊗ f_j) with r_ij = x_j − x_i,
 * channel by channel (mix channels with EquivariantLinear). Equivariant under rotations (reflections
 * for O(3)), translations and permutations.
 *
 * Weights: a radial network `radial0` [basis, hidden], `radial1` [hidden, paths·C] behind Gaussians
 * and before a cosine cutoff, and the fixed bases `basis_k` of all paths to output term k.
 */
export class PointConvolution extends TypedLayer {
  static readonly className = 'PointConvolution';
  readonly inputType: FieldType;
  readonly outputType: FieldType;
  readonly degree: number;
  readonly cutoff: number;
  readonly hidden: number;
  readonly radialBasis: number;
  readonly seed: number;
  #ranks: readonly (readonly (readonly number[])[])[] | undefined;
  #paths: Path[][] = [];
  #bases: (tf.LayerVariable | null)[] = [];
  #radial: tf.LayerVariable[] = [];

  /** @throws {LayerError} if types, group or sizes do not fit. */
  constructor(args: PointConvolutionArgs) {
    super(args);
    this.inputType = readType(args.input);
    this.outputType = readType(args.output);
    this.degree = args.degree;
    this.cutoff = args.cutoff;
    this.hidden = args.hidden ?? 16;
    this.radialBasis = args.radialBasis ?? 8;
    this.seed = args.seed ?? 0;
    this.#ranks = args.ranks;
    checkTypes([this.inputType, this.outputType], this.name);
    if (!['SO(3)', 'O(3)'].includes(this.inputType.group)) {
      throw new LayerError(this.name, `needs SO(3) or O(3), got ${this.inputType.group}.`);
    }
    if (!Number.isInteger(this.degree) || this.degree < 0) {
      throw new LayerError(this.name, `degree must be an integer ≥ 0, got ${this.degree}.`);
    }
    if (!(this.cutoff > 0)) {
      throw new LayerError(this.name, `cutoff must be a positive distance, got ${this.cutoff}.`);
    }
  }

  override get inputTypes(): readonly (FieldType | null)[] {
    return [this.inputType, null];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const bases = this.#ranks ? null : this.#findBases();
    this.#ranks ??= bases!.map((rows) => rows.map((row) => row.map(({ rank }) => rank)));
    this.#paths = this.#listPaths(this.#ranks);
    this.#bases = this.#paths.map((paths, k) => this.#addBasis(paths, k, bases?.[k].flat()));
    const columns = this.#paths.flat().length * this.inputType.terms[0].multiplicity;
    const radial = (name: string, shape: [number, number], fanIn: number) =>
      this.addWeight(
        name,
        shape,
        'float32',
        scaledNormal(fanIn, 1, this.seed, `${this.name}/${name}`),
      );
    this.#radial = [
      radial('radial0', [this.radialBasis, this.hidden], basisPower),
      radial('radial1', [this.hidden, columns], this.hidden / siluGain),
    ];
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [features, positions] = this.#checkInputs(inputs);
    return tf.tidy(() => {
      const [batch, n] = features.shape as [number, number];
      const edges = tf.sub(tf.expandDims(positions, 1), tf.expandDims(positions, 2));
      const rows = edges.reshape([-1, 3]) as tf.Tensor2D;
      const weights = this.#radialWeights(rows, batch, n);
      const harmonics = harmonicsOf(direction(rows), this.degree);
      const terms = split(features, this.inputType).map((term) =>
        term.reshape([batch, n, ...term.shape.slice(1)]).transpose([0, 2, 1, 3]),
      );
      const parts = this.#paths.map((paths, k) => {
        const messages = paths.map(({ from, degree, index }) =>
          gather(weights[index], harmonics[degree], terms[from]),
        );
        return this.#outputTerm(messages, k, [batch, n]);
      });
      return tf.div(tf.concat(parts, 2), Math.sqrt(Math.max(1, n - 1)));
    });
  }

  /** Σ_paths B_path(messages), [B, n, C·d]. */
  #outputTerm(messages: tf.Tensor[], k: number, [batch, n]: [number, number]): tf.Tensor {
    const { multiplicity, dimension } = this.outputType.terms[k];
    const shape = [batch, n, multiplicity * dimension];
    const basis = this.#bases[k];
    if (!basis) return tf.zeros(shape);
    return mixChannels(tf.concat(messages, 3), basis.read()).transpose([0, 2, 1, 3]).reshape(shape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { degree, cutoff, hidden, radialBasis, seed } = this;
    const types = { input: typeConfig(this.inputType), output: typeConfig(this.outputType) };
    const own = { ...types, degree, cutoff, hidden, radialBasis, seed, ranks: this.#ranks };
    return { ...super.getConfig(), ...own } as unknown as tf.serialization.ConfigDict;
  }

  /** Bases of Hom(D^l ⊗ ρ_in, ρ_out), [out term][in term][degree]. */
  #findBases(): { rank: number; basis: Float64Array }[][][] {
    const irreps = harmonicsType(this.inputType.group as RotationGroupName, this.degree).terms;
    return this.outputType.terms.map((out) =>
      this.inputType.terms.map((term) =>
        irreps.map(({ representation }) => {
          const [harmonic, from, to] = [representation, term.representation, out.representation];
          return homBasis(harmonic!.times(from as Representation), to as Representation);
        }),
      ),
    );
  }

  #listPaths(ranks: readonly (readonly (readonly number[])[])[]): Path[][] {
    let index = 0;
    return ranks.map((rows) =>
      rows.flatMap((row, from) =>
        row.flatMap((rank, degree) =>
          Array.from({ length: rank }, () => ({ from, degree, index: index++ })),
        ),
      ),
    );
  }

  /** All paths to one output term as one matrix, scaled so that white inputs give white outputs. */
  #addBasis(
    paths: readonly Path[],
    k: number,
    bases: readonly { rank: number; basis: Float64Array }[] | undefined,
  ): tf.LayerVariable | null {
    if (paths.length === 0) return null;
    const { dimension } = this.outputType.terms[k];
    const scale = Math.sqrt(dimension / paths.length);
    const maps = bases?.flatMap(({ rank, basis }) => splitEvenly(basis, rank));
    const rows = paths.flatMap(({ from, degree }, p) => {
      const size = (2 * degree + 1) * this.inputType.terms[from].dimension;
      const map = maps?.[p] ?? new Float64Array(size * dimension);
      return [...transposed(map, size)].map((value) => scale * value);
    });
    const shape = [rows.length / dimension, dimension];
    const values = new GivenValues(Float32Array.from(rows));
    return this.addWeight(`basis_${k}`, shape, 'float32', values, undefined, false);
  }

  /** w_path(|r_ij|) for every path, [B, C, i, j] each; 0 for i = j and beyond the cutoff. */
  #radialWeights(edges: tf.Tensor2D, batch: number, n: number): tf.Tensor[] {
    const paths = this.#paths.flat().length;
    const channels = this.inputType.terms[0].multiplicity;
    const lengths = tf.sqrt(tf.add(tf.sum(tf.square(edges), 1, true), 1e-18));
    const basis = gaussians(lengths, this.radialBasis, this.cutoff);
    const hidden = activate('silu', mixChannels(basis, this.#radial[0].read()));
    const values = mixChannels(hidden, this.#radial[1].read());
    const others = tf.sub(1, tf.eye(n)).reshape([1, 1, n, n]);
    return tf
      .unstack(
        tf.mul(values, envelope(lengths, this.cutoff)).reshape([batch, n, n, paths, channels]),
        3,
      )
      .map((weight) => tf.mul(weight.transpose([0, 3, 1, 2]), others));
  }

  #checkInputs(inputs: tf.Tensor | tf.Tensor[]): [tf.Tensor, tf.Tensor] {
    const [features, positions] = Array.isArray(inputs) ? inputs : [inputs];
    if (features.rank === 3 && positions?.rank === 3 && positions.shape[2] === 3) {
      return [features, positions];
    }
    throw new LayerError(this.name, 'expected [features [B, n, …], positions [B, n, 3]].');
  }
}

tf.serialization.registerClass(PointConvolution);

/** The `count` consecutive parts of a list. */
function splitEvenly(values: Float64Array, count: number): Float64Array[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

/** A matrix of rows of `columns` entries, column after column. */
function transposed(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);
}

/** Σ_j w_ij Y_ij ⊗ f_j, [B, C, i, (2l+1)·d], from [B, C, i, j], [B·i·j, 2l+1] and [B, C, j, d]. */
function gather(weights: tf.Tensor, harmonics: tf.Tensor2D, terms: tf.Tensor): tf.Tensor {
  const [batch, channels, n] = weights.shape as [number, number, number];
  const size = harmonics.shape[1];
  const d = terms.shape[3]!;
  const spread = harmonics.reshape([batch, 1, n, n, size]).transpose([0, 1, 2, 4, 3]);
  const edges = tf.mul(tf.expandDims(weights, 3), spread).reshape([batch, channels, n * size, n]);
  return tf.matMul(edges, terms).reshape([batch, channels, n, size * d]);
}
