import type { FiniteGroup } from './group.js';

/** Every element a ≠ 1 as generators[letter[a]] · rest[a], words as short as possible. */
export interface WordTree {
  readonly letter: Int32Array;
  readonly rest: Int32Array;
}

const known = new WeakMap<FiniteGroup, WordTree>();

/** The breadth-first tree of words in the generators. */
export function wordTree(group: FiniteGroup): WordTree {
  const found = known.get(group);
  if (found) return found;
  const letter = new Int32Array(group.order).fill(-1);
  const rest = new Int32Array(group.order);
  const queue = [0];
  for (const a of queue) {
    group.generators.forEach((g, i) => {
      const next = group.multiply(g, a);
      if (next === 0 || letter[next] >= 0) return;
      letter[next] = i;
      rest[next] = a;
      queue.push(next);
    });
  }
  const tree = { letter, rest };
  known.set(group, tree);
  return tree;
}
