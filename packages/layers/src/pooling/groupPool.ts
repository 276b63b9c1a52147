import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { groupConfig, readGroup, type GroupSpec } from '../group/groupSpec.js';
import { checkRegular, type ApplyInputs, type ApplyKwargs } from '../field/typedLayer.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { checkPoolMode, reduce, type PoolMode } from './reduction.js';

export interface GroupPoolArgs extends LayerArgs {
  /** Any finite group. */
  readonly group: GroupSpec;
  /** `'max'` (default) or `'mean'`. */
  readonly mode?: PoolMode;
}

/**
 * Pools over the group: regular fields [B, …, C·|G|] → invariant channels [B, …, C].
 *
 * The group only permutes the |G| values of a channel, so that their mean and maximum are invariant
 * (spatial positions, if any, still move).
 */
export class GroupPool extends tf.layers.Layer implements PlainConvertible {
  static readonly className = 'GroupPool';
  readonly group: FiniteGroup;
  readonly mode: PoolMode;

  constructor(args: GroupPoolArgs) {
    super(args);
    this.group = readGroup(args.group);
    this.mode = checkPoolMode(args.mode ?? 'max', this.name);
    this.inputSpec = [{ minNDim: 2 }];
  }

  /** @throws {LayerError} if the input is known to be no field of |G| permuted values per channel. */
  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    checkRegular(inputs, this.group, this.name, 'FieldNorms');
    return super.apply(inputs, kwargs);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = onlyShape(inputShape);
    return [...shape.slice(0, -1), this.#channels(shape.at(-1)!)];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      const channels = this.#channels(x.shape.at(-1)!);
      const fields = x.reshape([...x.shape.slice(0, -1), channels, this.group.order]);
      return reduce(this.mode, fields, [x.rank]);
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { averagePooling1d, maxPooling1d, reshape } = tf.layers;
    const shape = this.computeOutputShape(x.shape).slice(1);
    const poolSize = this.group.order;
    const pool = this.mode === 'mean' ? averagePooling1d : maxPooling1d;
    return chain(
      x,
      reshape({ targetShape: [poolSize * tf.util.sizeFromShape(shape as number[]), 1] }),
      pool({ poolSize, strides: poolSize, name: this.name }),
      reshape({ targetShape: shape }),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), group: groupConfig(this.group), mode: this.mode };
  }

  #channels(depth: number | null): number {
    const { order } = this.group;
    if (depth === null || depth % order !== 0) {
      throw new LayerError(
        this.name,
        `expected a feature axis that is a multiple of |${this.group.name}| = ${order}, got ${depth}.`,
      );
    }
    return depth / order;
  }
}

tf.serialization.registerClass(GroupPool);
