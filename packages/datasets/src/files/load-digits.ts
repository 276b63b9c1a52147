import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digits } from '../digits/digits.js';
import { DatasetError } from '../errors.js';
import { gunzipIfNeeded } from '../formats/gzip.js';
import { readIdx } from '../formats/idx.js';
import { mnistFiles, type MnistPart } from './mnist-files.js';
import { readBytes } from './read.js';

/** Which files of a folder to read. */
export interface LoadDigitsOptions {
  /** `'t10k'`, `'train'`, or `'all'` (default): every part that is there, training part first. */
  readonly part?: MnistPart | 'all';
}

interface LoadedPart extends Digits<Uint8Array> {
  readonly part: MnistPart;
  /** Whether both files are MNIST's own, by their SHA-256. */
  readonly genuine: boolean;
}

/**
 * Loads digits from a folder with MNIST's file names: `t10k-images-idx3-ubyte`,
 * `t10k-labels-idx1-ubyte` and the same with `train-`, gzipped or not.
 *
 * The name tells what the data are: `'MNIST-10k'` is the genuine 10,000-image test part alone,
 * `'MNIST-60k'` the training part alone, `'MNIST'` both; anything else is `'IDX digits'`.
 *
 * @throws DatasetError if a file is missing or damaged, or the counts of a part's two files differ.
 */
export async function loadDigits(
  folder: string,
  { part = 'all' }: LoadDigitsOptions = {},
): Promise<Digits<Uint8Array>> {
  const names = await listFolder(folder);
  const wanted: MnistPart[] = part === 'all' ? ['train', 't10k'] : [part];
  const present = wanted.filter((p) => names.some((name) => partPattern(p).test(name)));
  if (present.length === 0) {
    throw new DatasetError({
      where: folder,
      expected: wanted
        .map((p) => `${p}-images-idx3-ubyte and ${p}-labels-idx1-ubyte`)
        .join(', or '),
      found: names.length === 0 ? 'an empty folder' : `${names.length} other files`,
      remedy: 'Name a folder with MNIST files, or fetch them with `intertwiner data fetch mnist`.',
    });
  }
  const parts = [];
  for (const p of present) parts.push(await loadPart(folder, names, p));
  return joinParts(parts);
}

function joinParts(parts: readonly LoadedPart[]): Digits<Uint8Array> {
  const [first] = parts as [LoadedPart];
  for (const part of parts) checkSameSize(first, part);
  return {
    name: nameOf(parts),
    source: parts.map(({ source }) => source).join('; '),
    images: concatenate(parts.map(({ images }) => images)),
    labels: concatenate(parts.map(({ labels }) => labels)),
    count: parts.reduce((sum, { count }) => sum + count, 0),
    height: first.height,
    width: first.width,
  };
}

async function loadPart(
  folder: string,
  names: readonly string[],
  part: MnistPart,
): Promise<LoadedPart> {
  const images = await loadFile(folder, names, part, 'images');
  const labels = await loadFile(folder, names, part, 'labels');
  const [count, height, width] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw new DatasetError({
      where: `${images.path} and ${labels.path}`,
      expected: 'as many labels as images',
      found: `${count} images and ${labels.shape[0]} labels`,
      remedy: 'Use two files that belong together.',
    });
  }
  return {
    name: part,
    part,
    source: `${images.path}, ${labels.path}`,
    genuine: images.genuine && labels.genuine,
    images: images.data,
    labels: labels.data,
    count,
    height,
    width,
  };
}

async function loadFile(
  folder: string,
  names: readonly string[],
  part: MnistPart,
  content: 'images' | 'labels',
) {
  const name = names.find((candidate) => filePattern(part, content).test(candidate));
  const file = mnistFiles.find((known) => known.part === part && known.content === content)!;
  if (name === undefined) {
    throw new DatasetError({
      where: folder,
      expected: `${file.fileName.replace('.gz', '')} (or .gz) beside the other file of its part`,
      found: 'no such file',
      remedy: 'Copy it there, or fetch it with `intertwiner data fetch mnist`.',
    });
  }
  const path = join(folder, name);
  const bytes = gunzipIfNeeded(await readBytes(path), path);
  const genuine = createHash('sha256').update(bytes).digest('hex') === file.unpackedSha256;
  const rank = content === 'images' ? 3 : 1;
  return { ...readIdx(bytes, { name: path, dtype: 'uint8', rank }), path, genuine };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new DatasetError(
      {
        where: folder,
        expected: 'a folder with MNIST files',
        found: (error as NodeJS.ErrnoException).code ?? String(error),
        remedy: 'Check the path, or fetch the files with `intertwiner data fetch mnist`.',
      },
      { cause: error },
    );
  }
}

function nameOf(parts: readonly LoadedPart[]): string {
  if (!parts.every(({ genuine }) => genuine)) return 'IDX digits';
  if (parts.length === 2) return 'MNIST';
  return parts[0]!.part === 't10k' ? 'MNIST-10k' : 'MNIST-60k';
}

function checkSameSize(first: LoadedPart, part: LoadedPart): void {
  if (part.height === first.height && part.width === first.width) return;
  throw new DatasetError({
    where: part.source,
    expected: `images of ${first.height} × ${first.width} as in ${first.source}`,
    found: `${part.height} × ${part.width}`,
    remedy: 'Load the parts one by one with the option `part`.',
  });
}

function filePattern(part: MnistPart, content: 'images' | 'labels'): RegExp {
  return new RegExp(`^${part}-${content}[-.]idx[13]-ubyte(\\.gz)?$`, 'i');
}

function partPattern(part: MnistPart): RegExp {
  return new RegExp(`^${part}-(images|labels)[-.]idx[13]-ubyte(\\.gz)?$`, 'i');
}

function concatenate(arrays: readonly Uint8Array[]): Uint8Array {
  if (arrays.length === 1) return arrays[0]!;
  const out = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}
