/**
 * The same maps as {@link Coupling} in the other order: right features couple the left ones as they
 * are, out = Σ_paths W_path·B_path(x ⊗ a), and channels are mixed last. All paths of all outputs are
 * then one small product per sample, and no gradient of the weights goes through the coupling.
 */
import * as tf from '@tensorflow/tfjs';
import type { Coupling } from './coupling.js';

/** Left terms of one multiplicity, whose channels are coupled together. */
interface TermGroup {
  readonly terms: readonly number[];
  /** Rows Σ_i dim ρ_i of their features together. */
  readonly size: number;
  /** Coupled rows of every output term, dim τ_k · paths. */
  readonly rows: readonly number[];
  /** Where the entries of the coupling matrices [Σ_k rows, size] are among the columns of all tables. */
  readonly index: Int32Array;
}

/** A small product per sample takes as long on ONNX Runtime as an elementwise operator on so many numbers. */
const numbersPerProduct = 500;

export class CoupledFirst {
  readonly #coupling: Coupling;
  readonly #groups: readonly TermGroup[];

  constructor(coupling: Coupling) {
    this.#coupling = coupling;
    const { terms } = coupling.types.left;
    const widths = [...new Set(terms.map(({ multiplicity }) => multiplicity))];
    this.#groups = widths
      .map((width) => terms.flatMap(({ multiplicity }, i) => (multiplicity === width ? [i] : [])))
      .map((group) => termGroup(coupling, group));
  }

  /**
   * Whether this order takes less time for each sample than mixing channels first: both compute their
   * matrices and the coupled or mixed features, by one product here and one for every output term
   * there.
   */
  get isCheaper(): boolean {
    const { left, out } = this.#coupling.types;
    let [here, there] = [this.#groups.length * numbersPerProduct, 0];
    for (const { index } of this.#groups) here += index.length;
    out.terms.forEach((to, k) => {
      there += numbersPerProduct;
      left.terms.forEach((from, i) => {
        const paths = this.#coupling.paths(k, i);
        here += paths * to.dimension * from.multiplicity;
        there += paths * from.dimension * (to.multiplicity + to.dimension);
      });
    });
    return here <= there;
  }

  /**
   * The output terms [N, dim τ_k, C_k] of left terms [N, dim ρ_i, C_i] and right features
   * [N, right.size].
   */
  apply(
    terms: readonly tf.Tensor[],
    kernels: readonly (tf.Tensor | null)[],
    right: tf.Tensor2D,
    tables: readonly (tf.Tensor | null)[],
  ): tf.Tensor[] {
    const { out } = this.#coupling.types;
    const zero = tf.zeros([right.shape[1], 1]);
    const columns = tf.concat([...tables.filter((table) => table !== null), zero], 1);
    const outputs: (tf.Tensor | null)[] = out.terms.map(() => null);
    for (const group of this.#groups) {
      if (group.index.length === 0) continue;
      const table = tf.gather(columns, tf.tensor1d(group.index, 'int32'), 1);
      const matrices = tf.matMul(right, table as tf.Tensor2D);
      const shape = [right.shape[0], group.index.length / group.size, group.size];
      const coupled = tf.matMul(matrices.reshape(shape), join(group.terms.map((i) => terms[i])));
      let begin = 0;
      group.rows.forEach((rows, k) => {
        if (rows === 0) return;
        const part = tf.slice(coupled, [0, begin, 0], [-1, rows, -1]);
        begin += rows;
        const mixer = this.#mixer(k, group, kernels);
        const mixed = tf.matMul(part.reshape([-1, mixer.shape[1]!]), mixer, false, true);
        const before = outputs[k];
        outputs[k] = before ? tf.add(before, mixed) : mixed;
      });
    }
    return outputs.map((y, k) => {
      const { dimension, multiplicity } = out.terms[k];
      const shape = [right.shape[0], dimension, multiplicity];
      return y ? y.reshape(shape) : tf.zeros(shape);
    });
  }

  /** The weights from the group's paths and channels to output term k, [C_k, paths · C]. */
  #mixer(k: number, { terms }: TermGroup, kernels: readonly (tf.Tensor | null)[]): tf.Tensor2D {
    const coupling = this.#coupling;
    const width = coupling.types.out.terms[k].multiplicity;
    const parts = terms.flatMap((i) => {
      const paths = coupling.paths(k, i);
      if (paths === 0) return [];
      const kernel = kernels[i]!;
      const [channels] = kernel.shape;
      const own = tf.slice(kernel, [0, coupling.begin(k, i)], [-1, paths * width]);
      const moved = own.reshape([channels!, paths, width]).transpose([2, 1, 0]);
      return [moved.reshape([width, paths * channels!])];
    });
    return join(parts) as tf.Tensor2D;
  }
}

function termGroup(coupling: Coupling, terms: readonly number[]): TermGroup {
  const { left, out } = coupling.types;
  const dimensions = terms.map((i) => left.terms[i].dimension);
  const index: number[] = [];
  const rows: number[] = [];
  const nowhere = out.terms.reduce(
    (sum, { dimension }, k) => sum + dimension * coupling.rows(k),
    0,
  );
  let table = 0;
  out.terms.forEach(({ dimension }, k) => {
    rows.push(dimension * terms.reduce((sum, i) => sum + coupling.paths(k, i), 0));
    for (let o = 0; o < dimension; o++) {
      for (const i of terms) {
        const paths = coupling.paths(k, i);
        const first = table + o * coupling.rows(k) + coupling.beginRow(k, i);
        for (let p = 0; p < paths; p++) {
          terms.forEach((from, t) => {
            for (let m = 0; m < dimensions[t]; m++) {
              index.push(from === i ? first + m * paths + p : nowhere);
            }
          });
        }
      }
    }
    table += dimension * coupling.rows(k);
  });
  const size = dimensions.reduce((a, b) => a + b, 0);
  return { terms, size, rows, index: Int32Array.from(index) };
}

const join = (parts: tf.Tensor[]): tf.Tensor =>
  parts.length === 1 ? parts[0] : tf.concat(parts, 1);
