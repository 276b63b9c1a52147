/** Finite groups from generators whose products can be computed and told apart. */
import { GeneratorError } from './errors.js';
import { makeFiniteGroup } from './finite-group.js';
import type { DefiningAction, FiniteGroup, GroupStructure } from './group.js';

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
/** Up to this order the multiplication table is kept as it is computed. */
const largestTable = 1024;

/** Lists the elements breadth first, so that they are numbered by word length; the identity is 0. */
export function closureGroup<T>(parts: Closable<T>): FiniteGroup {
  const { elements, words, index } = close(parts);
  const order = elements.length;
  const find = (a: T) => {
    const found = index.get(parts.key(a));
    if (found === undefined) {
      throw new GeneratorError(`${parts.name}: products drift out of the group by rounding.`);
    }
    return found;
  };
  const product = (a: number, b: number) => find(parts.multiply(elements[a], elements[b]));
  const multiply = order <= largestTable ? tabulated(order, product) : product;
  const inverses = inverseTable(order, words, multiply);
  return makeFiniteGroup({
    name: parts.name,
    order,
    generators: parts.generators.map(find).filter((g, i, all) => g > 0 && all.indexOf(g) === i),
    multiply,
    inverse: (a) => inverses(a),
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

function close<T>({ name, identity, generators, multiply, key }: Closable<T>) {
  const elements = [identity];
  const words: Word[] = [{ letter: -1, rest: 0 }];
  const index = new Map([[key(identity), 0]]);
  for (let k = 0; k < elements.length; k++) {
    generators.forEach((g, letter) => {
      const next = multiply(g, elements[k]);
      const label = key(next);
      if (index.has(label)) return;
      index.set(label, elements.length);
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
  return { elements, words, index };
}

function tabulated(order: number, product: (a: number, b: number) => number) {
  const table = new Int32Array(order * order).fill(-1);
  return (a: number, b: number) => {
    const at = a * order + b;
    if (table[at] < 0) table[at] = product(a, b);
    return table[at];
  };
}

/** (g w)⁻¹ = w⁻¹ g⁻¹ along the words; a generator's own inverse is its last power before 1. */
function inverseTable(
  order: number,
  words: readonly Word[],
  multiply: (a: number, b: number) => number,
): (a: number) => number {
  const letters = new Map<number, number>();
  const known = new Int32Array(order).fill(-1);
  known[0] = 0;
  const generatorInverse = (letter: number, generator: number) => {
    let last = 0;
    for (let p = generator; p !== 0; p = multiply(p, generator)) last = p;
    // `last` is generator^(order − 1).
    letters.set(letter, last);
    return last;
  };
  const inverse = (a: number): number => {
    if (known[a] >= 0) return known[a];
    const { letter, rest } = words[a];
    const back =
      rest === 0 ? generatorInverse(letter, a) : (letters.get(letter) ?? firstInverse(letter));
    known[a] = multiply(inverse(rest), back);
    return known[a];
  };
  const firstInverse = (letter: number) => {
    const generator = words.findIndex((word) => word.letter === letter && word.rest === 0);
    return generatorInverse(letter, generator);
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
