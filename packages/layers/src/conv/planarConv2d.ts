/**
 * What the lifting and the group convolution share: one small filter τ, spread over the group by its
 * bank (filterBank.ts), then an ordinary `tf.conv2d`.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { heNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor } from '../layer.js';
import { applyWithWeights } from '../plain/plainConvertible.js';
import { circularPad2d, plainWrap } from './circularPadding.js';
import type { FilterBank } from './filterBank.js';
import { RegularConv2d } from './regularConv2d.js';

/** @internal Convolution whose filters are one filter τ in all orientations of a planar group. */
export abstract class PlanarConv2d extends RegularConv2d {
  #bank: FilterBank | undefined;
  #kernel: tf.LayerVariable | undefined;

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = this.prepare(onlyShape(inputShape));
    this.#bank = this.bank({ kernelSize: this.kernelSize, onFields: this.inputFieldSize > 1 });
    const { size, power } = this.#bank;
    this.#kernel = this.addWeight(
      'kernel',
      [size, channels, this.filters],
      'float32',
      heNormal(size * power * channels, this.seed, this.name),
    );
    this.addBias();
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor<tf.Tensor4D>(inputs);
      const circular = this.padding === 'circular';
      const padded = circular ? circularPad2d(x, (this.kernelSize - 1) / 2) : x;
      const pad = circular ? 'valid' : 'same';
      const y = tf.conv2d(padded, this.expandedFilter(), this.strides, pad);
      return this.useBias ? tf.add(y, this.expandedBias()) : y;
    });
  }

  /**
   * The filter of the equivalent ordinary convolution, [k, k, input depth, filters·|G|]:
   * τ in every orientation. The caller owns the tensor.
   */
  expandedFilter(): tf.Tensor4D {
    if (!this.#kernel) throw new LayerError(this.name, 'has no weights before it is built.');
    const { kernelSize: k, inputFieldSize: fields, filters } = this;
    const { order } = this.group;
    const [, channels] = this.#kernel.shape as number[];
    return tf.tidy(() => {
      // [G, taps·fields, Cin, Cout] → [taps, Cin, fields, Cout, G]: the group index is the fastest.
      const bank = this.#bank!.spread(this.#kernel!.read());
      const parts = bank.reshape([order, k * k, fields, channels!, filters]);
      return parts
        .transpose([1, 3, 2, 4, 0])
        .reshape([k, k, channels! * fields, filters * order]) as tf.Tensor4D;
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { kernelSize, strides, useBias, name } = this;
    const circular = this.padding === 'circular';
    const filters = this.filters * this.group.order;
    const padding = circular ? 'valid' : 'same';
    const layer = tf.layers.conv2d({ filters, kernelSize, strides, padding, useBias, name });
    const weights = [this.expandedFilter(), ...(useBias ? [this.expandedBias()] : [])];
    return applyWithWeights(layer, weights, circular ? plainWrap(x, (kernelSize - 1) / 2) : x);
  }
}
