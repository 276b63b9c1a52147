/**
 * The linear layers between features of points and of pairs of points that commute with permutations
 * (Maron et al., Invariant and Equivariant Graph Networks, 2019): 15 operations from pairs to pairs, 5
 * from points to pairs and back, for any number n of points. Means stand in for sums, so that weights
 * learned at one n serve at another.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { GivenValues } from '../init/givenValues.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { random } from '@intertwiner/random';
import { knownChannels, mixChannels } from '../vector/vectorLinear.js';

/** 1: features of points [B, n, C]; 2: features of pairs [B, n, n, C]. */
export type SetOrder = 1 | 2;

export interface SetTensorLinearArgs extends LayerArgs {
  /** Order of the input. */
  readonly from: SetOrder;
  /** Order of the output. */
  readonly to: SetOrder;
  /** Output channels. */
  readonly units: number;
  /** Biases in the invariants (one for points; two for pairs: diagonal and all), default true. */
  readonly useBias?: boolean;
  /** What the layer multiplies the variance by at the start, default 2 (before a ReLU). */
  readonly gain?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/** The equivariant contractions of an input: to pairs, to points and to scalars, channels last. */
interface Parts {
  readonly pairs: readonly tf.Tensor[];
  readonly points: readonly tf.Tensor[];
  readonly scalars: readonly tf.Tensor[];
}

/**
 * Variances at the start, in units of gain/C, of the weights from the point contractions (rows) to
 * the slots of the output (columns; for pairs: diagonal, along rows, along columns).
 */
const pointStarts: Record<`${SetOrder}${SetOrder}`, readonly (readonly number[])[]> = {
  11: [[1]],
  12: [[0, 1 / 2, 1 / 2]],
  21: [[1], [1], [1]],
  22: [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ],
};

/**
 * Linear layer on points or pairs: [B, n, C] or [B, n, n, C] → [B, n, units] or [B, n, n, units].
 *
 * A pair feature X is contracted to itself and Xᵀ, to its diagonal, row and column means, and to the
 * means of diagonal and of all; a point feature to itself and its mean. Points come back into pairs
 * on the diagonal, along rows and along columns; scalars on the diagonal and everywhere.
 *
 * Weights: `pairs` [2C, units] (2 → 2), `points` and `scalars` [contractions·C, slots·units], `bias`
 * [slots·units]. What comes from scalars starts at zero, and from pairs to pairs what comes from
 * points, too: the variance of every component is then multiplied by `gain` exactly. From points to
 * pairs that holds for white input off the diagonal, from pairs to points up to a factor 1 + 2/n.
 */
export class SetTensorLinear extends tf.layers.Layer {
  static readonly className = 'SetTensorLinear';
  readonly from: SetOrder;
  readonly to: SetOrder;
  readonly units: number;
  readonly useBias: boolean;
  readonly gain: number;
  readonly seed: number;
  #pairs: tf.LayerVariable | null = null;
  #points: tf.LayerVariable | undefined;
  #scalars: tf.LayerVariable | undefined;
  #bias: tf.LayerVariable | null = null;

  constructor(args: SetTensorLinearArgs) {
    super(args);
    this.from = checkOrder(args.from, this.name);
    this.to = checkOrder(args.to, this.name);
    this.units = args.units;
    if (!Number.isInteger(this.units) || this.units < 1) {
      throw new LayerError(this.name, `units must be a positive integer, got ${this.units}.`);
    }
    this.useBias = args.useBias ?? true;
    this.gain = args.gain ?? 2;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ ndim: this.from + 2 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    const scalarSlots = this.to === 2 ? 2 : 1;
    const scalarStart = [new Array<number>(scalarSlots).fill(0)];
    const pointStart = pointStarts[`${this.from}${this.to}`];
    if (this.from === 2 && this.to === 2) {
      this.#pairs = this.#blockWeight('pairs', [[1 / 2], [1 / 2]], channels);
    }
    this.#points = this.#blockWeight('points', pointStart, channels);
    const scalars = this.from === 2 ? [...scalarStart, ...scalarStart] : scalarStart;
    this.#scalars = this.#blockWeight('scalars', scalars, channels);
    if (this.useBias) {
      const shape = [scalarSlots * this.units];
      this.#bias = this.addWeight('bias', shape, 'float32', tf.initializers.zeros());
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, n] = onlyShape(inputShape);
    return [batch, ...new Array<number | null>(this.to).fill(n), this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const parts = contract(onlyTensor(inputs), this.from);
      const points = mixChannels(tf.concat([...parts.points], 2), this.#points!.read());
      const mixed = mixChannels(tf.concat([...parts.scalars], 1), this.#scalars!.read());
      const scalars = this.#bias ? tf.add(mixed, this.#bias.read()) : mixed;
      if (this.to === 1) return tf.add(points, tf.expandDims(scalars, 1));
      const spread = spreadToPairs(points, scalars);
      if (!this.#pairs) return spread;
      return tf.add(spread, mixChannels(tf.concat([...parts.pairs], 3), this.#pairs.read()));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { from, to, units, useBias, gain, seed } = this;
    return { ...super.getConfig(), from, to, units, useBias, gain, seed };
  }

  /** A weight of blocks [C, units] whose variances are `starts`·gain/C. */
  #blockWeight(
    name: string,
    starts: readonly (readonly number[])[],
    channels: number,
  ): tf.LayerVariable {
    const { units } = this;
    const slots = starts[0].length;
    const normal = random(this.seed, 'weights', this.name, name);
    const columns = slots * units;
    const values = Float32Array.from({ length: starts.length * channels * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      const start = starts[Math.floor(row / channels)][Math.floor(column / units)];
      return normal.normal() * Math.sqrt((start * this.gain) / channels);
    });
    const shape = [starts.length * channels, columns];
    return this.addWeight(name, shape, 'float32', new GivenValues(values));
  }
}

tf.serialization.registerClass(SetTensorLinear);

function contract(x: tf.Tensor, order: SetOrder): Parts {
  if (order === 1) return { pairs: [], points: [x], scalars: [tf.mean(x, 1)] };
  const n = x.shape[1]!;
  const diagonal = tf.sum(tf.mul(x, tf.eye(n).reshape([1, n, n, 1])), 2);
  return {
    pairs: [x, tf.transpose(x, [0, 2, 1, 3])],
    points: [diagonal, tf.mean(x, 2), tf.mean(x, 1)],
    scalars: [tf.mean(diagonal, 1), tf.mean(x, [1, 2])],
  };
}

/** Points [B, n, 3·units] and scalars [B, 2·units] as pairs [B, n, n, units]. */
function spreadToPairs(points: tf.Tensor, scalars: tf.Tensor): tf.Tensor {
  const n = points.shape[1]!;
  const [diagonal, rows, columns] = tf.split(points, 3, 2);
  const [onDiagonal, everywhere] = tf.split(scalars, 2, 1);
  const pairs = tf.add(tf.expandDims(rows, 2), tf.expandDims(columns, 1));
  const constant = tf.expandDims(tf.expandDims(everywhere, 1), 1);
  const entries = tf.expandDims(tf.add(diagonal, tf.expandDims(onDiagonal, 1)), 2);
  return tf.addN([
    pairs,
    tf.broadcastTo(constant, pairs.shape),
    tf.mul(entries, tf.eye(n).reshape([1, n, n, 1])),
  ]);
}

function checkOrder(order: number, where: string): SetOrder {
  if (order === 1 || order === 2) return order;
  throw new LayerError(where, `orders are 1 (points) and 2 (pairs), got ${order}.`);
}
