import type * as tf from '@tensorflow/tfjs';
import { TypedLayer } from '../field/typedLayer.js';
import { GivenValues } from '../init/givenValues.js';
import type { Block } from './intertwinerBlock.js';

/** The coefficients of one block and the basis they belong to. */
export interface WeightPair {
  /** [rank, columns], trainable. */
  readonly coefficients: tf.LayerVariable;
  /** [rank, entries], fixed; saved along, so that a loaded model needs no group. */
  readonly basis: tf.LayerVariable;
}

/** @internal A layer whose weights are coefficients of bases of intertwiners. */
export abstract class BasisLayer extends TypedLayer {
  /** The weights of a block, by the names of its coefficients and its basis; null if it is empty. */
  protected addPair(
    names: readonly [string, string],
    { rank, basis }: Block,
    start: Float32Array,
  ): WeightPair | null {
    if (rank === 0) return null;
    const weight = (name: string, values: Float32Array, trainable: boolean) => {
      const shape = [rank, values.length / rank];
      const initializer = new GivenValues(values);
      return this.addWeight(name, shape, 'float32', initializer, undefined, trainable);
    };
    return {
      coefficients: weight(names[0], start, true),
      basis: weight(names[1], Float32Array.from(basis), false),
    };
  }
}

/** T·x for the columns of x, a [rank, columns] array. */
export function mix(mixer: Float64Array, x: Float32Array, rank: number): Float32Array {
  const columns = x.length / rank;
  return x.map((_, at) => {
    let sum = 0;
    const [row, column] = [Math.floor(at / columns), at % columns];
    for (let k = 0; k < rank; k++) sum += mixer[row * rank + k] * x[k * columns + column];
    return sum;
  });
}
