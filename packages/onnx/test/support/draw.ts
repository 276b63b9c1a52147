/** Random operands for kernel cases, drawn with fast-check so that one seed fixes them all. */
import fc from 'fast-check';
import type { Operand } from './runtime.js';

export type Dtype = 'float32' | 'int32' | 'bool';

export class Draw {
  readonly #g: fc.GeneratorValue;

  constructor(g: fc.GeneratorValue) {
    this.#g = g;
  }

  /** An integer from min … max. */
  integer(min: number, max: number): number {
    return this.#g(fc.integer, { min, max });
  }

  bool(): boolean {
    return this.integer(0, 1) === 1;
  }

  pick<T>(options: readonly T[]): T {
    return options[this.integer(0, options.length - 1)]!;
  }

  /** An extent: mostly 1 … 4, and 0 in one of twelve draws. */
  extent(): number {
    return this.pick([0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5]);
  }

  shape(minRank: number, maxRank: number, extent = () => this.extent()): number[] {
    return Array.from({ length: this.integer(minRank, maxRank) }, extent);
  }

  /** A shape without an extent of 0. */
  solid(minRank: number, maxRank: number): number[] {
    return this.shape(minRank, maxRank, () => this.integer(1, 4));
  }

  /** Two shapes that broadcast against each other. */
  broadcastable(maxRank = 4, extent = () => this.extent()): [number[], number[]] {
    const full = this.shape(0, maxRank, extent);
    const part = () => {
      const shape = full.map((extent) => (this.integer(0, 3) === 0 ? 1 : extent));
      return shape.slice(this.integer(0, 2) === 0 ? this.integer(0, shape.length) : 0);
    };
    return [part(), part()];
  }

  /** An axis of a tensor of some rank, counted from the front or the back. */
  axis(rank: number): number {
    return this.integer(-rank, rank - 1);
  }

  /** Some different axes, in any order. */
  axes(rank: number): number[] {
    const chosen = this.permutation(rank).slice(0, this.integer(0, rank));
    return chosen.map((axis) => (this.bool() ? axis : axis - rank));
  }

  permutation(length: number): number[] {
    const order = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** Uniform floats, multiples of 2⁻¹⁰ of the interval, so that ties and exact zeros are rare. */
  floats(shape: readonly number[], min = -2, max = 2): Operand {
    const seed = this.integer(1, 2 ** 30);
    const random = lehmer(seed);
    const data = Float32Array.from({ length: sizeOf(shape) }, () => min + (max - min) * random());
    return { data, shape, dtype: 'float32' };
  }

  /** Floats, no −0, with many equal ones among them, which comparisons and maxima have to get right. */
  ties(shape: readonly number[]): Operand {
    const { data } = this.floats(shape, -2.5, 2.5);
    return { data: (data as Float32Array).map((x) => Math.round(x) + 0), shape, dtype: 'float32' };
  }

  ints(shape: readonly number[], min = -5, max = 5): Operand {
    const { data } = this.floats(shape, min, max + 1);
    return { data: Int32Array.from(data as Float32Array, Math.floor), shape, dtype: 'int32' };
  }

  bools(shape: readonly number[]): Operand {
    return {
      data: Uint8Array.from(this.ints(shape, 0, 1).data as Int32Array),
      shape,
      dtype: 'bool',
    };
  }

  /** Elements of any dtype. */
  any(shape: readonly number[], dtypes: readonly Dtype[] = ['float32', 'int32', 'bool']): Operand {
    const dtype = this.pick(dtypes);
    if (dtype === 'float32') return this.floats(shape);
    return dtype === 'int32' ? this.ints(shape) : this.bools(shape);
  }
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The minimal standard generator of Lehmer, Park and Miller: numbers in (0, 1). */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Calls `make` with `count` different sources of random operands. */
export const sample = <T>(make: (draw: Draw) => T, count: number, seed = 7): T[] =>
  fc.sample(fc.gen(), { numRuns: count, seed }).map((g) => make(new Draw(g)));
