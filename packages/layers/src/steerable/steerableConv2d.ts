import * as tf from '@tensorflow/tfjs';
import { checkKernelSize } from '../conv/filterIndex.js';
import { checkStrides } from '../conv/strides.js';
import { circularPad2d, plainWrap } from '../conv/circularPadding.js';
import { LayerError } from '../errors.js';
import { describeType, type FieldTerm } from '../field/fieldType.js';
import { exactSubgroup } from '../group/planarGroup.js';
import { onlyShape, onlyTensor, positiveInteger } from '../layer.js';
import type { Block } from '../linear/intertwinerBlock.js';
import { IntertwinerLayer, type IntertwinerLayerArgs } from '../linear/intertwinerLayer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { kernelBasis } from './kernelBasis.js';

export interface SteerableConv2dArgs extends IntertwinerLayerArgs {
  /** Odd side of the square filter. */
  readonly kernelSize: number;
  /** `'same'` pads with zeros (default), `'circular'` wraps around. */
  readonly padding?: 'same' | 'circular';
  /** Steps between outputs, default 1; others only where quarter turns keep the pixels read. */
  readonly strides?: number;
  /** Largest share of kept pixels that a stride may let the group move onto others, default 0. */
  readonly acceptDefect?: number;
  /**
   * Largest frequency of the sampled filters of SO(2), O(2) and C_n, D_n with n ∤ 4. Default k − 2, at
   * most k − 1, where the sampling is felt most; rings of radius r carry frequencies up to 2r.
   */
  readonly bandLimit?: number;
}

/**
 * Steerable convolution between fields of any types (Weiler & Cesa, General E(2)-Equivariant Steerable
 * CNNs, 2019): [B, H, W, input.size] → [B, H, W, output.size]. An element g turns the image and the
 * entries at each pixel, (g·f)[p] = ρ(g) f[g⁻¹p].
 *
 * C_n and D_n with n | 4 are exact. SO(2), O(2) and the other C_n and D_n have circular harmonics for
 * filters: exact under the quarter turns and reflections among them, and under other angles up to the
 * sampling on the grid.
 *
 * Weights: as EquivariantLinear, `basis_j_i` [rank, dimOut·k²·dimIn].
 */
export class SteerableConv2d extends IntertwinerLayer implements PlainConvertible {
  static readonly className = 'SteerableConv2d';
  readonly kernelSize: number;
  readonly padding: 'same' | 'circular';
  readonly strides: number;
  readonly acceptDefect: number;
  readonly bandLimit: number;
  /** The share of kept pixels that the group moves onto others, once built; 0 if equivariant. */
  strideDefect = 0;

  /** @throws {LayerError} if the kernel size is even or the padding unknown. */
  constructor(args: SteerableConv2dArgs) {
    super(args);
    checkKernelSize(args.kernelSize, this.name);
    this.kernelSize = args.kernelSize;
    this.padding = args.padding ?? 'same';
    if (this.padding !== 'same' && this.padding !== 'circular') {
      throw new LayerError(
        this.name,
        `padding must be 'same' or 'circular', got '${this.padding}'.`,
      );
    }
    this.strides = positiveInteger(args.strides ?? 1, 'strides', this.name);
    this.acceptDefect = args.acceptDefect ?? 0;
    this.bandLimit = checkBandLimit(args.bandLimit, this.kernelSize, this.name);
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const [, height, width] = onlyShape(inputShape);
    const image = { ...this.#image(), height: height!, width: width! };
    const exact = exactSubgroup(this.inputType.group);
    if (exact) this.strideDefect = checkStrides(exact, image, this.acceptDefect, this.name);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width] = onlyShape(inputShape);
    const size = (n: number | null) => (n === null ? null : Math.ceil(n / this.strides));
    return [batch!, size(height!), size(width!), this.outputType.size];
  }

  protected get taps(): number {
    return this.kernelSize ** 2;
  }

  protected makeBlocks(): Block[][] {
    const { inputType: input, outputType: output } = this;
    if (input.group !== output.group) {
      throw new LayerError(
        this.name,
        `expected types of one group, got ${describeType(input)} and ${describeType(output)}.`,
      );
    }
    return output.terms.map((out) => input.terms.map((term) => this.#block(term, out)));
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor<tf.Tensor4D>(inputs);
      const circular = this.padding === 'circular';
      const padded = circular ? circularPad2d(x, (this.kernelSize - 1) / 2) : x;
      const y = tf.conv2d(padded, this.expandedFilter(), this.strides, circular ? 'valid' : 'same');
      return this.useBias ? tf.add(y, this.expandedBias()) : y;
    });
  }

  /** The filter of the equivalent convolution, [k, k, input.size, output.size]; the caller owns it. */
  expandedFilter(): tf.Tensor4D {
    const { kernelSize: k } = this;
    return tf.tidy(() => {
      const taps = this.expandTaps();
      return taps.reshape([k, k, this.inputType.size, this.outputType.size]) as tf.Tensor4D;
    });
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { kernelSize, strides, useBias, name } = this;
    const circular = this.padding === 'circular';
    const filters = this.outputType.size;
    const padding = circular ? 'valid' : 'same';
    const layer = tf.layers.conv2d({ filters, kernelSize, strides, padding, useBias, name });
    const weights = [this.expandedFilter(), ...(useBias ? [this.expandedBias()] : [])];
    return applyWithWeights(layer, weights, circular ? plainWrap(x, (kernelSize - 1) / 2) : x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { acceptDefect, bandLimit } = this;
    return { ...super.getConfig(), ...this.#image(), acceptDefect, bandLimit };
  }

  #image() {
    const { kernelSize, padding, strides } = this;
    return { kernelSize, padding, strides };
  }

  #block(term: FieldTerm, out: FieldTerm): Block {
    for (const { representation, name, action } of [term, out]) {
      if (!representation || action === 'linear') {
        throw new LayerError(this.name, `${name} must be an orthogonal representation.`);
      }
    }
    const { kernelSize, bandLimit, name } = this;
    const sampling = { kernelSize, bandLimit };
    const basis = kernelBasis(term.representation!, out.representation!, sampling, name);
    return { ...basis, channels: term.multiplicity };
  }
}

tf.serialization.registerClass(SteerableConv2d);

/** @throws {LayerError} if no ring of the kernel carries the frequency. */
function checkBandLimit(given: number | undefined, kernelSize: number, where: string): number {
  if (given === undefined) return Math.max(0, kernelSize - 2);
  if (!Number.isInteger(given) || given < 0) {
    throw new LayerError(where, `bandLimit must be an integer ≥ 0, got ${given}.`);
  }
  if (given < kernelSize) return given;
  throw new LayerError(
    where,
    `a kernel of ${kernelSize}×${kernelSize} is too small for the band limit ${given}: its outermost ` +
      `ring carries frequencies up to ${kernelSize - 1}; use a kernelSize of at least ` +
      `${2 * Math.ceil(given / 2) + 1}, or a smaller bandLimit.`,
  );
}
