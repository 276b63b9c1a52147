import * as tf from '@tensorflow/tfjs';
import { heNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor } from '../layer.js';
import { applyWithWeights } from '../plain/plainConvertible.js';
import { circularPad2d, plainWrap } from './circularPadding.js';
import type { FilterBank } from './filterBank.js';
import { RegularConv2d } from './regularConv2d.js';

/**
 * Separable group convolution (Knigge, Romero & Bekkers, Exploiting Redundancy: Separable Group
 * Convolutional Networks on Lie Groups, 2022): the filter is a product of one over the group and the
 * channels, and one over the plane of each output channel,
 * y[p, c·|G|+g] = b_c + Σ_q τ_c[g⁻¹q] Σ_{h,c'} x[p + q, c'·|G|+h] κ_cc'[g⁻¹h].
 *
 * With k²·F + |G|·Cin·F weights instead of k²·|G|·Cin·F, and as much less work. Weights: `pointwise`
 * [|G|, Cin, filters], `depthwise` [k·k, filters], `bias` [filters], zero.
 */
export class SeparableGroupConv2d extends RegularConv2d {
  static readonly className = 'SeparableGroupConv2d';
  #pointwise: tf.LayerVariable | undefined;
  #depthwise: tf.LayerVariable | undefined;
  #fibres: FilterBank | undefined;
  #turns: FilterBank | undefined;

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = this.prepare(onlyShape(inputShape));
    const { seed, name, filters } = this;
    this.#fibres = this.bank({ kernelSize: 1, onFields: true });
    this.#turns = this.bank({ kernelSize: this.kernelSize, onFields: false });
    const add = (what: string, shape: number[], fanIn: number) =>
      this.addWeight(what, shape, 'float32', heNormal(fanIn, seed, `${name}/${what}`));
    const { size: taps, power } = this.#turns;
    // Variance 1 behind the first part, 2 behind both, as before a ReLU.
    this.#pointwise = add(
      'pointwise',
      [this.group.order, channels, filters],
      2 * this.group.order * channels,
    );
    this.#depthwise = add('depthwise', [taps, filters], taps * power);
    this.addBias();
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor<tf.Tensor4D>(inputs);
      const mixed = tf.conv2d(x, this.expandedPointwise(), 1, 'same');
      const circular = this.padding === 'circular';
      const padded = circular ? circularPad2d(mixed, (this.kernelSize - 1) / 2) : mixed;
      const pad = circular ? 'valid' : 'same';
      const y = tf.depthwiseConv2d(padded, this.expandedDepthwise(), this.strides, pad);
      return this.useBias ? tf.add(y, this.expandedBias()) : y;
    });
  }

  /** The 1×1 filter of the first part, [1, 1, Cin·|G|, filters·|G|]; the caller owns it. */
  expandedPointwise(): tf.Tensor4D {
    const { order } = this.group;
    return tf.tidy(() => {
      const [, channels, filters] = this.#pointwise!.shape as number[];
      const bank = this.#fibres!.spread(this.#pointwise!.read());
      // [G out, G in, Cin, Cout] → [Cin, G in, Cout, G out]
      const parts = bank.reshape([order, order, channels, filters]).transpose([2, 1, 3, 0]);
      return parts.reshape([1, 1, channels * order, filters * order]) as tf.Tensor4D;
    });
  }

  /** The depthwise filter of the second part, [k, k, filters·|G|, 1]; the caller owns it. */
  expandedDepthwise(): tf.Tensor4D {
    const { kernelSize: k, filters } = this;
    const { order } = this.group;
    return tf.tidy(() => {
      const bank = this.#turns!.spread(this.#depthwise!.read()).reshape([order, k * k, filters]);
      return bank.transpose([1, 2, 0]).reshape([k, k, filters * order, 1]) as tf.Tensor4D;
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { kernelSize, strides, useBias, name } = this;
    const filters = this.filters * this.group.order;
    const circular = this.padding === 'circular';
    const first = tf.layers.conv2d({ filters, kernelSize: 1, useBias: false });
    const mixed = applyWithWeights(first, [this.expandedPointwise()], x);
    const padding = circular ? 'valid' : 'same';
    const second = tf.layers.depthwiseConv2d({ kernelSize, strides, padding, useBias, name });
    const weights = [this.expandedDepthwise(), ...(useBias ? [this.expandedBias()] : [])];
    const padded = circular ? plainWrap(mixed, (kernelSize - 1) / 2) : mixed;
    return applyWithWeights(second, weights, padded);
  }
}

tf.serialization.registerClass(SeparableGroupConv2d);
