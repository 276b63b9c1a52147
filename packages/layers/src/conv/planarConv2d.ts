/**
 * What the lifting and the group convolution share: one small filter τ, spread over the group by an
 * index table (filterIndex.ts), then an ordinary `tf.conv2d`.
 */
import * as tf from '@tensorflow/tfjs';
import { regular, type FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { fieldType, type FieldType } from '../field/fieldType.js';
import type { TypedOutput } from '../field/typedLayer.js';
import { groupConfig, type GroupSpec } from '../group/groupSpec.js';
import { planarGroup } from '../group/planarGroup.js';
import { heNormal } from '../init/heNormal.js';
import { onlyShape, onlyTensor, positiveInteger, type LayerArgs } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { checkKernelSize } from './filterIndex.js';
import { shareFilter } from './sharedFilter.js';
import { checkStrides } from './strides.js';
import { circularPad2d, plainWrap } from './circularPadding.js';

export interface PlanarConv2dArgs extends LayerArgs {
  /** `'C1' 'C2' 'C4' 'D1' 'D2' 'D4'`, or such a group. */
  readonly group: GroupSpec;
  /** Output channels C; each is a field of |G| values. */
  readonly filters: number;
  /** Odd side of the square filter. */
  readonly kernelSize: number;
  /** `'same'` pads with zeros (default), `'circular'` wraps around. */
  readonly padding?: 'same' | 'circular';
  /** Steps between outputs, default 1; others only where the group maps the kept pixels onto themselves. */
  readonly strides?: number;
  /** Largest share of kept pixels that a stride may let the group move onto others, default 0. */
  readonly acceptDefect?: number;
  /** One bias per channel, shared over the group; default true. */
  readonly useBias?: boolean;
  /** Seed of the initial weights, default 0; the layer's name selects the stream. */
  readonly seed?: number;
}

/** @internal Convolution whose filters are one filter τ in all orientations of a planar group. */
export abstract class PlanarConv2d
  extends tf.layers.Layer
  implements PlainConvertible, TypedOutput
{
  readonly group: FiniteGroup;
  readonly filters: number;
  readonly kernelSize: number;
  readonly padding: 'same' | 'circular';
  readonly strides: number;
  readonly acceptDefect: number;
  readonly useBias: boolean;
  readonly seed: number;
  /** The share of kept pixels that the group moves onto others, once built; 0 if equivariant. */
  strideDefect = 0;
  #index: Int32Array | undefined;
  #kernel: tf.LayerVariable | undefined;
  #bias: tf.LayerVariable | undefined;

  constructor(args: PlanarConv2dArgs) {
    super(args);
    this.group = planarGroup(args.group, this.name);
    checkKernelSize(args.kernelSize, this.name);
    this.filters = positiveInteger(args.filters, 'filters', this.name);
    this.kernelSize = args.kernelSize;
    this.padding = checkPadding(args.padding ?? 'same', this.name);
    this.strides = positiveInteger(args.strides ?? 1, 'strides', this.name);
    this.acceptDefect = args.acceptDefect ?? 0;
    this.useBias = args.useBias ?? true;
    this.seed = args.seed ?? 0;
    this.inputSpec = [{ ndim: 4 }];
  }

  /** The field type of the output: regular representations. */
  get outputType(): FieldType {
    return fieldType([regular(this.group), this.filters]);
  }

  /** Values per input channel: 1 for an image, |G| for a regular field. */
  protected abstract readonly inputFieldSize: number;

  /** [|G|, k·k·inputFieldSize], see filterIndex.ts. */
  protected abstract filterIndex(): Int32Array;

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const [, height, width, depth] = onlyShape(inputShape);
    const channels = this.#inputChannels(depth!);
    const image = { ...this.#image(), height: height!, width: width! };
    this.strideDefect = checkStrides(this.group, image, this.acceptDefect, this.name);
    const shared = this.kernelSize ** 2 * this.inputFieldSize;
    this.#index = this.filterIndex();
    this.#kernel = this.addWeight(
      'kernel',
      [shared, channels, this.filters],
      'float32',
      heNormal(shared * channels, this.seed, this.name),
    );
    if (this.useBias) {
      this.#bias = this.addWeight('bias', [this.filters], 'float32', tf.initializers.zeros());
    }
    this.inputSpec = [{ ndim: 4, axes: { 3: depth! } }];
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width] = onlyShape(inputShape);
    const size = (n: number | null) => (n === null ? null : Math.ceil(n / this.strides));
    return [batch!, size(height!), size(width!), this.filters * this.group.order];
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
    const { kernelSize: k, inputFieldSize: fields, filters } = this;
    const { order } = this.group;
    const [, channels] = this.#builtKernel().shape as number[];
    return tf.tidy(() => {
      // [G, taps·fields, Cin, Cout] → [taps, Cin, fields, Cout, G]: the group index is the fastest.
      const bank = shareFilter(this.#builtKernel().read(), this.#index!);
      const parts = bank.reshape([order, k * k, fields, channels!, filters]);
      return parts
        .transpose([1, 3, 2, 4, 0])
        .reshape([k, k, channels! * fields, filters * order]) as tf.Tensor4D;
    });
  }

  /** The bias of the equivalent ordinary convolution, [filters·|G|]. The caller owns the tensor. */
  expandedBias(): tf.Tensor1D {
    return tf.tidy(() => {
      if (!this.#bias) return tf.zeros([this.filters * this.group.order]);
      const column = this.#bias.read().reshape([this.filters, 1]);
      return column.tile([1, this.group.order]).reshape([-1]) as tf.Tensor1D;
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

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, acceptDefect, useBias, seed } = this;
    const own = { group: groupConfig(this.group), filters, ...this.#image() };
    return { ...super.getConfig(), ...own, acceptDefect, useBias, seed };
  }

  #builtKernel(): tf.LayerVariable {
    if (!this.#kernel) throw new LayerError(this.name, 'has no weights before it is built.');
    return this.#kernel;
  }

  #inputChannels(depth: number | null): number {
    if (depth === null || depth % this.inputFieldSize !== 0) {
      throw new LayerError(
        this.name,
        `expected a feature axis that is a multiple of |${this.group.name}| = ${this.inputFieldSize} ` +
          `(channel c, element g at c·${this.inputFieldSize}+g), got ${depth}; ` +
          'lift images with LiftingConv2d first.',
      );
    }
    return depth / this.inputFieldSize;
  }

  #image() {
    const { kernelSize, padding, strides } = this;
    return { kernelSize, padding, strides };
  }
}

function checkPadding(padding: string, where: string): 'same' | 'circular' {
  if (padding !== 'same' && padding !== 'circular') {
    throw new LayerError(where, `padding must be 'same' or 'circular', got '${padding}'.`);
  }
  return padding;
}
