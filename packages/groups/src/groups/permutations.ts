/** Permutations of 0 … n − 1 as `Int32Array`s of images, composed right to left. */

export function identityPermutation(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

/** The permutation i → a(b(i)). */
export function composePermutations(a: ArrayLike<number>, b: ArrayLike<number>): Int32Array {
  const out = new Int32Array(b.length);
  for (let i = 0; i < b.length; i++) out[i] = a[b[i]];
  return out;
}

export function invertPermutation(a: ArrayLike<number>): Int32Array {
  const out = new Int32Array(a.length);
  for (let i = 0; i < a.length; i++) out[a[i]] = i;
  return out;
}

export function isIdentityPermutation(a: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== i) return false;
  return true;
}

/** The cycles of length > 1, each starting with its least point, points counted from 0. */
export function cyclesOf(a: ArrayLike<number>): number[][] {
  const seen = new Uint8Array(a.length);
  const cycles: number[][] = [];
  for (let start = 0; start < a.length; start++) {
    const cycle: number[] = [];
    for (let i = start; !seen[i]; i = a[i]) {
      seen[i] = 1;
      cycle.push(i);
    }
    if (cycle.length > 1) cycles.push(cycle);
  }
  return cycles;
}

/** Cycle notation with points counted from 1, as in `(1 2 3)(4 5)`; `e` for the identity. */
export function cycleNotation(a: ArrayLike<number>): string {
  const cycles = cyclesOf(a);
  if (cycles.length === 0) return 'e';
  return cycles.map((cycle) => `(${cycle.map((i) => i + 1).join(' ')})`).join('');
}

export function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** The lexicographic rank of a permutation among the n! of its length. */
export function rankPermutation(a: ArrayLike<number>): number {
  let rank = 0;
  for (let i = 0; i < a.length; i++) {
    let smaller = 0;
    for (let j = i + 1; j < a.length; j++) if (a[j] < a[i]) smaller++;
    rank = rank * (a.length - i) + smaller;
  }
  return rank;
}

/** The permutation of a lexicographic rank. */
export function unrankPermutation(rank: number, n: number): Int32Array {
  const out = new Int32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    const radix = n - i;
    out[i] = rank % radix;
    rank = Math.floor(rank / radix);
    for (let j = i + 1; j < n; j++) if (out[j] >= out[i]) out[j]++;
  }
  return out;
}

export function isEvenPermutation(a: ArrayLike<number>): boolean {
  return cyclesOf(a).reduce((even, cycle) => (cycle.length % 2 === 0 ? !even : even), true);
}

/** Throws `RangeError` unless `a` lists each of 0 … length − 1 once. */
export function checkPermutation(a: ArrayLike<number>, what: string): void {
  const seen = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const image = a[i];
    if (!Number.isInteger(image) || image < 0 || image >= a.length || seen[image]) {
      throw new RangeError(
        `${what} is not a permutation of 0 … ${a.length - 1}: entry ${i} is ${image}` +
          `${seen[image] ? ', which occurs twice' : ''}.`,
      );
    }
    seen[image] = 1;
  }
}
