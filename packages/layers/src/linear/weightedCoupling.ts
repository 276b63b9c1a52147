/** The weights of a {@link Coupling} in a layer: kernels of its left terms, tables, biases. */
import * as tf from '@tensorflow/tfjs';
import { CoupledFirst } from './coupledFirst.js';
import { couple, type Coupling } from './coupling.js';

/** Adds a weight with given start values to a layer. */
export type AddWeight = (
  name: string,
  shape: number[],
  values: Float32Array,
  trainable: boolean,
) => tf.LayerVariable;

export interface CouplingStart {
  /** Prefix of the weights' names. */
  readonly prefix: string;
  /** Variance of the output for white inputs. */
  readonly gain: number;
  readonly seed: number;
  /** Names the stream of random numbers. */
  readonly path: string;
  /** How often each left term is met, each time with a kernel of its own; default once. */
  readonly copies?: readonly number[];
  /** A bias on the trivial terms of the output. */
  readonly useBias: boolean;
}

/** A coupling with weights of its own. */
export class WeightedCoupling {
  readonly coupling: Coupling;
  readonly #first: CoupledFirst;
  /** [copy][left term]; null where a term reaches no output. */
  readonly #kernels: (tf.LayerVariable | null)[][];
  readonly #tables: (tf.LayerVariable | null)[];
  readonly #biases: (tf.LayerVariable | null)[];

  /**
   * Weights: `kernel_i` (`copyc_kernel_i` for copy c > 0) [C_i, Σ_k paths·C_k], fixed `coupling_k`
   * [right.size, dim τ_k·rows], `bias_k` [C_k].
   */
  constructor(coupling: Coupling, add: AddWeight, start: CouplingStart) {
    this.coupling = coupling;
    this.#first = new CoupledFirst(coupling);
    const { left, right, out } = coupling.types;
    const { prefix, gain, seed, path, useBias } = start;
    const copies = left.terms.map((_, i) => start.copies?.[i] ?? 1);
    this.#kernels = Array.from({ length: Math.max(...copies) }, (_, copy) => {
      // Not kernel_i_1: tfjs names a second variable kernel_i so.
      const name = (i: number) => `${prefix}${copy === 0 ? '' : `copy${copy}_`}kernel_${i}`;
      const stream = copy === 0 ? path : `${path}/${copy}`;
      const values = coupling.startKernels(gain, seed, stream, copies);
      return left.terms.map(({ multiplicity }, i) => {
        const columns = coupling.columns(i);
        if (columns === 0 || copy >= copies[i]) return null;
        return add(name(i), [multiplicity, columns], values[i], true);
      });
    });
    this.#tables = out.terms.map(({ dimension }, k) => {
      const shape = [right.size, dimension * coupling.rows(k)];
      return shape[1] === 0 ? null : add(`${prefix}coupling_${k}`, shape, coupling.table(k), false);
    });
    this.#biases = out.terms.map(({ action, multiplicity }, k) =>
      useBias && action === 'trivial'
        ? add(`${prefix}bias_${k}`, [multiplicity], new Float32Array(multiplicity), true)
        : null,
    );
  }

  /** {@link Coupling.mix} with the kernels of a copy. */
  mix(terms: readonly (tf.Tensor | null)[], copy = 0): (tf.Tensor | null)[] {
    return this.coupling.mix(terms, readAll(this.#kernels[copy]));
  }

  /** The output terms [N, dim τ_k, C_k] from mixed features and right features [N, right.size]. */
  couple(mixed: readonly (tf.Tensor | null)[], right: tf.Tensor2D): tf.Tensor[] {
    return this.#withBiases(couple(this.coupling, mixed, right, readAll(this.#tables)));
  }

  /** The output terms of left terms [N, dim ρ_i, C_i] and right features, in the cheaper order. */
  apply(terms: readonly tf.Tensor[], right: tf.Tensor2D): tf.Tensor[] {
    if (!this.#first.isCheaper) return this.couple(this.mix(terms), right);
    const kernels = readAll(this.#kernels[0]);
    return this.#withBiases(this.#first.apply(terms, kernels, right, readAll(this.#tables)));
  }

  #withBiases(terms: readonly tf.Tensor[]): tf.Tensor[] {
    return terms.map((y, k) => {
      const bias = this.#biases[k];
      return bias ? tf.add(y, bias.read()) : y;
    });
  }
}

const readAll = (weights: readonly (tf.LayerVariable | null)[]): (tf.Tensor | null)[] =>
  weights.map((weight) => weight?.read() ?? null);
