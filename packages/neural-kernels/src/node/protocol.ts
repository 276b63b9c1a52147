import type { InputScaling } from '../gram/input.js';
import type { Tile } from '../gram/tiles.js';
import type { NetworkSpec } from '../network/kernel.js';

/** A kernel matrix to compute; the inputs are shared, not copied, between threads. */
export interface GramJob {
  readonly spec: NetworkSpec;
  readonly X: Float64Array<SharedArrayBuffer>;
  readonly n: number;
  readonly d: number;
  readonly inputScaling: InputScaling;
}

/** To a worker: prepare a job, or compute one of its tiles. */
export type Request = { readonly job: GramJob } | { readonly tile: Tile };

/** From a worker: the job is prepared, or a tile of j1 − j0 columns, or what went wrong. */
export type Reply =
  | { readonly prepared: true }
  | {
      readonly tile: Tile;
      readonly nngp: Float64Array<ArrayBuffer>;
      readonly ntk: Float64Array<ArrayBuffer>;
    }
  | { readonly error: string };
