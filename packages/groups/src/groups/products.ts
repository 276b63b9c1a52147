import { blockDiagonal } from '../linalg/dense.js';
import { makeFiniteGroup } from './finite-group.js';
import type { DefiningAction, FiniteGroup } from './group.js';
import { numberedPermutationGroup } from './permutation-group.js';
import { symmetricGenerators } from './symmetric.js';

/** A × B: element a·|B| + b is (a, b); it acts on the direct sum of the defining representations. */
export function directProduct(a: FiniteGroup, b: FiniteGroup): FiniteGroup {
  const n = b.order;
  const split = (g: number) => [Math.floor(g / n), g % n] as const;
  return makeFiniteGroup({
    name: `${a.name}x${b.name}`,
    order: a.order * n,
    generators: [...a.generators.map((g) => g * n), ...b.generators],
    multiply: (g, h) => {
      const [ga, gb] = split(g);
      const [ha, hb] = split(h);
      return a.multiply(ga, ha) * n + b.multiply(gb, hb);
    },
    inverse: (g) => a.inverse(split(g)[0]) * n + b.inverse(split(g)[1]),
    elementName: (g) => `(${a.elementName(split(g)[0])}, ${b.elementName(split(g)[1])})`,
    defining: sumOfActions(a.defining, b.defining, split),
    structure: { kind: 'product', factors: [...factorsOf(a), ...factorsOf(b)] },
  });
}

function factorsOf(group: FiniteGroup): readonly FiniteGroup[] {
  return group.structure.kind === 'product' ? group.structure.factors : [group];
}

function sumOfActions(
  a: DefiningAction,
  b: DefiningAction,
  split: (g: number) => readonly [number, number],
): DefiningAction {
  if (a.kind === 'permutation' && b.kind === 'permutation') {
    const image = (g: number) => {
      const [x, y] = split(g);
      return Int32Array.from([...a.image(x), ...b.image(y).map((i) => a.degree + i)]);
    };
    return { kind: 'permutation', degree: a.degree + b.degree, image };
  }
  const [p, q] = [matrixAction(a), matrixAction(b)];
  const image = (g: number) => {
    const [x, y] = split(g);
    return blockDiagonal(p.image(x), p.dimension, q.image(y), q.dimension);
  };
  return { kind: 'matrix', dimension: p.dimension + q.dimension, image };
}

function matrixAction(action: DefiningAction) {
  if (action.kind === 'matrix') return action;
  const dimension = action.degree;
  const image = (g: number) => {
    const out = new Float64Array(dimension * dimension);
    action.image(g).forEach((row, column) => (out[row * dimension + column] = 1));
    return out;
  };
  return { dimension, image };
}

/**
 * N ⋊ H: pairs (n, h) with (n, h)(m, k) = (n·h(m), h k), numbered n·|H| + h. It acts on N by
 * m ↦ n·h(m), or, where `faithful` is false because some h ≠ 1 acts trivially, on itself.
 *
 * @param action action(h, n) is the image of n under the automorphism of h.
 * @throws RangeError if `action` is not a homomorphism into the automorphisms of N.
 */
export function semidirectProduct(
  normal: FiniteGroup,
  complement: FiniteGroup,
  action: (h: number, n: number) => number,
  name = `${normal.name}⋊${complement.name}`,
): FiniteGroup {
  checkAutomorphisms(normal, complement, action);
  const order = normal.order * complement.order;
  const split = (g: number) => [Math.floor(g / complement.order), g % complement.order] as const;
  const multiply = (g: number, f: number) => {
    const [n, h] = split(g);
    const [m, k] = split(f);
    return normal.multiply(n, action(h, m)) * complement.order + complement.multiply(h, k);
  };
  return makeFiniteGroup({
    name,
    order,
    generators: [...normal.generators.map((n) => n * complement.order), ...complement.generators],
    multiply,
    inverse: (g) => {
      const [n, h] = split(g);
      const back = complement.inverse(h);
      return action(back, normal.inverse(n)) * complement.order + back;
    },
    elementName: (g) =>
      `(${normal.elementName(split(g)[0])}, ${complement.elementName(split(g)[1])})`,
    defining: {
      kind: 'permutation',
      degree: order,
      image: (g) => Int32Array.from({ length: order }, (_, f) => multiply(g, f)),
    },
  });
}

function checkAutomorphisms(
  normal: FiniteGroup,
  complement: FiniteGroup,
  action: (h: number, n: number) => number,
): void {
  for (const h of [0, ...complement.generators]) {
    for (const a of normal.elements) {
      if (h === 0 && action(0, a) !== a) {
        throw new RangeError(`semidirectProduct: the identity moves ${normal.elementName(a)}.`);
      }
      for (const b of normal.generators) {
        const product = normal.multiply(action(h, a), action(h, b));
        if (action(h, normal.multiply(a, b)) !== product) {
          throw new RangeError(
            `semidirectProduct: ${complement.elementName(h)} does not act by an automorphism: ` +
              `it fails on ${normal.elementName(a)} · ${normal.elementName(b)}.`,
          );
        }
      }
    }
  }
  for (const h of complement.elements) {
    for (const k of complement.generators) {
      for (const b of normal.generators) {
        if (action(complement.multiply(h, k), b) !== action(h, action(k, b))) {
          throw new RangeError(
            `semidirectProduct: the action is not a homomorphism at ${complement.elementName(h)}, ` +
              `${complement.elementName(k)}.`,
          );
        }
      }
    }
  }
}

/** A ≀ S_n: n copies of A's points (its own elements, if A acts by matrices), and their exchange. */
export function wreathProduct(a: FiniteGroup, n: number): FiniteGroup {
  const { defining } = a;
  const degree = defining.kind === 'permutation' ? defining.degree : a.order;
  const image = (g: number) =>
    defining.kind === 'permutation'
      ? defining.image(g)
      : Int32Array.from({ length: degree }, (_, b) => a.multiply(g, b));
  const first = a.generators.map((g) => {
    const points = image(g);
    return Int32Array.from({ length: n * degree }, (_, p) => (p < degree ? points[p] : p));
  });
  const exchanges = symmetricGenerators(n).map((s) =>
    Int32Array.from(
      { length: n * degree },
      (_, p) => s[Math.floor(p / degree)] * degree + (p % degree),
    ),
  );
  return numberedPermutationGroup(`${a.name}wrS${n}`, [...first, ...exchanges], n * degree);
}
