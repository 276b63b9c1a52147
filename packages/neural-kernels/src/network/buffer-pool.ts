import type { Lanes } from '../simd/lanes.js';

/**
 * Work arrays to use again. A pair of images takes dozens of short arrays; fresh ones are cold
 * memory each time, which costs more than the arithmetic.
 */
export class BufferPool {
  readonly #free = new Map<number, Float64Array[]>();
  readonly #lanes: Lanes | null;

  /** @param lanes where arrays lie while there is room. */
  constructor(lanes: Lanes | null = null) {
    this.#lanes = lanes;
  }

  /** An array of the given length with arbitrary contents. */
  take(length: number): Float64Array {
    return this.#free.get(length)?.pop() ?? this.#lanes?.take(length) ?? new Float64Array(length);
  }

  /** Hands an array back; its owner must not use it again. */
  give(array: Float64Array): void {
    const free = this.#free.get(array.length);
    if (free) free.push(array);
    else this.#free.set(array.length, [array]);
  }

  /** A copy in an array of this pool. */
  copy(array: Float64Array): Float64Array {
    const copy = this.take(array.length);
    copy.set(array);
    return copy;
  }
}
