/** What a network is to learn about digits that a group moves. */
import { gridAction, type FiniteGroup } from '@intertwiner/groups';

/** `symmetry`: moving a digit keeps its label. `breaking`: it changes the label. */
export type TaskName = 'symmetry' | 'breaking';

/** Grey images of one size, flattened, with labels. */
export interface ImageSet {
  /** Shape [count, size²], values from 0 to 1. */
  readonly images: Float32Array;
  readonly labels: Uint8Array;
  readonly size: number;
}

export const classes = 10;

/** A task on moved digits: which movements are trained on, and what label a moved digit has. */
export interface Task {
  readonly name: TaskName;
  readonly group: FiniteGroup;
  /** The elements that move test digits, each as likely as another; the identity first. */
  readonly moves: readonly number[];
  /** The elements that move training digits. */
  readonly trainElements: readonly number[];
  /** The label of g·x for a digit x of label y. */
  label(y: number, element: number): number;
  /** The pixel permutation of an element on the task's images: (g·x)[p] = x[permutation[p]]. */
  permutation(element: number): Int32Array;
  /**
   * The best accuracy on moved digits that a strictly invariant network can have, every move being
   * equally likely: it gives all of an orbit one label.
   */
  readonly invariantCap: number;
}

/**
 * The two tasks of the paper for a group. Symmetry: trained on digits as they are, tested on moved
 * ones. Breaking: trained and tested on moved ones, whose label is (y + k) mod 10 for move number k
 * (the identity is 0 and keeps it); the paper's own rule is not known, this one is ours.
 *
 * Rotations and reflections move by all of their elements. Shifts of T(h, w) move by up to 25 % of
 * the image: in the symmetry task by every such shift, in the breaking task by a quarter or nothing
 * along each axis, nine in all, so that every move has a label of its own.
 */
export function makeTask(name: TaskName, group: FiniteGroup, size: number): Task {
  const action = gridAction(group, { height: size, width: size });
  const tables = new Map<number, Int32Array>();
  const breaks = name === 'breaking';
  const moves = movesOf(group, size, breaks);
  const places = new Map(moves.map((element, k) => [element, k]));
  const label = (y: number, element: number) =>
    breaks ? (y + (places.get(element) ?? 0)) % classes : y;
  return {
    name,
    group,
    moves,
    trainElements: breaks ? moves : [0],
    label,
    permutation(element) {
      const table = tables.get(element) ?? action.permutation(element);
      tables.set(element, table);
      return table;
    },
    invariantCap: largestShare(moves.map((element) => label(0, element))),
  };
}

function movesOf(group: FiniteGroup, size: number, breaks: boolean): readonly number[] {
  const torus = /^T\((\d+),(\d+)\)$/.exec(group.name);
  if (!torus) return group.elements;
  const [height, width] = [Number(torus[1]), Number(torus[2])];
  const rows = shiftsAlong(height, size, breaks);
  const columns = shiftsAlong(width, size, breaks);
  return rows.flatMap((row) => columns.map((column) => row * width + column));
}

/** The steps of a cyclic group of the given order that move by at most a quarter; 0 first. */
function shiftsAlong(order: number, size: number, breaks: boolean): number[] {
  const reach = Math.floor(size / 4 / (size / order));
  const steps = Array.from({ length: reach }, (_, i) => i + 1);
  const chosen = breaks ? steps.slice(-1) : steps;
  return [0, ...chosen, ...chosen.map((step) => order - step)];
}

function largestShare(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
}

/** Writes image number `index` of a set, moved by an element, into `out`. */
export function moveImage(
  { images, size }: ImageSet,
  index: number,
  permutation: Int32Array,
  out: Float32Array,
): void {
  const offset = index * size * size;
  for (let p = 0; p < permutation.length; p++) out[p] = images[offset + permutation[p]!]!;
}
