import * as tf from '@tensorflow/tfjs';
import { checkPool, type ApplyInputs, type ApplyKwargs } from '../field/typedLayer.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { checkPoolMode, reduce, type PoolMode } from './reduction.js';

export interface GlobalPoolArgs extends LayerArgs {
  /** `'mean'` (default) or `'max'`. */
  readonly mode?: PoolMode;
}

/**
 * Pools over all positions: [B, H, W, C] → [B, C]. A group that permutes positions and leaves the
 * channels alone then has no effect; a regular field stays one, (h·y)[g] = y[h⁻¹g].
 */
export class GlobalPool extends tf.layers.Layer implements PlainConvertible {
  static readonly className = 'GlobalPool';
  readonly mode: PoolMode;

  constructor(args: GlobalPoolArgs = {}) {
    super(args);
    this.mode = checkPoolMode(args.mode ?? 'mean', this.name);
    this.inputSpec = [{ ndim: 4 }];
  }

  /** @throws {LayerError} for maxima of fields whose entries mix, or behind what broke a symmetry. */
  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    checkPool(this.mode, inputs, this.name);
    return super.apply(inputs, kwargs);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , , channels] = onlyShape(inputShape);
    return [batch!, channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => reduce(this.mode, onlyTensor(inputs), [1, 2]));
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { globalAveragePooling2d, globalMaxPooling2d } = tf.layers;
    const { name } = this;
    const isMean = this.mode === 'mean';
    return chain(x, isMean ? globalAveragePooling2d({ name }) : globalMaxPooling2d({ name }));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mode: this.mode };
  }
}

tf.serialization.registerClass(GlobalPool);
