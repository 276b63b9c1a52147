import type { InputScaling, InputsWithVariances } from '../gram/input.js';
import type { Tile } from '../gram/tiles.js';
import type { NetworkSpec } from '../network/kernel.js';

/** `webassembly`: the bits of one thread. `onnxruntime`: faster on wide vectors, other roundings. */
export type Products = 'webassembly' | 'onnxruntime';

/** A kernel matrix to compute; inputs and matrices are shared, not copied, between threads. */
export interface GramJob {
  readonly spec: NetworkSpec;
  readonly X: Float64Array<SharedArrayBuffer>;
  readonly n: number;
  readonly d: number;
  readonly inputScaling: InputScaling;
  /** Of networks on vectors: X as scaled and checked once, for all threads. */
  readonly scaled: InputsWithVariances | null;
  /** Who multiplies the rows of networks on vectors. */
  readonly products: Products;
  /** The whole matrices that tiles are placed in; null: tiles are sent back. */
  readonly target: SharedMatrices | null;
}

/** The NNGP and the NTK in shared memory. */
export interface SharedMatrices {
  readonly nngp: Float64Array<SharedArrayBuffer>;
  readonly ntk: Float64Array<SharedArrayBuffer>;
}

/** A computed tile that is sent back, row-major; entries below the diagonal are arbitrary. */
export interface SentTile {
  readonly tile: Tile;
  readonly nngp: Float64Array<ArrayBuffer>;
  readonly ntk: Float64Array<ArrayBuffer>;
}

/** To a worker: prepare a job, or compute one of its tiles. */
export type Request = { readonly job: GramJob } | { readonly tile: Tile };

/** From a worker: the job is prepared, a tile is placed, or here it is, or what went wrong. */
export type Reply =
  | { readonly prepared: true }
  | { readonly placed: Tile }
  | SentTile
  | { readonly error: string };
