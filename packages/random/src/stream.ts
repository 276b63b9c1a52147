/**
 * Random streams: one seed fixes a whole run, and every part of a run draws from a stream of its
 * own, named by a path (`random(seed, 'stage1', 'noise')`). A part that draws more or less than
 * before therefore never shifts the numbers of another part.
 *
 * The generator is xoroshiro128+ from pure-rand; here are only seeding, distributions and state.
 */
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { streamWords } from './seed.js';

/** Everything needed to continue a stream: JSON-serialisable. */
export interface RandomState {
  /** The four 32-bit words of xoroshiro128+. */
  readonly words: readonly number[];
  /** The second variate of the last Box–Muller pair, if it has not been handed out. */
  readonly spareNormal: number | null;
}

/** A seeded stream of random numbers. The same seed and path give the same numbers everywhere. */
export interface RandomStream {
  /** An integer, uniform on [0, 2³²). */
  uint32(): number;
  /** A float64, uniform on [0, 1), with 53 random bits. */
  uniform(): number;
  /** An integer, uniform on [0, n) without modulo bias. Throws `RangeError` unless 1 ≤ n ≤ 2³². */
  integer(n: number): number;
  /** A standard normal variate (Box–Muller). */
  normal(): number;
  /** Fills `out` with independent N(0, `scale`²) variates and returns it; `scale` defaults to 1. */
  fillNormal<T extends Float32Array | Float64Array>(out: T, scale?: number): T;
  /** A uniform random permutation of 0 … n−1 (Fisher–Yates). */
  permutation(n: number): Uint32Array;
  /** The present state, to be passed to {@link resumeRandom}. */
  state(): RandomState;
}

class XoroshiroStream implements RandomStream {
  readonly #generator: JumpableRandomGenerator;
  #spareNormal: number | null;

  constructor(state: RandomState) {
    this.#generator = xoroshiro128plusFromState(state.words);
    this.#spareNormal = state.spareNormal;
  }

  uint32(): number {
    return this.#generator.next() >>> 0;
  }

  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new RangeError(`integer(n): expected an integer n from 1 to 2^32, got ${n}.`);
    }
    // Rejecting the last, incomplete run of n values leaves every remainder equally likely.
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const draw = this.uint32();
      if (draw < limit) return draw % n;
    }
  }

  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    // 1 − u lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  fillNormal<T extends Float32Array | Float64Array>(out: T, scale = 1): T {
    for (let i = 0; i < out.length; i++) out[i] = scale * this.normal();
    return out;
  }

  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }

  state(): RandomState {
    return { words: this.#generator.getState(), spareNormal: this.#spareNormal };
  }
}

/**
 * Starts the stream that belongs to a seed and a path.
 *
 * @param seed an integer with |seed| ≤ 2⁵³ − 1.
 * @param path names or numbers of the part of the run that draws; different paths are independent.
 * @throws RangeError if the seed is not a safe integer.
 */
export function random(seed: number, ...path: readonly (string | number)[]): RandomStream {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`random(seed): expected an integer seed, got ${seed}.`);
  }
  return new XoroshiroStream({ words: streamWords(seed, path), spareNormal: null });
}

/** Continues a stream from a state that {@link RandomStream.state} returned. */
export function resumeRandom(state: RandomState): RandomStream {
  return new XoroshiroStream(state);
}
