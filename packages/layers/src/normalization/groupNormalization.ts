/**
 * Normalisation of regular fields. Statistics are shared over the |G| values of a channel, and so
 * are scale and offset: the group permutes these values, hence leaves mean and variance as they are.
 */
import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { checkRegular, type ApplyInputs, type ApplyKwargs } from '../field/typedLayer.js';
import { groupConfig, readGroup, type GroupSpec } from '../group/groupSpec.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';

export interface GroupNormalizationArgs extends LayerArgs {
  /** Any finite group; `'C1'` gives the ordinary normalisation. */
  readonly group: GroupSpec;
  /** Added to variances, default 1e-3. */
  readonly epsilon?: number;
}

/** Mean and variance, broadcastable to [B, …, C, |G|]. */
export interface Moments {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** @internal Normalises [B, …, C·|G|] with scale γ and offset β per channel. */
export abstract class GroupNormalization extends tf.layers.Layer {
  readonly group: FiniteGroup;
  readonly epsilon: number;
  #scale: tf.LayerVariable | undefined;
  #offset: tf.LayerVariable | undefined;

  constructor(args: GroupNormalizationArgs) {
    super(args);
    this.group = readGroup(args.group);
    this.epsilon = args.epsilon ?? 1e-3;
    this.inputSpec = [{ minNDim: 2 }];
  }

  /** The statistics to normalise `fields` [B, …, C, |G|] with. */
  protected abstract moments(fields: tf.Tensor, training: boolean): Moments;

  /** @throws {LayerError} if the input is known to be no field of |G| permuted values per channel. */
  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    const twin = this.getClassName().replace('Group', 'Field');
    checkRegular(inputs, this.group, this.name, twin);
    return super.apply(inputs, kwargs);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = onlyShape(inputShape);
    const channels = this.channelsOf(shape.at(-1)!);
    this.#scale = this.addWeight('gamma', [channels, 1], 'float32', tf.initializers.ones());
    this.#offset = this.addWeight('beta', [channels, 1], 'float32', tf.initializers.zeros());
    this.inputSpec = [{ ndim: shape.length, axes: { [shape.length - 1]: shape.at(-1)! } }];
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const fields = x.reshape([...x.shape.slice(0, -1), -1, this.group.order]);
      const { mean, variance } = this.moments(fields, kwargs?.training ?? false);
      const scale = tf.mul(this.#scale!.read(), tf.rsqrt(tf.add(variance, this.epsilon)));
      const normalised = tf.add(tf.mul(tf.sub(fields, mean), scale), this.#offset!.read());
      return normalised.reshape(x.shape);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), group: groupConfig(this.group), epsilon: this.epsilon };
  }

  /** The weights with every channel's value written out for its |G| entries; the caller owns them. */
  protected weightsPerEntry(): tf.Tensor[] {
    const { order } = this.group;
    return this.getWeights().map((weight) => tf.tidy(() => tf.tile(weight, [1, order]).flatten()));
  }

  protected channelsOf(depth: number | null): number {
    const { order, name } = this.group;
    if (depth === null || depth % order !== 0) {
      throw new LayerError(
        this.name,
        `expected a feature axis that is a multiple of |${name}| = ${order}, got ${depth}.`,
      );
    }
    return depth / order;
  }
}

/** The axes 0 … rank−1 without those given. */
export function axesExcept(rank: number, ...kept: number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !kept.includes(axis));
}
