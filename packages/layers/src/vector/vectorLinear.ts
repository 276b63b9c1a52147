/**
 * Vector neurons (Deng et al., Vector Neurons: A General Framework for SO(3)-Equivariant Networks,
 * 2021): a feature is a vector of R^d, turned by O(d). Unlike there, features are
 * [B, …, d, C] with the channels last, which makes the linear layer an ordinary dense one.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { scaledNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';

export interface VectorLinearArgs extends LayerArgs {
  /** Output channels. */
  readonly units: number;
  /** What the layer multiplies the variance by at the start, default 1; see {@link vectorGain}. */
  readonly gain?: number;
  /** Seed of the initial weights, default 0; the layer's name selects the stream. */
  readonly seed?: number;
}

/**
 * Linear layer on vector features: y[…, i, o] = Σ_c x[…, i, c]·W[c, o], [B, …, d, C] → [B, …, d,
 * units]. It commutes with every linear map of R^d; a bias would not, so there is none.
 * Weights: `kernel` [C, units] with variance gain/C.
 */
export class VectorLinear extends tf.layers.Layer implements PlainConvertible {
  static readonly className = 'VectorLinear';
  readonly units: number;
  readonly gain: number;
  readonly seed: number;
  #kernel: tf.LayerVariable | undefined;

  constructor(args: VectorLinearArgs) {
    super(args);
    this.units = args.units;
    if (!Number.isInteger(this.units) || this.units < 1) {
      throw new LayerError(this.name, `units must be a positive integer, got ${this.units}.`);
    }
    this.gain = args.gain ?? 1;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ minNDim: 3 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    const initializer = scaledNormal(channels, this.gain, this.seed, this.name);
    this.#kernel = this.addWeight('kernel', [channels, this.units], 'float32', initializer);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...onlyShape(inputShape).slice(0, -1), this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => mixChannels(onlyTensor(inputs), this.#kernel!.read()));
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { units, name } = this;
    const layer = tf.layers.dense({ units, useBias: false, name });
    return applyWithWeights(layer, [this.#kernel!.read().clone()], x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, gain, seed } = this;
    return { ...super.getConfig(), units, gain, seed };
  }
}

tf.serialization.registerClass(VectorLinear);

/** x·W on the last axis. */
export function mixChannels(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [channels, units] = kernel.shape;
  const rows = tf.matMul(x.reshape([-1, channels!]), kernel as tf.Tensor2D);
  return rows.reshape([...x.shape.slice(0, -1), units!]);
}

/** The size of the last axis. @throws {LayerError} if it is unknown. */
export function knownChannels(shape: tf.Shape, where: string): number {
  const channels = shape.at(-1);
  if (typeof channels === 'number') return channels;
  throw new LayerError(where, 'the number of channels (last axis) must be known.');
}

/**
 * The gain at which {@link VectorLinear} followed by `VectorLeakyReLU` keeps the variance: the
 * activation scales, for half the vectors, one of d components by the slope.
 */
export function vectorGain(dimension: number, slope = 0.2): number {
  return 1 / (1 - (1 - slope ** 2) / (2 * dimension));
}
