/**
 * Meshes in the folders of ModelNet (Wu et al., 3D ShapeNets, 2015): CLASS/train/*.off and
 * CLASS/test/*.off.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from '@intertwiner/random';
import { DatasetError } from '../errors.js';
import { readOff } from '../formats/off.js';
import { sampleMesh } from '../shapes/mesh.js';
import type { PointClouds } from '../shapes/point-clouds.js';
import { drawRotation, rotatePoints, type Pose } from '../shapes/rotation.js';
import { centreAndScale } from '../shapes/unit-ball.js';
import { readBytes } from './read.js';

export interface LoadModelNetOptions {
  /** Decides which meshes are taken, where points fall on them, and how they are turned; default 0. */
  readonly seed?: number;
  /** Points per cloud; default 300. */
  readonly points?: number;
  /** Default `'so3'`. */
  readonly rotation?: Pose;
  /** At most so many meshes of each part; default all. Fewer are drawn by the seed. */
  readonly limits?: Readonly<Partial<Record<Part, number>>>;
}

const parts = ['train', 'test'] as const;
type Part = (typeof parts)[number];

/** A mesh that was found. */
interface Item {
  /** From the folder on: class, part and file. */
  readonly path: readonly [string, Part, string];
  readonly label: number;
}

/**
 * Draws points on meshes, uniformly by area, from a folder such as ModelNet40's or ModelNet10's, or a
 * selection of their classes: `CLASS/train/*.off` and `CLASS/test/*.off`. Classes are sorted by name.
 * Each cloud is centred, scaled into the unit ball, and turned; it depends on the seed and the path of
 * its mesh only. The order is shuffled by the seed.
 *
 * @throws DatasetError if the folder has another layout, a file is no OFF file ({@link readOff}), or a
 *   surface has no area.
 * @throws RangeError unless `points` is an integer ≥ 2.
 */
export async function loadModelNet(
  folder: string,
  options: LoadModelNetOptions = {},
): Promise<Record<Part, PointClouds>> {
  const { points = 300 } = options;
  if (!Number.isInteger(points) || points < 2) {
    throw new RangeError(`loadModelNet: expected at least 2 points, got ${points}.`);
  }
  const classes = await listClasses(folder);
  const [train, test] = [
    await loadPart(folder, classes, 'train', options),
    await loadPart(folder, classes, 'test', options),
  ];
  return { train, test };
}

async function loadPart(
  folder: string,
  classes: readonly string[],
  part: Part,
  { seed = 0, points: size = 300, rotation = 'so3', limits = {} }: LoadModelNetOptions,
): Promise<PointClouds> {
  const items = drawn(await listItems(folder, classes, part), seed, part, limits[part]);
  const count = items.length;
  const points = new Float32Array(count * size * 3);
  const rotations = new Float64Array(count * 9);
  for (const [i, { path }] of items.entries()) {
    const stream = random(seed, 'modelnet', ...path);
    const cloud = await loadCloud(join(folder, ...path), size, stream);
    const matrix = drawRotation(rotation, stream);
    rotatePoints(cloud, matrix);
    points.set(cloud, i * size * 3);
    rotations.set(matrix, i * 9);
  }
  return {
    name: folder,
    source: `${folder}, ${part}, seed ${seed}`,
    ...{ count, size, points, classes, rotations },
    labels: Uint8Array.from(items, ({ label }) => label),
  };
}

function drawn(
  items: readonly Item[],
  seed: number,
  part: Part,
  limit = items.length,
): readonly Item[] {
  const order = random(seed, 'modelnet', 'order', part).permutation(items.length);
  return Array.from(order.subarray(0, limit), (i) => items[i]!);
}

async function loadCloud(
  path: string,
  size: number,
  stream: ReturnType<typeof random>,
): Promise<Float64Array> {
  const mesh = readOff(await readBytes(path), { name: path });
  let cloud: Float64Array;
  try {
    cloud = sampleMesh(mesh, size, stream);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DatasetError(
      {
        where: path,
        expected: 'a surface with an area',
        found: `${mesh.triangles.length / 3} triangles whose area is 0 or too large for a number`,
        remedy: 'Correct the file, or take it out of the folder.',
      },
      { cause: error },
    );
  }
  centreAndScale(cloud);
  return cloud;
}

const layout = 'Name the folder that holds one folder for each class, with train/ and test/ in it.';

/** Labels are bytes. */
const mostClasses = 256;

async function listClasses(folder: string): Promise<string[]> {
  const classes = (await list(folder)).filter(({ isFile }) => !isFile).map(({ name }) => name);
  if (classes.length > 0 && classes.length <= mostClasses) return classes;
  throw new DatasetError({
    where: folder,
    expected: `1 to ${mostClasses} folders CLASS with CLASS/train/*.off and CLASS/test/*.off`,
    found: `${classes.length} folders`,
    remedy: layout,
  });
}

async function listItems(folder: string, classes: readonly string[], part: Part): Promise<Item[]> {
  const found = await Promise.all(classes.map((name) => listMeshes(folder, name, part)));
  return found.flatMap((files, label) =>
    files.map((file) => ({ path: [classes[label]!, part, file] as const, label })),
  );
}

async function listMeshes(folder: string, name: string, part: Part): Promise<string[]> {
  const own = join(folder, name, part);
  const files = await list(own);
  const meshes = files.map((file) => file.name).filter((file) => /\.off$/i.test(file));
  if (meshes.length > 0) return meshes;
  throw new DatasetError({
    where: own,
    expected: `meshes of class '${name}' in files *.off`,
    found: files.length === 0 ? 'an empty folder' : `${files.length} other files`,
    remedy: 'Put them there, or take the folder of the class away.',
  });
}

/** Sorted by name, without what systems hide there. */
async function list(folder: string): Promise<{ name: string; isFile: boolean }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ name: entry.name, isFile: entry.isFile() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new DatasetError(
      {
        where: folder,
        expected: 'a folder of the layout CLASS/train/*.off and CLASS/test/*.off',
        found: (error as NodeJS.ErrnoException).code ?? String(error),
        remedy: `Check the path. ${layout}`,
      },
      { cause: error },
    );
  }
}
