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
  /** The elements that move training digits. */
  readonly trainElements: readonly number[];
  /** The label of g·x for a digit x of label y. */
  label(y: number, element: number): number;
  /** The pixel permutation of an element on the task's images: (g·x)[p] = x[permutation[p]]. */
  permutation(element: number): Int32Array;
  /**
   * The best accuracy on moved digits that a strictly invariant network can have, every element
   * being equally likely: it gives all of an orbit one label.
   */
  readonly invariantCap: number;
}

/**
 * The two tasks of the paper for a group. Symmetry: trained on digits as they are, tested on moved
 * ones. Breaking: trained and tested on moved ones, whose label is (y + k) mod 10 for element number
 * k (the identity is 0 and keeps it); the paper's own rule is not known, this one is ours.
 */
export function makeTask(name: TaskName, group: FiniteGroup, size: number): Task {
  const action = gridAction(group, { height: size, width: size });
  const tables = group.elements.map((element) => action.permutation(element));
  const breaks = name === 'breaking';
  const label = (y: number, element: number) => (breaks ? (y + element) % classes : y);
  return {
    name,
    group,
    trainElements: breaks ? group.elements : [0],
    label,
    permutation: (element) => tables[element]!,
    invariantCap: largestShare(group.elements.map((element) => label(0, element))),
  };
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
