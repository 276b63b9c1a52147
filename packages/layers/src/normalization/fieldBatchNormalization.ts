import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { follow } from './movingAverage.js';

export interface FieldBatchNormalizationArgs extends LayerArgs {
  /** Field type of the last axis; it stays as it is. */
  readonly type: FieldTypeSpec;
  /** Added to variances, default 1e-3. */
  readonly epsilon?: number;
  /** Weight of the past in the moving statistics, default 0.99. */
  readonly momentum?: number;
}

/**
 * Batch normalisation of fields of orthogonal representations [B, …, type.size]: every channel v of
 * every term is divided by √(mean |v|²/d), d its dimension, over batch and positions; where the group
 * leaves entries alone or permutes them, their mean is taken away before and an offset added after
 * (elsewhere a constant would move). On regular fields it is GroupBatchNormalization.
 *
 * Weights: `gamma` and `movingVariance` [1, channels], `beta` and `movingMean` [1, channels with a
 * mean].
 */
export class FieldBatchNormalization extends TypedLayer implements PlainConvertible {
  static readonly className = 'FieldBatchNormalization';
  readonly inputType: FieldType;
  readonly epsilon: number;
  readonly momentum: number;
  readonly #all: Channels;
  readonly #centred: Channels;
  #weights: Weights | undefined;

  /** @throws {LayerError} for a representation that does not keep lengths. */
  constructor(args: FieldBatchNormalizationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.epsilon = args.epsilon ?? 1e-3;
    this.momentum = args.momentum ?? 0.99;
    checkOrthogonal(this.inputType, this.name);
    this.#all = channelsOf(this.inputType, () => true);
    this.#centred = channelsOf(this.inputType, (action) => hasMean.has(action));
    this.inputSpec = [{ minNDim: 2 }];
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { zeros, ones } = tf.initializers;
    const add = (name: string, count: number, start: 'zeros' | 'ones', trainable: boolean) => {
      const initializer = start === 'ones' ? ones() : zeros();
      return this.addWeight(name, [1, count], 'float32', initializer, undefined, trainable);
    };
    const { count } = this.#all;
    const means = this.#centred.count;
    this.#weights = {
      gamma: add('gamma', count, 'ones', true),
      beta: means > 0 ? add('beta', means, 'zeros', true) : null,
      mean: means > 0 ? add('movingMean', means, 'zeros', false) : null,
      variance: add('movingVariance', count, 'ones', false),
    };
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const rows = x.reshape([-1, this.inputType.size]) as tf.Tensor2D;
      const training = kwargs?.training ?? false;
      const { beta } = this.#weights!;
      const deviation = this.#deviation(rows, training);
      const scaled = tf.mul(deviation, spread(this.#scale(deviation, training), this.#all));
      const y = beta ? tf.add(scaled, spread(beta.read(), this.#centred)) : scaled;
      return y.reshape(x.shape);
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { epsilon, momentum, name } = this;
    const { gamma, beta, mean, variance } = this.#weights!;
    const perEntry = (weight: tf.LayerVariable | null, channels: Channels) =>
      tf.tidy(() =>
        weight ? spread(weight.read(), channels).flatten() : tf.zeros([this.inputType.size]),
      );
    const [all, centred] = [this.#all, this.#centred];
    const layer = tf.layers.batchNormalization({ epsilon, momentum, name });
    const weights = [
      perEntry(gamma, all),
      perEntry(beta, centred),
      perEntry(mean, centred),
      perEntry(variance, all),
    ];
    return applyWithWeights(layer, weights, x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { epsilon, momentum } = this;
    return { ...super.getConfig(), type: typeConfig(this.inputType), epsilon, momentum };
  }

  /** x without the means of the channels that have one. */
  #deviation(rows: tf.Tensor2D, training: boolean): tf.Tensor {
    const moving = this.#weights!.mean;
    if (!moving) return rows;
    if (!training) return tf.sub(rows, spread(moving.read(), this.#centred));
    const mean = average(tf.mean(rows, 0, true), this.#centred);
    follow(moving, mean, this.momentum);
    return tf.sub(rows, spread(mean, this.#centred));
  }

  /** γ / √(variance + ε), [1, channels] */
  #scale(deviation: tf.Tensor, training: boolean): tf.Tensor {
    const { gamma, variance: moving } = this.#weights!;
    const variance = training
      ? average(tf.mean(tf.square(deviation), 0, true), this.#all)
      : moving.read();
    if (training) follow(moving, variance, this.momentum);
    return tf.mul(gamma.read(), tf.rsqrt(tf.add(variance, this.epsilon)));
  }
}

tf.serialization.registerClass(FieldBatchNormalization);

interface Weights {
  readonly gamma: tf.LayerVariable;
  readonly beta: tf.LayerVariable | null;
  readonly mean: tf.LayerVariable | null;
  readonly variance: tf.LayerVariable;
}

/** Constant vectors along the entries of a channel are invariant under these. */
const hasMean = new Set(['trivial', 'permutation']);

/** Which entries of the last axis belong to which channels. */
interface Channels {
  readonly count: number;
  readonly size: number;
  /** The channel of each entry, −1 for none. */
  readonly channelOf: readonly number[];
  readonly dimensions: readonly number[];
}

function channelsOf(type: FieldType, isIn: (action: string) => boolean): Channels {
  const channelOf: number[] = [];
  const dimensions: number[] = [];
  for (const { action, multiplicity, dimension } of type.terms) {
    for (let c = 0; c < multiplicity; c++) {
      const channel = isIn(action) ? dimensions.push(dimension) - 1 : -1;
      for (let i = 0; i < dimension; i++) channelOf.push(channel);
    }
  }
  return { count: dimensions.length, size: type.size, channelOf, dimensions };
}

/** Values of channels [1, channels] written to their entries [1, size]; 0 where there is none. */
function spread(values: tf.Tensor, { count, size, channelOf }: Channels): tf.Tensor {
  const matrix = new Float32Array(count * size);
  channelOf.forEach((channel, entry) => {
    if (channel >= 0) matrix[channel * size + entry] = 1;
  });
  return tf.matMul(values as tf.Tensor2D, tf.tensor2d(matrix, [count, size]));
}

/** Means over the entries of each channel, [1, size] → [1, channels]. */
function average(entries: tf.Tensor, { count, size, channelOf, dimensions }: Channels): tf.Tensor {
  const matrix = new Float32Array(size * count);
  channelOf.forEach((channel, entry) => {
    if (channel >= 0) matrix[entry * count + channel] = 1 / dimensions[channel];
  });
  return tf.matMul(entries as tf.Tensor2D, tf.tensor2d(matrix, [size, count]));
}

function checkOrthogonal({ terms, group }: FieldType, where: string): void {
  const bad = terms.find(({ action }) => action === 'linear');
  if (!bad) return;
  throw new LayerError(
    where,
    `${bad.name} of ${group} does not keep lengths, so that dividing by them is not equivariant; ` +
      'use an orthogonal representation.',
  );
}
