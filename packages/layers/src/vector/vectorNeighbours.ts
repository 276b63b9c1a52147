import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { onlyShape, onlyTensor, positiveInteger, type LayerArgs } from '../layer.js';
import { knownChannels } from './vectorLinear.js';

export interface VectorNeighboursArgs extends LayerArgs {
  /** Number of nearest points k, each point among its own. */
  readonly neighbours: number;
  /** Append the cross products x_j × x_i, for vectors of R³ under SO(3); default false. */
  readonly cross?: boolean;
}

/**
 * Features of the edges to the k nearest points (Wang et al., Dynamic Graph CNN, 2019; for vectors Deng
 * et al. 2021, section 3): [B, n, d, C] → [B, n·k, d, 2C] with x_j − x_i and x_i at i·k + (rank of j),
 * or 3C with x_j × x_i as well (VN-PointNet, whose single input vector has nothing else to span space).
 *
 * Nearest by the distance of all C vectors, hence found anew in every layer; a choice, which turns and
 * permutations leave as it is, and through which no gradient passes. Cross products turn with SO(3) and
 * change sign under reflections. No weights.
 */
export class VectorNeighbours extends tf.layers.Layer {
  static readonly className = 'VectorNeighbours';
  readonly neighbours: number;
  readonly cross: boolean;

  constructor(args: VectorNeighboursArgs) {
    super(args);
    this.neighbours = positiveInteger(args.neighbours, 'neighbours', this.name);
    this.cross = args.cross ?? false;
    this.inputSpec = [{ ndim: 4 }];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = onlyShape(inputShape);
    const [batch, n, d] = shape;
    const parts = this.cross ? 3 : 2;
    return [
      batch,
      this.#checkPoints(n) * this.neighbours,
      d,
      parts * knownChannels(shape, this.name),
    ];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor<tf.Tensor4D>(inputs);
      const [batch, n, d, channels] = x.shape;
      const k = this.neighbours;
      this.#checkPoints(n);
      if (this.cross && d !== 3) {
        throw new LayerError(
          this.name,
          `cross products are of vectors of R³, got ${d} dimensions.`,
        );
      }
      const points = x.reshape([batch * n, d * channels]);
      const others = nearestOf(points, batch, k).reshape([-1, n * k, d, channels]) as tf.Tensor4D;
      const own = tf.tile(x.reshape([batch * n, 1, d * channels]), [1, k, 1]);
      const self = own.reshape([-1, n * k, d, channels]) as tf.Tensor4D;
      const parts = [tf.sub(others, self), self];
      return tf.concat(this.cross ? [...parts, crossProduct(others, self)] : parts, 3);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { neighbours, cross } = this;
    return { ...super.getConfig(), neighbours, cross };
  }

  #checkPoints(n: number | null | undefined): number {
    if (typeof n === 'number' && n >= this.neighbours) return n;
    throw new LayerError(
      this.name,
      `needs a known number of at least ${this.neighbours} points, got ${n}.`,
    );
  }
}

tf.serialization.registerClass(VectorNeighbours);

/** The k nearest points of every point, [B·n·k, F] of [B·n, F]; no gradient passes through the choice. */
function nearestOf(points: tf.Tensor, batch: number, k: number): tf.Tensor {
  const [rows, width] = points.shape as [number, number];
  const rowsOf = (x: tf.Tensor) => nearestRows(x.reshape([batch, rows / batch, width]), k);
  const choose = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.gather(x as tf.Tensor, rowsOf(x as tf.Tensor)),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        tf.unsortedSegmentSum(dy, rowsOf(saved), rows),
    };
  });
  return choose(points);
}

/** Rows of the k nearest points of every point, [B·n·k], numbered through the batch. */
function nearestRows(points: tf.Tensor, k: number): tf.Tensor1D {
  const [batch, n] = points.shape as [number, number];
  const squares = tf.sum(tf.square(points), 2, true);
  const products = tf.matMul(points, points, false, true);
  // −|x_i − x_j|² up to |x_i|², which is the same for all j.
  const closeness = tf.sub(tf.mul(products, 2), squares.transpose([0, 2, 1]));
  const { indices } = tf.topk(closeness, k);
  // 0, 1, … by a sum, and no range: in an exported graph its extent may be open.
  const numbers = tf.cumsum(tf.ones([batch, 1, 1], 'int32'), 0, true);
  const offsets = tf.mul(numbers, tf.scalar(n, 'int32'));
  return tf.add(indices, offsets).flatten().toInt();
}

/** a × b on the axis of dimension 3 of [B, m, 3, C]. */
function crossProduct(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor {
  const rolled = (x: tf.Tensor4D, by: number) => {
    const [head, tail] = tf.split(x, [by, 3 - by], 2);
    return tf.concat([tail, head], 2);
  };
  // (a × b)_i = a_{i+1} b_{i+2} − a_{i+2} b_{i+1}
  const [first, second] = [tf.mul(rolled(a, 1), rolled(b, 2)), tf.mul(rolled(a, 2), rolled(b, 1))];
  return tf.sub(first, second);
}
