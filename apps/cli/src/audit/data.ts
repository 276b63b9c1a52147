/** The user's own samples: digits in a folder, or an array in a file. */
import { statSync } from 'node:fs';
import { averagePool } from '@intertwiner/datasets';
import { loadDigits, readNpyFile } from '@intertwiner/datasets/node';
import { UsageError } from '../io/errors.js';
import { imageLayout } from './imageLayout.js';
import type { Part } from './feeds.js';

export interface Samples {
  readonly name: string;
  readonly data: Float32Array;
  readonly count: number;
}

/**
 * The first samples for an input.
 *
 * @param path a folder of IDX files with digits, whose values become 0 to 1, or an NPY file with an
 *   array [N, …] that is taken as it is.
 * @throws UsageError if they do not fit the input.
 */
export const loadSamples = (path: string, part: Part, limit: number): Promise<Samples> =>
  statSync(path).isDirectory() ? digits(path, part, limit) : array(path, part, limit);

async function array(path: string, part: Part, limit: number): Promise<Samples> {
  const { data, shape } = await readNpyFile(path);
  const count = Math.min(limit, shape[0] ?? 0);
  const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
  if (size !== part.size || count === 0) {
    throw new UsageError(
      `${path} holds an array [${shape.join(', ')}], and the input '${part.name}' takes ` +
        `[N, ${part.shape.join(', ')}].`,
    );
  }
  return { name: part.name, data: Float32Array.from(data.subarray(0, count * size)), count };
}

async function digits(folder: string, part: Part, limit: number): Promise<Samples> {
  const { height, width, channels, shape } = imageLayout(part.name, part.shape);
  const all = await loadDigits(folder);
  const factor = all.height / height;
  if (channels !== 1 || all.width / width !== factor || !Number.isInteger(factor)) {
    throw new UsageError(
      `Digits of ${all.height}×${all.width} pixels do not fit the input '${part.name}' of shape ` +
        `[B, ${shape.join(', ')}]. Leave --data out to measure on noise.`,
    );
  }
  const { images } = factor === 1 ? all : averagePool(all, factor);
  const count = Math.min(limit, all.count);
  const data = Float32Array.from(images.subarray(0, count * part.size), (value) => value / 255);
  return { name: part.name, data, count };
}
