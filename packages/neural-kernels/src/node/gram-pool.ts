/// <reference types="node" />
/** Kernel matrices on several threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { requireInteger } from '../checks.js';
import {
  largestProductTile,
  largestTile,
  tiling,
  type KernelMatrices,
  type Tile,
} from '../gram/tiles.js';
import type { GramOptions, NetworkSpec } from '../network/kernel.js';
import { scaleVectors } from '../network/vector-network.js';
import type { GramJob, Products, Reply, Request, SentTile, SharedMatrices } from './protocol.js';

export interface ParallelOptions extends GramOptions {
  /** Called after each tile with the share of work that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Stops the computation; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Of a whole matrix. */
export interface PoolGramOptions extends ParallelOptions {
  /**
   * Matrices of an earlier call, to be overwritten: new ones cost the system as much as computing
   * them costs us. Default: new ones.
   */
  readonly into?: KernelMatrices;
}

/** How a pool computes. */
export interface GramPoolOptions {
  /**
   * Who multiplies the rows of networks on vectors. `webassembly` (default) gives the bits of one
   * thread. `onnxruntime` takes the wide vectors of the machine through the optional package
   * onnxruntime-node, three to four times as fast: entries differ by rounding, and those of a repeated
   * input by √ε from its diagonal.
   */
  readonly products?: Products;
}

/** A computed tile; of one on the diagonal, entries below it are arbitrary. */
export type FinishedTile = SentTile;

/** Threads that wait for kernel matrices to compute; one matrix at a time. */
export interface GramPool {
  readonly threads: number;
  /**
   * The same numbers as `kernel.gram`, bit for bit unless products come from `onnxruntime`, tiles
   * being computed on all threads. The matrices
   * lie in shared memory, which no browser or `structuredClone` transfers.
   *
   * @throws RangeError (rejects) on what `kernel.gram` refuses, and on an `into` that does not fit.
   */
  gram(
    kernel: { readonly spec: NetworkSpec },
    X: ArrayLike<number>,
    n: number,
    d: number,
    options?: PoolGramOptions,
  ): Promise<KernelMatrices>;
  /** Computes chosen tiles and hands each over as it is finished. */
  tiles(
    kernel: { readonly spec: NetworkSpec },
    X: ArrayLike<number>,
    n: number,
    d: number,
    tiles: readonly Tile[],
    onTile: (tile: FinishedTile) => void | Promise<void>,
    options?: ParallelOptions,
  ): Promise<void>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts worker threads.
 *
 * @param threads default: as many as the machine has cores.
 */
export function createGramPool(
  threads = availableParallelism(),
  { products = 'webassembly' }: GramPoolOptions = {},
): GramPool {
  requireInteger('threads', threads);
  if (products !== 'webassembly' && products !== 'onnxruntime') {
    throw new RangeError(`products: expected webassembly or onnxruntime, got ${String(products)}.`);
  }
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('worker.js', import.meta.url)),
  );
  // A pool that nobody waits for must not keep the process alive.
  for (const worker of workers) worker.unref();
  /** Gives the tiles to the threads; `done` is called after each. */
  const distribute = async (
    job: GramJob,
    list: readonly Tile[],
    onTile: (reply: TileReply) => void | Promise<void>,
    { onProgress, signal }: ParallelOptions,
  ) => {
    const queue = [...list].reverse();
    let done = 0;
    const finished = async (reply: TileReply) => {
      await onTile(reply);
      onProgress?.(++done / list.length);
    };
    const served = workers.map((worker) => serve(worker, job, queue, finished, signal));
    // All settled: no late reply may reach the next matrix.
    const failed = (await Promise.allSettled(served)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  };
  const inputs = new SharedRoom();
  return {
    threads,
    tiles: async ({ spec }, X, n, d, list, onTile, options = {}) =>
      distribute(
        shareJob({ spec, n, d, products, target: null }, X, options, inputs),
        list,
        (reply) => onTile(reply as SentTile),
        options,
      ),
    async gram({ spec }, X, n, d, options = {}) {
      const target = options.into
        ? requireShared(options.into, n)
        : { nngp: sharedNumbers(n * n), ntk: sharedNumbers(n * n) };
      const shape = { rows: n, columns: n, symmetric: true };
      // Of one size whatever the threads: products in other tiles could round otherwise.
      const size =
        products === 'onnxruntime' && onVectors(spec) ? largestProductTile : tileSize(n, threads);
      const job = shareJob({ spec, n, d, products, target }, X, options, inputs);
      await distribute(job, tiling(shape, size), () => {}, options);
      return target;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** {@link GramPool.gram} on threads that are started for it and ended after it. */
export async function parallelGram(
  kernel: { readonly spec: NetworkSpec },
  X: ArrayLike<number>,
  n: number,
  d: number,
  { threads, ...options }: ParallelOptions & { readonly threads?: number } = {},
): Promise<KernelMatrices> {
  const pool = createGramPool(threads);
  try {
    return await pool.gram(kernel, X, n, d, options);
  } finally {
    await pool.close();
  }
}

/** Small enough that every thread gets several tiles, so that none waits long for the last. */
export function tileSize(n: number, threads: number): number {
  const rows = Math.ceil(n / (4 * threads));
  // Products come in blocks of four rows.
  return Math.min(largestTile, 4 * Math.ceil(rows / 4));
}

type TileReply = Extract<Reply, { tile: Tile } | { placed: Tile }>;

const onVectors = ({ grid, positions }: NetworkSpec): boolean => grid.length === 0 && !positions;

const sharedNumbers = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));

/** Shared memory for the inputs of one matrix after the other. */
class SharedRoom {
  #room = sharedNumbers(0);

  /** So many numbers, until the next call. */
  take(length: number): Float64Array<SharedArrayBuffer> {
    if (this.#room.length < length) this.#room = sharedNumbers(length);
    return this.#room.subarray(0, length);
  }
}

/** @throws RangeError unless both are n × n in shared memory. */
function requireShared({ nngp, ntk }: KernelMatrices, n: number): SharedMatrices {
  for (const { buffer, length } of [nngp, ntk]) {
    if (!(buffer instanceof SharedArrayBuffer) || length !== n * n) {
      throw new RangeError(`into: expected matrices of an earlier gram of ${n} inputs.`);
    }
  }
  return { nngp, ntk } as SharedMatrices;
}

/** @throws RangeError on inputs of vectors that `scaleInputs` refuses; of images, workers say so. */
function shareJob(
  job: Omit<GramJob, 'X' | 'inputScaling' | 'scaled'>,
  X: ArrayLike<number>,
  { inputScaling = 'dimension' }: GramOptions,
  room: SharedRoom,
): GramJob {
  const shared = room.take(X.length);
  if (!onVectors(job.spec)) {
    shared.set(X);
    return { ...job, X: shared, inputScaling, scaled: null };
  }
  const scaled = scaleVectors(X, job.n, job.d, inputScaling, shared);
  return { ...job, X: shared, inputScaling, scaled };
}

/** Gives one worker tiles until the queue is empty, something fails, or the signal is aborted. */
function serve(
  worker: Worker,
  job: GramJob,
  queue: Tile[],
  onTile: (reply: TileReply) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const send = (request: Request) => worker.postMessage(request, []);
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', fail);
      worker.unref();
      finish();
    };
    const fail = (error: unknown) => {
      queue.length = 0;
      settle(() => reject(error));
    };
    const next = () => {
      if (signal?.aborted) return fail(signal.reason);
      const tile = queue.pop();
      if (tile) send({ tile });
      else settle(resolve);
    };
    const onMessage = (reply: Reply) => {
      if ('error' in reply) fail(new RangeError(reply.error));
      else if ('prepared' in reply) next();
      else onTile(reply).then(next, fail);
    };
    worker.ref();
    worker.on('message', onMessage);
    worker.on('error', fail);
    send({ job });
  });
}
