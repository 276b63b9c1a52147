import { NotAGroupError } from './errors.js';
import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';

/**
 * The group of a multiplication table: table[a][b] is the number of the product a b. If the identity
 * is not number 0 it changes places with it.
 *
 * @throws NotAGroupError naming the entry, element or triple that fails.
 */
export function tableGroup(table: readonly ArrayLike<number>[], name: string): FiniteGroup {
  const order = table.length;
  checkEntries(table, name);
  const identity = findIdentity(table, name);
  const place = (a: number) => (a === identity ? 0 : a === 0 ? identity : a);
  const flat = new Int32Array(order * order);
  for (let a = 0; a < order; a++) {
    for (let b = 0; b < order; b++) flat[place(a) * order + place(b)] = place(table[a][b]);
  }
  const multiply = (a: number, b: number) => flat[a * order + b];
  const inverses = findInverses(flat, order, name);
  const generators = greedyGenerators(order, multiply);
  checkAssociativity(order, multiply, generators, name, place);
  return makeFiniteGroup({
    name,
    order,
    generators,
    multiply,
    inverse: (a) => inverses[a],
    elementName: (a) => String(place(a)),
    defining: {
      kind: 'permutation',
      degree: order,
      image: (a) => flat.slice(a * order, (a + 1) * order),
    },
  });
}

function checkEntries(table: readonly ArrayLike<number>[], name: string): void {
  const order = table.length;
  if (order === 0) throw new NotAGroupError(`${name}: the table is empty.`);
  table.forEach((row, a) => {
    if (row.length !== order) {
      throw new NotAGroupError(`${name}: row ${a} has ${row.length} entries, expected ${order}.`);
    }
    for (let b = 0; b < order; b++) {
      if (!Number.isInteger(row[b]) || row[b] < 0 || row[b] >= order) {
        throw new NotAGroupError(
          `${name}: entry [${a}][${b}] is ${row[b]}, expected 0 … ${order - 1}.`,
        );
      }
    }
  });
}

function findIdentity(table: readonly ArrayLike<number>[], name: string): number {
  const order = table.length;
  for (let e = 0; e < order; e++) {
    let neutral = true;
    for (let a = 0; a < order && neutral; a++) neutral = table[e][a] === a && table[a][e] === a;
    if (neutral) return e;
  }
  throw new NotAGroupError(`${name}: no element is an identity.`);
}

function findInverses(flat: Int32Array, order: number, name: string): Int32Array {
  return Int32Array.from({ length: order }, (_, a) => {
    for (let b = 0; b < order; b++) {
      if (flat[a * order + b] === 0 && flat[b * order + a] === 0) return b;
    }
    throw new NotAGroupError(`${name}: element ${a} has no inverse.`);
  });
}

/** Elements that are not yet products of earlier ones, until everything is. */
export function greedyGenerators(
  order: number,
  multiply: (a: number, b: number) => number,
): number[] {
  const generators: number[] = [];
  const reached = new Uint8Array(order);
  reached[0] = 1;
  for (let candidate = 1; candidate < order; candidate++) {
    if (reached[candidate]) continue;
    generators.push(candidate);
    reached.fill(0);
    reached[0] = 1;
    const queue = [0];
    for (const a of queue) {
      for (const g of generators) {
        const next = multiply(g, a);
        if (reached[next]) continue;
        reached[next] = 1;
        queue.push(next);
      }
    }
  }
  return generators;
}

/** Light's test: (a g) b = a (g b) for all a, b need only be tried with generators g. */
function checkAssociativity(
  order: number,
  multiply: (a: number, b: number) => number,
  generators: readonly number[],
  name: string,
  place: (a: number) => number,
): void {
  for (const g of generators) {
    for (let a = 0; a < order; a++) {
      for (let b = 0; b < order; b++) {
        const [left, right] = [multiply(multiply(a, g), b), multiply(a, multiply(g, b))];
        if (left === right) continue;
        throw new NotAGroupError(
          `${name}: not associative at the triple (${place(a)}, ${place(g)}, ${place(b)}): ` +
            `(${place(a)}·${place(g)})·${place(b)} = ${place(left)}, ` +
            `${place(a)}·(${place(g)}·${place(b)}) = ${place(right)}.`,
        );
      }
    }
  }
}
