/**
 * Random numbers that a traced program draws. tfjs makes them in JavaScript, so in a graph they would
 * be the same at every run; a dropout's are drawn in the graph instead, all others are refused.
 */
import * as tf from '@tensorflow/tfjs';
import { makeValue, type GraphBuilder } from '../ir/builder.js';
import type { NamedValue, Node, State, Value } from '../ir/graph.js';
import { TraceError } from './errors.js';

/** The name of the state that makes a trace's random numbers new at every step. */
export const randomKey = 'random:key';

const randomOperations = new Set([
  'randomNormal',
  'randomUniform',
  'truncatedNormal',
  'randomGamma',
  'rand',
]);

/**
 * The tfjs operation that is drawing random numbers at the moment: `dropout`, one of the random
 * operations, or null. tfjs opens a scope with the operation's name for each.
 */
export function randomSource(): string | null {
  const scopes = (tf.engine().state as unknown as { scopeStack: { name: string }[] }).scopeStack;
  const names = scopes.map(({ name }) => String(name).replace(/__op$/, ''));
  const source = names.findLast((name) => randomOperations.has(name));
  if (source === undefined) return null;
  return names.includes('dropout') ? 'dropout' : source;
}

export class TracedDraws {
  readonly #initial: number;
  readonly #key: Value = makeValue({ dtype: 'int32', shape: [] }, { name: randomKey });
  readonly #refused = new Map<Value, string>();
  #count = 0;
  #isDrawing = false;

  constructor(seed: number) {
    this.#initial = seed;
  }

  /** Whether numbers are being drawn, so that constants written now are the generator's own. */
  get isDrawing(): boolean {
    return this.#isDrawing;
  }

  /** Draws with the key of the step; each call gets a stream of its own. */
  draw(body: (key: Value, stream: number) => Value): Value {
    this.#isDrawing = true;
    try {
      return body(this.#key, this.#count++);
    } finally {
      this.#isDrawing = false;
    }
  }

  /** Remembers random numbers that no node may read; they may be a new variable's first elements. */
  refuse(value: Value, operation: string): void {
    this.#refused.set(value, operation);
  }

  /** Throws TraceError if nodes or outputs read numbers that would be the same at every run. */
  check(nodes: readonly Node[], outputs: readonly NamedValue[]): void {
    const read = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ value }) => value)];
    const found = read.find((value) => value && this.#refused.has(value));
    if (!found) return;
    throw new TraceError(
      `tf.${this.#refused.get(found)!} was called while tracing: its numbers would be the same at ` +
        'every run. Use randomUniform or randomNormal of @intertwiner/onnx with a key that is an ' +
        'input, or make the numbers an input.',
    );
  }

  /** The state that counts the steps, if anything was drawn. */
  states(graph: GraphBuilder): State[] {
    if (this.#count === 0) return [];
    const one = graph.scalar(1, 'int32');
    const output = graph.op('Add', [this.#key, one], { dtype: 'int32', shape: [] });
    const initial = Int32Array.of(this.#initial);
    return [{ name: randomKey, input: this.#key, output, initial }];
  }
}
