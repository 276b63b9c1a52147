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

  /** x [B, …, C·|G|] normalised, scaled and shifted. */
  protected abstract normalise(x: tf.Tensor, training: boolean): tf.Tensor;

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
    return tf.tidy(() => this.normalise(onlyTensor(inputs), kwargs?.training ?? false));
  }

  /** γ · deviation / √(variance + ε) + β */
  protected rescale(deviation: tf.Tensor, variance: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(deviation, this.scaleFor(variance)), this.offset());
  }

  /** γ / √(variance + ε) */
  protected scaleFor(variance: tf.Tensor): tf.Tensor {
    const scale = perEntry(this.gamma(), this.group.order);
    return tf.mul(scale, tf.rsqrt(tf.add(variance, this.epsilon)));
  }

  /** β of every entry, [C·|G|]. */
  protected offset(): tf.Tensor {
    return perEntry(this.beta(), this.group.order);
  }

  /** γ, [C, 1]. */
  protected gamma(): tf.Tensor {
    return this.#scale!.read();
  }

  /** β, [C, 1]. */
  protected beta(): tf.Tensor {
    return this.#offset!.read();
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), group: groupConfig(this.group), epsilon: this.epsilon };
  }

  /** The weights with every channel's value written out for its |G| entries; the caller owns them. */
  protected weightsPerEntry(): tf.Tensor[] {
    const { order } = this.group;
    return this.getWeights().map((weight) => tf.tidy(() => perEntry(weight, order)));
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

/**
 * Values of channels [..., C, 1] written out for their |G| entries, [..., C·|G|]: broadcasts run along
 * all entries of the last axis instead of |G| at a time.
 */
export function perEntry(values: tf.Tensor, order: number): tf.Tensor {
  const leading = values.shape.slice(0, -2);
  const tiled = tf.tile(values, [...values.shape.slice(0, -1).map(() => 1), order]);
  return tiled.reshape([...leading, -1]);
}

/** The axes 0 … rank−1 without those given. */
export function axesExcept(rank: number, ...kept: number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !kept.includes(axis));
}
