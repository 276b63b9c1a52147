/** Memory of WebAssembly with the functions that work on it, two float64 lanes at a time. */
import { laneConstants, laneModule, type LaneFunctions } from './functions.js';

/** The parts of the WebAssembly API that are used; the core package assumes no host's types. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: unknown };
}

const owners = new WeakMap<ArrayBufferLike, Lanes>();

/** The lanes whose memory an array lies in, if any. */
export const lanesOf = (array: Float64Array): Lanes | undefined => owners.get(array.buffer);

/** Float64s at the beginning that hold constants, a whole number of cache lines. */
const reserved = 8 * Math.ceil(laneConstants.length / 8);

/** One memory of fixed size, handed out from its beginning. */
export class Lanes {
  readonly functions: LaneFunctions;
  readonly #buffer: ArrayBuffer;
  #used = reserved;

  constructor(buffer: ArrayBuffer, functions: LaneFunctions) {
    this.#buffer = buffer;
    new Float64Array(buffer).set(laneConstants);
    this.functions = functions;
    owners.set(buffer, this);
  }

  get capacity(): number {
    return this.#buffer.byteLength / 8 - reserved;
  }

  /**
   * An array with arbitrary contents, or null if the memory is used up. Functions may read and
   * write one entry past an odd length.
   */
  take(length: number): Float64Array<ArrayBuffer> | null {
    const padded = length + (length % 2);
    if (this.#used + padded > reserved + this.capacity) return null;
    const array = new Float64Array(this.#buffer, 8 * this.#used, length);
    this.#used += padded;
    return array;
  }

  /** Takes all arrays back. */
  reset(): void {
    this.#used = reserved;
  }

  owns(array: Float64Array): boolean {
    return array.buffer === this.#buffer;
  }
}

let compiled: object | null | undefined;

/** The module, once; null where the host has no WebAssembly with SIMD. */
function compile(api: WebAssemblyApi | undefined): object | null {
  if (compiled !== undefined) return compiled;
  const bytes = laneModule();
  compiled = api?.validate(bytes) ? new api.Module(bytes) : null;
  return compiled;
}

/**
 * Lanes with room for `length` float64s.
 *
 * @returns null where the host has no WebAssembly with SIMD, or not that much memory.
 */
export function makeLanes(length: number): Lanes | null {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi };
  const module = compile(api);
  const pages = Math.ceil((8 * (length + reserved)) / 65536);
  if (!api || !module || pages > 65535) return null;
  const memory = new api.Memory({ initial: pages });
  const { exports } = new api.Instance(module, { env: { memory } });
  return new Lanes(memory.buffer, exports as LaneFunctions);
}

/** Lanes to use again: hosts reserve gigabytes of addresses for each memory. */
export class LaneArena {
  #current: Lanes | null = null;

  /** Lanes with at least `length` free float64s; whoever reserved before loses them. */
  reserve(length: number): Lanes | null {
    if (!this.#current || this.#current.capacity < length) this.#current = makeLanes(length);
    this.#current?.reset();
    return this.#current;
  }
}
