import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { checkPool, type ApplyInputs, type ApplyKwargs } from '../field/typedLayer.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { checkPoolMode, type PoolMode } from './reduction.js';

export interface SpatialPool2dArgs extends LayerArgs {
  /** `'mean'` (default) or `'max'`. */
  readonly mode?: PoolMode;
  /** Side of the square blocks, default 2; must divide the height and the width. */
  readonly size?: number;
}

/**
 * Pools non-overlapping size×size blocks: [B, H, W, C] → [B, H/size, W/size, C].
 *
 * Blocks that tile the image exactly are mapped onto each other by quarter turns and reflections,
 * so the layer is equivariant; an image they do not tile would lose its last rows, and is refused.
 */
export class SpatialPool2d extends tf.layers.Layer implements PlainConvertible {
  static readonly className = 'SpatialPool2d';
  readonly mode: PoolMode;
  readonly size: number;

  constructor(args: SpatialPool2dArgs = {}) {
    super(args);
    this.mode = checkPoolMode(args.mode ?? 'mean', this.name);
    this.size = args.size ?? 2;
    if (!Number.isInteger(this.size) || this.size < 1) {
      throw new LayerError(this.name, `size must be a positive integer, got ${this.size}.`);
    }
    this.inputSpec = [{ ndim: 4 }];
  }

  /** @throws {LayerError} for maxima of fields whose entries mix, or behind what broke a symmetry. */
  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    checkPool(this.mode, inputs, this.name);
    return super.apply(inputs, kwargs);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width, channels] = onlyShape(inputShape);
    return [batch!, this.#blocks(height!), this.#blocks(width!), channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyTensor<tf.Tensor4D>(inputs);
    this.computeOutputShape(x.shape);
    const pool = this.mode === 'mean' ? tf.avgPool : tf.maxPool;
    return pool(x, this.size, this.size, 'valid');
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { averagePooling2d, maxPooling2d } = tf.layers;
    const pool = this.mode === 'mean' ? averagePooling2d : maxPooling2d;
    return chain(x, pool({ poolSize: this.size, strides: this.size, name: this.name }));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mode: this.mode, size: this.size };
  }

  #blocks(length: number | null): number | null {
    if (length === null) return null;
    if (length % this.size !== 0) {
      throw new LayerError(
        this.name,
        `blocks of ${this.size} do not tile a side of ${length} pixels, which would break the ` +
          `symmetry; use sides that are multiples of ${this.size}.`,
      );
    }
    return length / this.size;
  }
}

tf.serialization.registerClass(SpatialPool2d);
