import { ConfigError } from '../run/errors.js';
import type { InputSource } from './inputSource.js';

/** Samples of the user's own, one row each. */
export interface Rows {
  /** What reports call them. */
  readonly name: string;
  /** [count, width], row-major. */
  readonly values: Float32Array;
  readonly width: number;
}

/**
 * Random rows of the user's data.
 *
 * @throws ConfigError if there is a value that is not finite.
 */
export function dataRows(rows: Rows): InputSource {
  checkRows(rows);
  const { name, values, width } = rows;
  const count = values.length / width;
  return {
    name,
    width,
    fill(stream, out) {
      for (let at = 0; at < out.length; at += width) {
        const row = stream.integer(count);
        out.set(values.subarray(row * width, (row + 1) * width), at);
      }
    },
  };
}

/** @throws ConfigError if there is no row, or a value that is not finite. */
export function checkRows({ name, values, width }: Rows): void {
  if (values.length < width) throw new ConfigError(`The data '${name}' hold no sample.`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new ConfigError(
    `The data '${name}' have ${values[bad]} in sample ${Math.floor(bad / width)}, entry ` +
      `${bad % width} (counted from 0). Remove or replace such samples.`,
  );
}

/** The rows, each shifted and scaled to mean 0 and variance 1, as networks here see images. */
export function standardisedRows(rows: Rows): Rows {
  const { width } = rows;
  const values = Float32Array.from(rows.values);
  for (let at = 0; at < values.length; at += width) {
    const row = values.subarray(at, at + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    row.forEach((value, i) => (row[i] = (value - mean) / Math.sqrt(variance + 1e-5)));
  }
  return { ...rows, values };
}
