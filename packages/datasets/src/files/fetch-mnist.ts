import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../errors.js';
import { mnistFiles, type MnistFile, type MnistPart } from './mnist-files.js';

/** Public mirrors of the unchanged MNIST files, in the order in which they are tried. */
export const mnistMirrors: readonly string[] = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
];

/** How far the download of one file has come. */
export interface FetchProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface FetchMnistOptions {
  /** Where the files go; made if missing. */
  readonly folder: string;
  /** Which parts; default both. */
  readonly parts?: readonly MnistPart[];
  /** Base addresses that end in a slash; default {@link mnistMirrors}. */
  readonly mirrors?: readonly string[];
  /** The files to fetch; default MNIST's four. */
  readonly files?: readonly MnistFile[];
  /** Gives up on a mirror that sends nothing for so long; default 30,000 ms. */
  readonly stallTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
}

/** What became of one file. */
export interface FetchedFile {
  readonly path: string;
  readonly sha256: string;
  readonly state: 'already there' | 'fetched';
}

/**
 * Downloads MNIST's gzipped IDX files into a folder and verifies the SHA-256 of each. A file that
 * is there and right is left alone. A download grows under the name `*.part`, is continued after
 * an interruption, and takes its final name only once its checksum is right.
 *
 * @throws DatasetError if no mirror delivered a right file; its message lists each one's failure.
 */
export async function fetchMnist(options: FetchMnistOptions): Promise<FetchedFile[]> {
  const { folder, parts = ['train', 't10k'], files = mnistFiles } = options;
  await mkdir(folder, { recursive: true });
  const fetched: FetchedFile[] = [];
  for (const file of files.filter(({ part }) => parts.includes(part))) {
    const path = join(folder, file.fileName);
    const present = (await sha256OfFile(path)) === file.sha256;
    if (!present) await fetchFromMirrors(file, path, options);
    fetched.push({ path, sha256: file.sha256, state: present ? 'already there' : 'fetched' });
  }
  return fetched;
}

async function fetchFromMirrors(
  file: MnistFile,
  path: string,
  options: FetchMnistOptions,
): Promise<void> {
  const failures: string[] = [];
  for (const mirror of options.mirrors ?? mnistMirrors) {
    options.signal?.throwIfAborted();
    try {
      await download(new URL(file.fileName, mirror), file, `${path}.part`, options);
      await rename(`${path}.part`, path);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`${new URL(mirror).host}: ${reason(error)}`);
    }
  }
  throw new DatasetError({
    where: file.fileName,
    expected: 'one of the mirrors to deliver it',
    found: failures.join('; ') || 'no mirror to ask',
    remedy:
      'Check the network and run the same command again (it goes on where it stopped), ' +
      `or copy the file to ${path} yourself.`,
  });
}

/** Appends what is missing to `part`; removes it if the whole has the wrong checksum. */
async function download(
  url: URL,
  file: MnistFile,
  part: string,
  options: FetchMnistOptions,
): Promise<void> {
  const have = await sizeOf(part);
  if (have < file.bytes) await appendFrom(url, file, part, have, options);
  const found = await sha256OfFile(part);
  if (found === file.sha256) return;
  await rm(part, { force: true });
  throw new Error(`SHA-256 is ${found}, not ${file.sha256}`);
}

async function appendFrom(
  url: URL,
  file: MnistFile,
  part: string,
  have: number,
  { stallTimeoutMs = 30_000, signal, onProgress }: FetchMnistOptions,
): Promise<void> {
  const stall = new StallTimer(stallTimeoutMs, signal);
  try {
    const range = have > 0 ? { headers: { range: `bytes=${have}-` } } : {};
    const response = await fetch(url, { signal: stall.signal, ...range });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    // A server that ignores the range sends the whole file with status 200.
    const continued = response.status === 206;
    let receivedBytes = continued ? have : 0;
    const target = await open(part, continued ? 'a' : 'w');
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        stall.restart();
        receivedBytes += chunk.length;
        if (receivedBytes > file.bytes) break;
        await target.write(chunk);
        onProgress?.({ file: file.fileName, receivedBytes, totalBytes: file.bytes });
      }
    } finally {
      await target.close();
    }
    checkReceived(receivedBytes, file.bytes);
  } finally {
    stall.stop();
  }
}

function checkReceived(received: number, expected: number): void {
  if (received < expected) throw new Error(`ended after ${received} of ${expected} bytes`);
}

/** Aborts when nothing arrives for `ms`, or when the caller's own signal does. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;
  readonly signal: AbortSignal;

  constructor(ms: number, outer?: AbortSignal) {
    this.#ms = ms;
    const own = this.#controller.signal;
    this.signal = outer === undefined ? own : AbortSignal.any([own, outer]);
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    const error = new Error(`nothing received for ${this.#ms} ms`);
    this.#timer = setTimeout(() => this.#controller.abort(error), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The SHA-256 of a file in hex, or null if it cannot be read. */
async function sha256OfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch {
    return null;
  }
  return hash.digest('hex');
}

/** The innermost cause: `fetch failed` alone says nothing. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || (code ?? error.name);
}
