/// <reference types="node" />
/**
 * Kernel matrices too large for memory: tiles are written to disk as they are finished, and a run
 * that was interrupted goes on where it stopped.
 *
 * A directory holds `nngp.f64` and `ntk.f64` (row-major float64, little-endian), `gram.json` (what
 * they are of) and `done.log` (one line per finished tile).
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { requireInteger } from '../checks.js';
import { tiling, type Tile } from '../gram/tiles.js';
import type { NetworkSpec } from '../network/kernel.js';
import { createGramPool, type FinishedTile, type ParallelOptions } from './gram-pool.js';

const kinds = ['nngp', 'ntk'] as const;
const tileRows = 128;

/** What a directory holds, and how much of it. */
export interface GramFile {
  readonly directory: string;
  readonly n: number;
  /** Tiles computed by this call; the others were there already. */
  readonly computed: number;
  readonly tiles: number;
}

/**
 * Computes a kernel matrix into a directory, or completes the one that is there.
 *
 * @param directory made if it does not exist.
 * @throws RangeError (rejects) if the directory holds another kernel or other inputs.
 */
export async function streamGram(
  kernel: { readonly spec: NetworkSpec },
  X: ArrayLike<number>,
  n: number,
  d: number,
  directory: string,
  options: ParallelOptions & { readonly threads?: number } = {},
): Promise<GramFile> {
  await mkdir(directory, { recursive: true });
  await claim(directory, fingerprint(kernel.spec, X, n, d, options));
  const all = tiling({ rows: n, columns: n, symmetric: true }, tileRows);
  const done = await finishedTiles(directory, all);
  await writeFile(join(directory, 'done.log'), [...done].map((name) => `${name}\n`).join(''));
  const missing = all.filter((tile) => !done.has(tileName(tile)));
  const files = await Promise.all(kinds.map((kind) => open(join(directory, `${kind}.f64`), 'a+')));
  await Promise.all(files.map((file) => file.close()));
  const [nngp, ntk] = await Promise.all(
    kinds.map((kind) => open(join(directory, `${kind}.f64`), 'r+')),
  );
  const log = await open(join(directory, 'done.log'), 'a');
  const pool = createGramPool(options.threads);
  try {
    const write = async (finished: FinishedTile) => {
      await writeTile(nngp, finished.tile, finished.nngp, n);
      await writeTile(ntk, finished.tile, finished.ntk, n);
      await log.write(`${tileName(finished.tile)}\n`);
    };
    if (missing.length > 0) await pool.tiles(kernel, X, n, d, missing, write, options);
  } finally {
    await Promise.all([pool.close(), nngp.close(), ntk.close(), log.close()]);
  }
  return { directory, n, computed: missing.length, tiles: all.length };
}

/**
 * Rows from … to−1 of a finished matrix.
 *
 * @throws RangeError (rejects) if the rows do not exist or the matrix is not finished.
 */
export async function readGramRows(
  directory: string,
  kind: 'nngp' | 'ntk',
  from: number,
  to: number,
): Promise<Float64Array> {
  const { n } = JSON.parse(await readFile(join(directory, 'gram.json'), 'utf8')) as { n: number };
  requireInteger('from', from, 0);
  requireInteger('to', to, from);
  if (to > n) throw new RangeError(`to: ${directory} holds ${n} rows, ${to} are asked for.`);
  const all = tiling({ rows: n, columns: n, symmetric: true }, tileRows);
  const done = await finishedTiles(directory, all);
  if (done.size < all.length) {
    throw new RangeError(
      `${directory}: ${done.size} of ${all.length} tiles are there; stream again.`,
    );
  }
  const rows = new Float64Array((to - from) * n);
  const file = await open(join(directory, `${kind}.f64`), 'r');
  try {
    await file.read(Buffer.from(rows.buffer), 0, rows.byteLength, from * n * 8);
  } finally {
    await file.close();
  }
  return rows;
}

/** Writes a tile to its place and, mirrored, to the other side of the diagonal. */
async function writeTile(
  file: FileHandle,
  { i0, i1, j0, j1 }: Tile,
  values: Float64Array,
  n: number,
): Promise<void> {
  const [rows, width] = [i1 - i0, j1 - j0];
  const full = (i: number, j: number) =>
    i0 === j0 && j < i ? values[j * width + i] : values[i * width + j];
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from({ length: width }, (_, j) => full(i, j));
    await file.write(Buffer.from(row.buffer), 0, row.byteLength, ((i0 + i) * n + j0) * 8);
  }
  if (i0 === j0) return;
  for (let j = 0; j < width; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => full(i, j));
    await file.write(Buffer.from(column.buffer), 0, column.byteLength, ((j0 + j) * n + i0) * 8);
  }
}

/** Writes what the directory is of, or checks that it is of the same. */
async function claim(directory: string, content: string): Promise<void> {
  const path = join(directory, 'gram.json');
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) await writeFile(path, content);
  else if (found !== content) {
    throw new RangeError(
      `${directory} holds the matrix of another kernel or of other inputs; choose another directory.`,
    );
  }
}

function fingerprint(
  spec: NetworkSpec,
  X: ArrayLike<number>,
  n: number,
  d: number,
  { inputScaling = 'dimension' }: ParallelOptions,
): string {
  const inputs = createHash('sha256').update(new Uint8Array(new Float64Array(X).buffer));
  return `${JSON.stringify({ n, d, inputScaling, inputs: inputs.digest('hex'), spec }, null, 2)}\n`;
}

/** Tiles named in the log. Its last line, if an interruption cut it short, does not count. */
async function finishedTiles(directory: string, all: readonly Tile[]): Promise<Set<string>> {
  const log = await readFile(join(directory, 'done.log'), 'utf8').catch(() => '');
  const known = new Set(all.map(tileName));
  return new Set(
    log
      .split('\n')
      .slice(0, -1)
      .filter((name) => known.has(name)),
  );
}

function tileName({ i0, j0 }: Tile): string {
  return `${i0} ${j0}`;
}
