/** Finite groups from generators whose products can be computed and told apart. */
import { GeneratorError } from './errors.js';
import { makeFiniteGroup } from './finite-group.js';
import type { DefiningAction, FiniteGroup, GroupStructure } from './group.js';
import { remembering } from './multiplication.js';

interface Closable<T> {
  readonly name: string;
  readonly identity: T;
  readonly generators: readonly T[];
  multiply(a: T, b: T): T;
  /** Equal for equal elements only. */
  key(a: T): string;
  defining(elements: readonly T[]): DefiningAction;
  /** Default: a word in the generators a, b, c, …. */
  elementName?(element: T): string;
  readonly structure?: GroupStructure;
}

/** The most elements that are listed before generators are taken not to close. */
const largestClosure = 200_000;

/** Lists the elements breadth first, so that they are numbered by word length; the identity is 0. */
export function closureGroup<T>(parts: Closable<T>): FiniteGroup {
  const { elements, words, left } = close(parts);
  const order = elements.length;
  const product = (a: number, b: number) => leftProduct(words, left, a, b);
  const multiply = remembering(order, product);
  return makeFiniteGroup({
    name: parts.name,
    order,
    generators: left.map((table) => table[0]).filter((g, i, all) => g > 0 && all.indexOf(g) === i),
    multiply,
    inverse: inverseTable(words, left, multiply),
    elementName: (a) => parts.elementName?.(elements[a]) ?? wordName(words, a),
    defining: parts.defining(elements),
    ...(parts.structure ? { structure: parts.structure } : {}),
  });
}

/** Element k > 0 is generator words[k].letter times element words[k].rest. */
interface Word {
  readonly letter: number;
  readonly rest: number;
}

/** The elements, their words, and left[letter][k], the number of generator times element k. */
function close<T>({ name, identity, generators, multiply, key }: Closable<T>) {
  const elements = [identity];
  const words: Word[] = [{ letter: -1, rest: 0 }];
  const index = new Map([[key(identity), 0]]);
  const left: number[][] = generators.map(() => []);
  for (let k = 0; k < elements.length; k++) {
    generators.forEach((g, letter) => {
      const next = multiply(g, elements[k]);
      const label = key(next);
      const found = index.get(label) ?? elements.length;
      left[letter].push(found);
      if (found < elements.length) return;
      index.set(label, found);
      elements.push(next);
      words.push({ letter, rest: k });
    });
    if (elements.length > largestClosure) {
      throw new GeneratorError(
        `${name}: the generators do not close: they give more than ${largestClosure} elements. ` +
          'One of them may have infinite order; use lieGroup for a continuous group.',
      );
    }
  }
  return { elements, words, left: left.map((table) => Int32Array.from(table)) };
}

/** a b, by letting the letters of a's word act on b, the last one first. */
function leftProduct(
  words: readonly Word[],
  left: readonly Int32Array[],
  a: number,
  b: number,
): number {
  const letters: number[] = [];
  for (let k = a; k !== 0; k = words[k].rest) letters.push(words[k].letter);
  let result = b;
  for (let i = letters.length - 1; i >= 0; i--) result = left[letters[i]][result];
  return result;
}

/** (g w)⁻¹ = w⁻¹ g⁻¹ along the words; g⁻¹ is the element that g takes to 1. */
function inverseTable(
  words: readonly Word[],
  left: readonly Int32Array[],
  multiply: (a: number, b: number) => number,
): (a: number) => number {
  const known = new Int32Array(words.length).fill(-1);
  known[0] = 0;
  const letters = left.map((table) => table.indexOf(0));
  const inverse = (a: number): number => {
    const { letter, rest } = words[a];
    if (known[a] < 0) known[a] = multiply(inverse(rest), letters[letter]);
    return known[a];
  };
  return inverse;
}

/** The word of an element, powers collected: `a^2 b`. */
function wordName(words: readonly Word[], element: number): string {
  const letters: { letter: number; count: number }[] = [];
  for (let a = element; a !== 0; a = words[a].rest) {
    const last = letters.at(-1);
    if (last?.letter === words[a].letter) last.count++;
    else letters.push({ letter: words[a].letter, count: 1 });
  }
  if (letters.length === 0) return 'e';
  const symbol = (letter: number) =>
    letter < 26 ? String.fromCodePoint(97 + letter) : `g${letter}`;
  return letters
    .map(({ letter, count }) => symbol(letter) + (count > 1 ? `^${count}` : ''))
    .join(' ');
}
