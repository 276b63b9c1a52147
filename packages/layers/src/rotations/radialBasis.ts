import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { onlyShape, onlyTensor, positiveInteger, type LayerArgs } from '../layer.js';

export interface RadialBasisArgs extends LayerArgs {
  /** Number of functions. */
  readonly size: number;
  /** Distance beyond which they vanish, in units of the input. */
  readonly cutoff: number;
  /**
   * `'gaussian'` (default): Gaussians at even distances, one width apart; `'bessel'`: √(2/c)·sin(kπr/c)/r
   * (Gasteiger et al., Directional Message Passing for Molecular Graphs, 2020, eq. 7).
   */
  readonly kind?: 'gaussian' | 'bessel';
}

/**
 * Functions of a distance to weight radial networks with: [B, …, 1] → [B, …, size], times the envelope
 * ½(1 + cos πr/c), which lets them and their slope vanish at the cutoff c. Invariant; no weights.
 */
export class RadialBasis extends tf.layers.Layer {
  static readonly className = 'RadialBasis';
  readonly size: number;
  readonly cutoff: number;
  readonly kind: 'gaussian' | 'bessel';

  /** @throws {LayerError} if size, cutoff or kind make no sense. */
  constructor(args: RadialBasisArgs) {
    super(args);
    this.size = positiveInteger(args.size, 'size', this.name);
    this.cutoff = args.cutoff;
    if (!(this.cutoff > 0)) {
      throw new LayerError(this.name, `cutoff must be a positive distance, got ${this.cutoff}.`);
    }
    this.kind = args.kind ?? 'gaussian';
    if (this.kind !== 'gaussian' && this.kind !== 'bessel') {
      throw new LayerError(this.name, `kind must be 'gaussian' or 'bessel', got '${this.kind}'.`);
    }
    this.inputSpec = [{ minNDim: 2 }];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...onlyShape(inputShape).slice(0, -1), this.size];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const r = onlyTensor(inputs);
      const values = this.kind === 'gaussian' ? this.#gaussians(r) : this.#bessel(r);
      return tf.mul(values, envelope(r, this.cutoff));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { size, cutoff, kind } = this;
    return { ...super.getConfig(), size, cutoff, kind };
  }

  #gaussians(r: tf.Tensor): tf.Tensor {
    return gaussians(r, this.size, this.cutoff);
  }

  /** √(2/c)·sin(kπr/c)/r, at r = 0 its limit √(2/c)·kπ/c. */
  #bessel(r: tf.Tensor): tf.Tensor {
    const frequencies = tf.mul(tf.range(1, this.size + 1), Math.PI / this.cutoff);
    const safe = tf.maximum(r, 1e-6 * this.cutoff);
    const waves = tf.div(tf.sin(tf.mul(safe, frequencies)), safe);
    return tf.mul(waves, Math.sqrt(2 / this.cutoff));
  }
}

tf.serialization.registerClass(RadialBasis);

/** Gaussians at even distances 0 … cutoff, one width apart, of distances [..., 1]. */
export function gaussians(r: tf.Tensor, size: number, cutoff: number): tf.Tensor {
  const spacing = cutoff / (size - 1 || 1);
  const centres = tf.mul(tf.range(0, size), spacing);
  return tf.exp(tf.mul(tf.square(tf.div(tf.sub(r, centres), spacing)), -0.5));
}

/** ½(1 + cos πr/c) up to the cutoff c, 0 beyond. */
export function envelope(r: tf.Tensor, cutoff: number): tf.Tensor {
  const phase = tf.minimum(tf.div(r, cutoff), 1);
  return tf.mul(tf.add(tf.cos(tf.mul(phase, Math.PI)), 1), 0.5);
}
