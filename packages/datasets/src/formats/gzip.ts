/**
 * Gzip by pako: synchronous, in Node and in browsers alike, and with the checksum verified, which
 * lighter libraries leave out.
 */
import { Inflate } from 'pako';
import { DatasetError } from '../errors.js';

/** The most bytes a compressed file may unpack to: a few kilobytes can claim terabytes. */
const maxUnpackedBytes = 2 ** 31;

/** Whether `bytes` start with gzip's magic number. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Unpacks gzipped bytes and passes any others through. Throws `DatasetError` on damaged ones. */
export function gunzipIfNeeded(bytes: Uint8Array, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  const inflate = new LimitedInflate(where);
  if (!inflate.push(bytes, true)) {
    throw new DatasetError({
      where,
      expected: 'a complete gzip stream',
      found: inflate.err === -5 ? 'one that ends early' : `damaged data (${inflate.msg})`,
      remedy: 'Download or copy the file again.',
    });
  }
  return inflate.result;
}

class LimitedInflate extends Inflate {
  readonly #where: string;
  #total = 0;

  constructor(where: string) {
    super({ chunkSize: 1 << 18 });
    this.#where = where;
  }

  override onData(chunk: Uint8Array<ArrayBuffer>): void {
    this.#total += chunk.length;
    if (this.#total > maxUnpackedBytes) {
      throw new DatasetError({
        where: this.#where,
        expected: `at most ${maxUnpackedBytes} bytes after unpacking`,
        found: 'more',
        remedy: 'Check that this is the right file.',
      });
    }
    super.onData(chunk);
  }
}
