/** Kernel matrices of networks whose positions are the elements of a finite group. */
import { scaleInputs } from '../gram/input.js';
import type { TileEvaluator } from '../gram/tiles.js';
import type { LaneArena } from '../simd/lanes.js';
import { BufferPool } from './buffer-pool.js';
import { applyEntryStep, type Covariances } from './entry-steps.js';
import type { EvaluatorInputs } from './kernel.js';
import type { Layer } from './layers.js';
import { pairEvaluator } from './pair-evaluator.js';
import {
  compileSteps,
  countReads,
  type EntryStep,
  type GroupWindowStep,
  type Step,
} from './steps.js';
import { compileVector, traceVariances, type VectorPlan } from './vector-network.js';

/** The group as a network sees it; plain JSON. */
export interface GroupPositions {
  /** Numbers per input. */
  readonly inputSize: number;
  /** [element][tap]: the number of the input that a tap of the lifting sees from an element. */
  readonly taps: readonly (readonly number[])[];
  /** [g][h]: the element gh. */
  readonly products: readonly (readonly number[])[];
}

export interface GroupPlan {
  readonly positions: GroupPositions;
  readonly steps: readonly (EntryStep | GroupWindowStep)[];
  readonly reads: number;
  readonly readout: 'flatten' | 'groupPool';
  readonly head: VectorPlan;
}

/** @throws RangeError on layers that do not fit. */
export function compileGroup(positions: GroupPositions, layers: readonly Layer[]): GroupPlan {
  const cut = layers.findIndex(({ layer }) => layer === 'flatten' || layer === 'groupPool');
  if (cut < 0) throw new RangeError('layers: a group network needs flatten or groupPool.');
  const steps = compileSteps(layers.slice(0, cut)).map((step) => {
    if (step.step === 'window') throw new RangeError('layers: conv needs an image; use groupConv.');
    return step;
  });
  return {
    positions,
    steps,
    reads: countReads(steps as Step[]),
    readout: layers[cut].layer as GroupPlan['readout'],
    head: compileVector(layers.slice(cut + 1)),
  };
}

/** An input with its variances at every read: [read][element]. */
interface PreparedInput {
  readonly row: Float64Array;
  readonly trace: Float64Array[];
}

export function groupEvaluator(
  plan: GroupPlan,
  inputs: EvaluatorInputs,
  arena: LaneArena,
): TileEvaluator {
  const { inputSize } = plan.positions;
  if (inputs.d !== inputSize) {
    throw new RangeError(`d: the kernel takes ${inputSize} numbers, got ${inputs.d}.`);
  }
  const order = plan.positions.taps.length;
  const pairs = new GroupPairs(plan, new BufferPool(arena.reserve(24 * order ** 2)));
  const prepare = (X: ArrayLike<number>, n: number) => {
    const { rows, factor } = scaleInputs(X, n, inputSize, 1, inputs.inputScaling);
    const all = Array.from({ length: n }, (_, i) =>
      pairs.prepare(rows.subarray(i * inputSize, (i + 1) * inputSize), factor),
    );
    const own = Float64Array.from(all, (input) => pairs.readout(input, input, factor)[0]);
    return { all, factor, head: plan.head.reads === 0 ? [] : traceVariances(plan.head, own) };
  };
  const X = prepare(inputs.X, inputs.n);
  const Y = inputs.Y ? prepare(inputs.Y, inputs.m) : X;
  return pairEvaluator({
    rows: inputs.n,
    columns: inputs.m,
    symmetric: X === Y,
    pair: (i, j) => pairs.readout(X.all[i], Y.all[j], X.factor),
    head: plan.head,
    headX: X.head,
    headY: Y.head,
  });
}

/** Covariances of two inputs: |G| × |G|, row g of the one and column h of the other. */
class GroupPairs {
  readonly #plan: GroupPlan;
  readonly #pool: BufferPool;
  readonly #order: number;

  constructor(plan: GroupPlan, pool: BufferPool) {
    this.#plan = plan;
    this.#pool = pool;
    this.#order = plan.positions.taps.length;
  }

  /** The variances of an input: its own covariances at g = h, layer by layer. */
  prepare(row: Float64Array, factor: number): PreparedInput {
    const trace: Float64Array[] = [];
    const order = this.#order;
    const state = this.#run(row, row, factor, (read, { k }) => {
      trace[read] = Float64Array.from({ length: order }, (_, g) => k[g * (order + 1)]);
      return trace[read];
    });
    this.#giveBack(state);
    return { row, trace };
  }

  /** K and Θ after pooling. */
  readout(x: PreparedInput, y: PreparedInput, factor: number): readonly [number, number] {
    const order = this.#order;
    const state = this.#run(
      x.row,
      y.row,
      factor,
      (read) => x.trace[read],
      (read) => y.trace[read],
    );
    const step = this.#plan.readout === 'flatten' ? order + 1 : 1;
    const count = this.#plan.readout === 'flatten' ? order : order ** 2;
    let [k, theta] = [0, 0];
    for (let at = 0; at < order ** 2; at += step) {
      k += state.k[at];
      theta += state.theta[at];
    }
    this.#giveBack(state);
    return [k / count, theta / count];
  }

  #run(
    x: Float64Array,
    y: Float64Array,
    factor: number,
    ofX: (read: number, state: Covariances) => Float64Array,
    ofY: (read: number, state: Covariances) => Float64Array = ofX,
  ): Covariances {
    const state = this.#lift(x, y, factor);
    const forks: Covariances[] = [];
    const [vx, vy] = [this.#pool.take(state.k.length), this.#pool.take(state.k.length)];
    for (const step of this.#plan.steps) {
      if (step.step === 'groupWindow') this.#window(step, state);
      else {
        applyEntryStep(
          step,
          state,
          (read) => {
            this.#spread(ofX(read, state), ofY(read, state), vx, vy);
            return [vx, vy];
          },
          forks,
          this.#pool,
        );
      }
    }
    this.#pool.give(vx);
    this.#pool.give(vy);
    return state;
  }

  /** K₀(g, h): the mean over the taps. */
  #lift(x: Float64Array, y: Float64Array, factor: number): Covariances {
    const order = this.#order;
    const { taps } = this.#plan.positions;
    const k = this.#pool.take(order ** 2);
    for (let g = 0; g < order; g++) {
      for (let h = 0; h < order; h++) {
        const [a, b] = [taps[g], taps[h]];
        let sum = 0;
        for (let t = 0; t < a.length; t++) sum += x[a[t]] * y[b[t]];
        k[g * order + h] = (factor * sum) / a.length;
      }
    }
    return { k, theta: this.#pool.take(order ** 2).fill(0) };
  }

  /** K(g, h) ← mean over the filter's elements k of K(gk, hk). */
  #window({ filter }: GroupWindowStep, state: Covariances): void {
    const order = this.#order;
    const { products } = this.#plan.positions;
    for (const kind of ['k', 'theta'] as const) {
      const values = state[kind];
      const means = this.#pool.take(order ** 2);
      for (let g = 0; g < order; g++) {
        for (let h = 0; h < order; h++) {
          let sum = 0;
          for (const k of filter) sum += values[products[g][k] * order + products[h][k]];
          means[g * order + h] = sum / filter.length;
        }
      }
      state[kind] = means;
      this.#pool.give(values);
    }
  }

  #spread(x: Float64Array, y: Float64Array, vx: Float64Array, vy: Float64Array): void {
    const order = this.#order;
    for (let g = 0; g < order; g++) {
      vx.fill(x[g], g * order, (g + 1) * order);
      vy.set(y, g * order);
    }
  }

  #giveBack({ k, theta }: Covariances): void {
    this.#pool.give(k);
    this.#pool.give(theta);
  }
}
