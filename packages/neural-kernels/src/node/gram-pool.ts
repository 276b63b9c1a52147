/// <reference types="node" />
/** Kernel matrices on several threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { requireInteger } from '../checks.js';
import { placeTile, tiling, type KernelMatrices, type Tile } from '../gram/tiles.js';
import type { GramOptions, NetworkSpec } from '../network/kernel.js';
import type { GramJob, Reply, Request } from './protocol.js';

export interface ParallelOptions extends GramOptions {
  /** Called after each tile with the share of work that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Stops the computation; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A computed tile; entries below the diagonal are left out. */
export type FinishedTile = Extract<Reply, { tile: Tile }>;

/** Threads that wait for kernel matrices to compute; one matrix at a time. */
export interface GramPool {
  readonly threads: number;
  /**
   * The same numbers as `kernel.gram`, bit for bit, tiles being computed on all threads.
   *
   * @throws RangeError (rejects) on what `kernel.gram` refuses.
   */
  gram(
    kernel: { readonly spec: NetworkSpec },
    X: ArrayLike<number>,
    n: number,
    d: number,
    options?: ParallelOptions,
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
export function createGramPool(threads = availableParallelism()): GramPool {
  requireInteger('threads', threads);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('worker.js', import.meta.url)),
  );
  // A pool that nobody waits for must not keep the process alive.
  for (const worker of workers) worker.unref();
  const tiles: GramPool['tiles'] = async (kernel, X, n, d, list, onTile, options = {}) => {
    const job = shareJob(kernel.spec, X, n, d, options);
    const queue = [...list].reverse();
    let done = 0;
    const finished = async (tile: FinishedTile) => {
      await onTile(tile);
      options.onProgress?.(++done / list.length);
    };
    const served = workers.map((worker) => serve(worker, job, queue, finished, options.signal));
    // All settled: no late reply may reach the next matrix.
    const failed = (await Promise.allSettled(served)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  };
  return {
    threads,
    tiles,
    async gram(kernel, X, n, d, options) {
      const shape = { rows: n, columns: n, symmetric: true };
      const matrices = { nngp: new Float64Array(n * n), ntk: new Float64Array(n * n) };
      await tiles(
        kernel,
        X,
        n,
        d,
        tiling(shape, tileSize(n, threads)),
        ({ tile, nngp, ntk }) => {
          placeTile(shape, tile, nngp, matrices.nngp);
          placeTile(shape, tile, ntk, matrices.ntk);
        },
        options,
      );
      return matrices;
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
  return Math.max(1, Math.min(128, Math.ceil(n / (4 * threads))));
}

function shareJob(
  spec: NetworkSpec,
  X: ArrayLike<number>,
  n: number,
  d: number,
  { inputScaling = 'dimension' }: GramOptions,
): GramJob {
  const shared = new Float64Array(new SharedArrayBuffer(8 * X.length));
  shared.set(X);
  return { spec, X: shared, n, d, inputScaling };
}

/** Gives one worker tiles until the queue is empty, something fails, or the signal is aborted. */
function serve(
  worker: Worker,
  job: GramJob,
  queue: Tile[],
  onTile: (tile: FinishedTile) => Promise<void>,
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
