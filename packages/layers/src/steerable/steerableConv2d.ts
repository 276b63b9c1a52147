import * as tf from '@tensorflow/tfjs';
import { checkKernelSize } from '../conv/filterIndex.js';
import { circularPad2d, plainWrap } from '../conv/circularPadding.js';
import { LayerError } from '../errors.js';
import { describeType, type FieldTerm } from '../field/fieldType.js';
import { onlyTensor } from '../layer.js';
import type { Block } from '../linear/intertwinerBlock.js';
import { IntertwinerLayer, type IntertwinerLayerArgs } from '../linear/intertwinerLayer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { kernelBasis } from './kernelBasis.js';

export interface SteerableConv2dArgs extends IntertwinerLayerArgs {
  /** Odd side of the square filter. */
  readonly kernelSize: number;
  /** `'same'` pads with zeros (default), `'circular'` wraps around. */
  readonly padding?: 'same' | 'circular';
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
    this.inputSpec = [{ ndim: 4 }];
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
      const y = tf.conv2d(padded, this.expandedFilter(), 1, circular ? 'valid' : 'same');
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
    const { kernelSize, useBias, name } = this;
    const circular = this.padding === 'circular';
    const filters = this.outputType.size;
    const padding = circular ? 'valid' : 'same';
    const layer = tf.layers.conv2d({ filters, kernelSize, padding, useBias, name });
    const weights = [this.expandedFilter(), ...(useBias ? [this.expandedBias()] : [])];
    return applyWithWeights(layer, weights, circular ? plainWrap(x, (kernelSize - 1) / 2) : x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { kernelSize, padding } = this;
    return { ...super.getConfig(), kernelSize, padding };
  }

  #block(term: FieldTerm, out: FieldTerm): Block {
    for (const { representation, name, action } of [term, out]) {
      if (!representation || action === 'linear') {
        throw new LayerError(this.name, `${name} must be an orthogonal representation.`);
      }
    }
    const { kernelSize, name } = this;
    const basis = kernelBasis(term.representation!, out.representation!, kernelSize, name);
    return { ...basis, channels: term.multiplicity };
  }
}

tf.serialization.registerClass(SteerableConv2d);
