/** One random group element for every sample of a batch, as inputs of a compiled step. */
import * as tf from '@tensorflow/tfjs';
import type { ElementOf, Group } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import type { InputSpec } from '@intertwiner/onnx';
import { random, type RandomStream } from '@intertwiner/random';
import { RelaxationError } from '../errors.js';

/** How a group acts on the arrays of a batch and on what a network makes of them. */
export interface Symmetry {
  /**
   * The actions on arrays of the batch by name; arrays that are not named stay as they are. Any action
   * of a finite group, or `vectorAction` of any group.
   */
  readonly inputs: Readonly<Record<string, Action<Group>>>;
  /** The action on the prediction; default: it should not change. */
  readonly output?: Action<Group>;
}

/** @internal Random motions of the samples, ready to be applied within a step. */
export interface SampleMotion {
  /** What the step takes for it. */
  readonly inputs: readonly InputSpec[];
  /** Draws the elements of a step, which depend on the seed and the step alone. */
  fill(step: number, batch: Readonly<Record<string, ArrayLike<number>>>): void;
  /** g·x for the array `name`, or for the prediction if null; x as it is where nothing acts. */
  move(name: string | null, x: tf.Tensor, inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
}

/** What a step takes of the elements that were drawn, for actions that can share it. */
interface Parameters {
  readonly input: InputSpec;
  write(values: Float32Array, elements: readonly ElementOf<Group>[]): void;
}

/**
 * @internal
 * @throws RelaxationError for actions of different groups, or one that cannot act sample by sample.
 */
export function sampleMotion(
  where: string,
  { inputs, output }: Symmetry,
  batchSize: number,
  seed: number,
): SampleMotion {
  const actions = [...Object.values(inputs), ...(output ? [output] : [])];
  const [first] = actions;
  if (!first) throw new RelaxationError(where, 'names no array on which the group acts.');
  const other = actions.find(({ group }) => group.name !== first.group.name);
  if (other) {
    throw new RelaxationError(
      where,
      `all actions must be of one group, got ${first.group.name} and ${other.group.name}.`,
    );
  }
  const known = new Map<unknown, Parameters>();
  const parametersOf = (action: Action<Group>): Parameters => {
    const key = action.along?.representation ?? action.group;
    const found = known.get(key) ?? makeParameters(where, action, batchSize, `motion${known.size}`);
    known.set(key, found);
    return found;
  };
  const parts = new Map(
    [...Object.entries(inputs), ...(output ? [[null, output] as const] : [])].map(
      ([name, action]) => [name, { action, input: parametersOf(action).input }] as const,
    ),
  );
  const drawn = [...known.values()];
  return {
    inputs: drawn.map(({ input }) => input),
    fill(step, batch) {
      const stream = random(seed, 'relaxation', 'motions', step);
      const elements = Array.from({ length: batchSize }, () => draw(first.group, stream));
      for (const { input, write } of drawn) write(batch[input.name] as Float32Array, elements);
    },
    move(name, x, given) {
      const part = parts.get(name);
      if (!part) return x;
      const parameters = given[part.input.name];
      const { along } = part.action;
      return along ? moveAlong(along.axis, parameters, x) : choose(part.action, parameters, x);
    },
  };
}

/** ρ(g) of every sample, [B, d, d], or for any action of a finite group a one at g, [B, |G|]. */
function makeParameters(
  where: string,
  { along, group, description }: Action<Group>,
  batchSize: number,
  name: string,
): Parameters {
  if (along) {
    const { dimension: d } = along.representation;
    return {
      input: { name, shape: [batchSize, d, d] },
      write: (values, elements) =>
        elements.forEach((g, i) => values.set(along.representation.matrix(g), i * d * d)),
    };
  }
  if (group.kind === 'finite') {
    return {
      input: { name, shape: [batchSize, group.order] },
      write: (values, elements) => {
        values.fill(0);
        elements.forEach((g, i) => (values[i * group.order + (g as number)] = 1));
      },
    };
  }
  throw new RelaxationError(
    where,
    `'${description}' cannot move every sample by an element of its own; use vectorAction with a ` +
      'representation, or a finite group.',
  );
}

/** Each sample times its own matrix [B, d, d] along an axis. */
function moveAlong(axis: number, matrices: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const [batch, d] = matrices.shape;
  const leading = tf.util.sizeFromShape(x.shape.slice(1, axis));
  const rows = x.reshape([batch, leading, d!, -1]);
  return tf.matMul(matrices.reshape([batch, 1, d!, d!]), rows).reshape(x.shape);
}

/** What every element makes of x, of which each sample keeps its own. */
function choose(action: Action<Group>, choice: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const [batch, order] = choice.shape;
  const shape = [batch, ...x.shape.slice(1).map(() => 1)];
  const each = Array.from({ length: order! }, (_, g) => {
    const mask = tf.slice(choice, [0, g], [batch, 1]).reshape(shape);
    return tf.mul(action.apply(g as ElementOf<Group>, x), mask);
  });
  return each.reduce((a, b) => tf.add(a, b));
}

const draw = (group: Group, stream: RandomStream): ElementOf<Group> =>
  group.kind === 'finite' ? stream.integer(group.order) : group.sample(stream);
