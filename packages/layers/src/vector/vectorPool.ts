import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { asConstant } from '../gradient/asConstant.js';
import { scaledNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, positiveInteger, type LayerArgs } from '../layer.js';
import { checkPoolMode, type PoolMode } from '../pooling/reduction.js';
import { knownChannels, mixChannels } from './vectorLinear.js';

export interface VectorPoolArgs extends LayerArgs {
  /** `'mean'` (default) or `'max'`: the vector that points furthest along a learned direction. */
  readonly mode?: PoolMode;
  /** Points per pool: all (default), or a divisor of their number, pooling consecutive ones. */
  readonly size?: number;
  /** Seed of the initial weights of `'max'`, default 0. */
  readonly seed?: number;
}

/**
 * Pools vectors over points (Deng et al. 2021, section 3.4): [B, n, d, C] → [B, d, C], or
 * [B, n/size, d, C]. The maximum is of ⟨x_i, (xU)_i⟩ for each channel, U learned, and takes the vector
 * there (their mean, where several are equal), a choice through which no gradient passes to U. Commutes with O(d), invariant under permutations of the
 * points of a pool. Weights of `'max'`: `direction` [C, C].
 */
export class VectorPool extends tf.layers.Layer {
  static readonly className = 'VectorPool';
  readonly mode: PoolMode;
  readonly size: number | null;
  readonly seed: number;
  #direction: tf.LayerVariable | undefined;

  constructor(args: VectorPoolArgs = {}) {
    super(args);
    this.mode = checkPoolMode(args.mode ?? 'mean', this.name);
    this.size = args.size == null ? null : positiveInteger(args.size, 'size', this.name);
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    if (this.mode === 'max') {
      const start = scaledNormal(channels, 1, this.seed, this.name);
      this.#direction = this.addWeight('direction', [channels, channels], 'float32', start);
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, n, d, channels] = onlyShape(inputShape);
    if (this.size === null) return [batch, d, channels];
    return [batch, this.#pools(n), d, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor<tf.Tensor4D>(inputs);
      const [batch, n, d, channels] = x.shape;
      const size = this.size ?? n;
      const pools = this.size === null ? 1 : this.#pools(n);
      const y = this.mode === 'mean' ? meanOf(x, size) : this.#furthest(x, size);
      return y.reshape(this.size === null ? [batch, d, channels] : [batch, pools!, d, channels]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { mode, size, seed } = this;
    return { ...super.getConfig(), mode, size, seed };
  }

  #furthest(x: tf.Tensor4D, size: number): tf.Tensor {
    const [, , d, channels] = x.shape;
    const along = tf.sum(tf.mul(x, mixChannels(x, this.#direction!.read())), 2);
    const scores = along.reshape([-1, size, channels]);
    const weights = asConstant(scores, shareOfLargest).reshape([-1, size, 1, channels]);
    return tf.sum(tf.mul(x.reshape([-1, size, d, channels]), weights), 1);
  }

  #pools(n: number | null | undefined): number | null {
    if (typeof n !== 'number') return null;
    const size = this.size ?? n;
    if (n % size === 0) return n / size;
    throw new LayerError(this.name, `pools of ${size} do not divide ${n} points.`);
  }
}

tf.serialization.registerClass(VectorPool);

function meanOf(x: tf.Tensor4D, size: number): tf.Tensor {
  const [, , d, channels] = x.shape;
  return tf.mean(x.reshape([-1, size, d * channels]), 1);
}

/** 1 at the largest entry over axis 1, shared where several are largest. */
function shareOfLargest(scores: tf.Tensor): tf.Tensor {
  const isLargest = tf.cast(tf.equal(scores, tf.max(scores, 1, true)), 'float32');
  return tf.div(isLargest, tf.sum(isLargest, 1, true));
}
