import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { scaledNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { knownChannels, mixChannels } from '../vector/vectorLinear.js';

export interface SetLinearArgs extends LayerArgs {
  /** Output channels. */
  readonly units: number;
  /** Default true. */
  readonly useBias?: boolean;
  /** What the layer multiplies the variance by at the start, default 2 (before a ReLU). */
  readonly gain?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/**
 * The linear layers on sets that commute with permutations (Zaheer et al., Deep Sets, 2017,
 * lemma 3), for any number n of elements: y_i = (x_i − x̄)·A + x̄·B + b, [B, n, C] → [B, n, units].
 *
 * Written by isotypic components (deviations and mean) rather than as x_i·Λ + x̄·Γ, so that the
 * initial variance of each is kept. Weights: `deviation`, `mean` [C, units], `bias` [units].
 */
export class SetLinear extends tf.layers.Layer implements PlainConvertible {
  static readonly className = 'SetLinear';
  readonly units: number;
  readonly useBias: boolean;
  readonly gain: number;
  readonly seed: number;
  #deviation: tf.LayerVariable | undefined;
  #mean: tf.LayerVariable | undefined;
  #bias: tf.LayerVariable | undefined;

  constructor(args: SetLinearArgs) {
    super(args);
    this.units = args.units;
    if (!Number.isInteger(this.units) || this.units < 1) {
      throw new LayerError(this.name, `units must be a positive integer, got ${this.units}.`);
    }
    this.useBias = args.useBias ?? true;
    this.gain = args.gain ?? 2;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ ndim: 3 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = knownChannels(onlyShape(inputShape), this.name);
    const weight = (name: string) =>
      this.addWeight(
        name,
        [channels, this.units],
        'float32',
        scaledNormal(channels, this.gain, this.seed, `${this.name}/${name}`),
      );
    this.#deviation = weight('deviation');
    this.#mean = weight('mean');
    if (this.useBias) {
      this.#bias = this.addWeight('bias', [this.units], 'float32', tf.initializers.zeros());
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...onlyShape(inputShape).slice(0, -1), this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const mean = tf.mean(x, 1, true);
      const deviations = mixChannels(tf.sub(x, mean), this.#deviation!.read());
      const y = tf.add(deviations, mixChannels(mean, this.#mean!.read()));
      return this.#bias ? tf.add(y, this.#bias.read()) : y;
    });
  }

  /** x·A + 1·(x̄·(B − A) + b); the number of elements must be known. */
  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { units, useBias } = this;
    const n = x.shape[1];
    if (typeof n !== 'number') {
      throw new LayerError(this.name, 'toPlain needs a known number of elements.');
    }
    const [deviation, mean] = [this.#deviation!.read(), this.#mean!.read()];
    const own = tf.layers.dense({ units, useBias: false, name: this.name });
    const shared = tf.layers.dense({ units, useBias });
    const bias = this.#bias ? [this.#bias.read().clone()] : [];
    const pooled = chain(x, tf.layers.globalAveragePooling1d({}));
    const correction = applyWithWeights(shared, [tf.sub(mean, deviation), ...bias], pooled);
    const spread = chain(correction, tf.layers.repeatVector({ n }));
    const parts = [applyWithWeights(own, [deviation.clone()], x), spread];
    return tf.layers.add().apply(parts) as tf.SymbolicTensor;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, useBias, gain, seed } = this;
    return { ...super.getConfig(), units, useBias, gain, seed };
  }
}

tf.serialization.registerClass(SetLinear);
