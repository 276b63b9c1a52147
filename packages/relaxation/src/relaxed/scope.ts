import * as tf from '@tensorflow/tfjs';
import { RelaxationError } from '../errors.js';
import { stopGradient } from '../structure/stopGradient.js';
import type { RelaxedLayer } from './relaxedLayer.js';

/** One θ for all relaxed layers, or one for each. */
export type Thetas = tf.Scalar | number | readonly (tf.Scalar | number)[];

/** That a relaxed layer was applied. */
export interface RelaxedCall {
  readonly layer: RelaxedLayer;
  /** The layer's first input, as a constant; kept until `run` ends. */
  readonly x: tf.Tensor;
  /** What its relaxed linear map made of it, W included; likewise. */
  readonly map: tf.Tensor;
  /** The θ it was applied with. */
  readonly theta: tf.Scalar | number;
}

/**
 * From where relaxed layers take θ: whatever is applied within `run` has that θ, be it a number, a
 * variable or a traced input; outside of it θ is 0 and the layers are strictly equivariant.
 */
export class RelaxationScope {
  readonly #layers: RelaxedLayer[] = [];
  #thetas: Thetas = 0;
  #calls: RelaxedCall[] | null = null;

  /** The layers that take θ from here, in the order in which they were relaxed. */
  get layers(): readonly RelaxedLayer[] {
    return this.#layers;
  }

  /** @internal */
  add(layer: RelaxedLayer): void {
    this.#layers.push(layer);
  }

  /** The present θ of a layer. */
  thetaOf(layer: RelaxedLayer): tf.Scalar | number {
    if (!isList(this.#thetas)) return this.#thetas;
    return this.#thetas[this.#layers.indexOf(layer)];
  }

  /** @internal */
  record(layer: RelaxedLayer, x: tf.Tensor, map: tf.Tensor, theta: tf.Scalar | number): void {
    if (!this.#calls) return;
    const [input, output] = [x, map].map((tensor) => tf.keep(stopGradient(tensor)));
    this.#calls.push({ layer, x: input, map: output, theta });
  }

  /**
   * Applies relaxed layers with θ.
   *
   * @param apply applies them.
   * @param use sees what `apply` returned, and every application of a relaxed layer in it, in order;
   *   default: the former is returned.
   * @throws RelaxationError if a list of θ has not one for each layer.
   */
  run<T, U = T>(
    thetas: Thetas,
    apply: () => T,
    use: (result: T, calls: readonly RelaxedCall[]) => U = (result) => result as unknown as U,
  ): U {
    this.#check(thetas);
    const before = [this.#thetas, this.#calls] as const;
    const calls: RelaxedCall[] = [];
    [this.#thetas, this.#calls] = [thetas, calls];
    try {
      const result = apply();
      return use(result, calls);
    } finally {
      [this.#thetas, this.#calls] = before;
      tf.dispose(calls.flatMap(({ x, map }) => [x, map]));
    }
  }

  #check(thetas: Thetas): void {
    if (!isList(thetas) || thetas.length === this.#layers.length) return;
    throw new RelaxationError(
      'RelaxationScope.run',
      `expected one θ, or ${this.#layers.length}: one for each relaxed layer; got ${thetas.length}.`,
    );
  }
}

const isList = (thetas: Thetas): thetas is readonly (tf.Scalar | number)[] => Array.isArray(thetas);
