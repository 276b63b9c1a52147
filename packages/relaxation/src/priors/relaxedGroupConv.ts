import * as tf from '@tensorflow/tfjs';
import { circularPad2d, type GroupConv2d, type LiftingConv2d } from '@intertwiner/layers';
import { RelaxationError } from '../errors.js';

/**
 * Relaxed group convolution (Wang, Walters & Yu, Approximately Equivariant Networks for Imperfectly
 * Symmetric Dynamics, 2022): the filter of group element h is Σ_l w_l(h)·ψ_l transformed by h. It is
 * exactly equivariant just when every w_l is constant in h, as it is at the start (1/L).
 *
 * Weights: those of the L filter banks, and `relaxation` [L, |G|].
 */
export class RelaxedGroupConv2d extends tf.layers.Layer {
  static readonly className = 'RelaxedGroupConv2d';
  readonly banks: readonly (LiftingConv2d | GroupConv2d)[];
  #mix: tf.LayerVariable | undefined;

  /**
   * @param banks L convolutions of one class and one size, not yet built; the first has the bias.
   * @throws RelaxationError if their sizes differ.
   */
  constructor(banks: readonly (LiftingConv2d | GroupConv2d)[], name?: string) {
    super(name === undefined ? {} : { name });
    this.banks = banks;
    const describe = (bank: LiftingConv2d | GroupConv2d) =>
      [
        bank.getClassName(),
        bank.group.name,
        bank.filters,
        bank.kernelSize,
        bank.padding,
        bank.strides,
      ].join();
    if (new Set(banks.map(describe)).size === 1) return;
    throw new RelaxationError(
      this.name,
      'expected one or more convolutions of the same class, group, filters, kernel size, padding and ' +
        'strides.',
    );
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    for (const bank of this.banks) if (!bank.built) bank.build(inputShape);
    const [first] = this.banks;
    const shape = [this.banks.length, first.group.order];
    const value = tf.initializers.constant({ value: 1 / this.banks.length });
    this.#mix = this.addWeight('relaxation', shape, 'float32', value);
    super.build(inputShape);
  }

  /** w [L, |G|]. */
  get mix(): tf.Variable<tf.Rank.R2> {
    return this.#mix!.read() as tf.Variable<tf.Rank.R2>;
  }

  /** Makes the layer exactly equivariant: every w_l becomes its mean over the group. */
  project(): void {
    tf.tidy(() => {
      const means = tf.mean(this.mix, 1, true);
      this.mix.assign(tf.mul(tf.onesLike(this.mix), means));
    });
  }

  override get trainableWeights(): tf.LayerVariable[] {
    return [...this.banks.flatMap((bank) => bank.trainableWeights), ...super.trainableWeights];
  }

  override set trainableWeights(weights: tf.LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return this.banks[0].computeOutputShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const { padding, kernelSize, strides, useBias } = this.banks[0];
      const circular = padding === 'circular';
      const padded = circular ? circularPad2d(x, (kernelSize - 1) / 2) : x;
      const y = tf.conv2d(padded, this.#filter(), strides, circular ? 'valid' : 'same');
      return useBias ? tf.add(y, this.banks[0].expandedBias()) : y;
    });
  }

  /** Σ_l w_l(h)·ψ_l in orientation h, [k, k, in, filters·|G|] with h the fastest. */
  #filter(): tf.Tensor4D {
    const { filters } = this.banks[0];
    const { order } = this.banks[0].group;
    const parts = this.banks.map((bank, l) => {
      const w = tf.slice(this.mix, [l, 0], [1, order]).reshape([order]);
      return tf.mul(bank.expandedFilter(), tf.tile(w, [filters]));
    });
    return parts.reduce((a, b) => tf.add(a, b)) as tf.Tensor4D;
  }
}
