import type { PermutationGroup } from './group.js';
import { largePermutationGroup } from './permutation-group.js';
import { identityPermutation } from './permutations.js';

/**
 * The quarter turns of the six faces as cycles of the 48 movable facelets, numbered from 1 face by
 * face (up, left, front, right, back, down), row by row, centres left out.
 */
const turns: Record<string, readonly (readonly number[])[]> = {
  U: [
    [1, 3, 8, 6],
    [2, 5, 7, 4],
    [9, 33, 25, 17],
    [10, 34, 26, 18],
    [11, 35, 27, 19],
  ],
  L: [
    [9, 11, 16, 14],
    [10, 13, 15, 12],
    [1, 17, 41, 40],
    [4, 20, 44, 37],
    [6, 22, 46, 35],
  ],
  F: [
    [17, 19, 24, 22],
    [18, 21, 23, 20],
    [6, 25, 43, 16],
    [7, 28, 42, 13],
    [8, 30, 41, 11],
  ],
  R: [
    [25, 27, 32, 30],
    [26, 29, 31, 28],
    [3, 38, 43, 19],
    [5, 36, 45, 21],
    [8, 33, 48, 24],
  ],
  B: [
    [33, 35, 40, 38],
    [34, 37, 39, 36],
    [3, 9, 46, 32],
    [2, 12, 47, 29],
    [1, 14, 48, 27],
  ],
  D: [
    [41, 43, 48, 46],
    [42, 45, 47, 44],
    [14, 22, 30, 38],
    [15, 23, 31, 39],
    [16, 24, 32, 40],
  ],
};

/** The group of Rubik's cube on its 48 facelets, of order 43,252,003,274,489,856,000. */
export function rubikGroup(): PermutationGroup {
  const generators = Object.values(turns).map((cycles) => {
    const image = identityPermutation(48);
    for (const cycle of cycles) {
      cycle.forEach((point, i) => (image[point - 1] = cycle[(i + 1) % cycle.length] - 1));
    }
    return image;
  });
  return largePermutationGroup('Rubik', generators, 48);
}
