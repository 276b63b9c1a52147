/** What convolutions to regular fields share: arguments, checks, the bias, one bank of filters each. */
import * as tf from '@tensorflow/tfjs';
import { regular, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { describeType, fieldType, type FieldType } from '../field/fieldType.js';
import {
  typeOf,
  type ApplyInputs,
  type ApplyKwargs,
  type TypedOutput,
} from '../field/typedLayer.js';
import { groupConfig, type GroupSpec } from '../group/groupSpec.js';
import { exactSubgroup, isExact, planarGroup } from '../group/planarGroup.js';
import { onlyShape, positiveInteger, type LayerArgs } from '../layer.js';
import type { PlainConvertible } from '../plain/plainConvertible.js';
import {
  exactBank,
  interpolatedBank,
  type FilterBank,
  type FilterBankOptions,
} from './filterBank.js';
import { checkKernelSize } from './filterIndex.js';
import { checkStrides } from './strides.js';

export interface PlanarConv2dArgs extends LayerArgs {
  /** `'C1' 'C2' 'C4' 'D1' 'D2' 'D4'`, or such a group; with `interpolation` any C_n or D_n. */
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
  /**
   * `'bilinear'` turns filters by other angles than 90° as well, approximately: the layer's
   * `interpolationDefect` says how far from isometries. Default `'none'`: such groups are refused.
   */
  readonly interpolation?: 'none' | 'bilinear';
  /** One bias per channel, shared over the group; default true. */
  readonly useBias?: boolean;
  /** Seed of the initial weights, default 0; the layer's name selects the stream. */
  readonly seed?: number;
}

/** @internal Convolution whose output are regular fields of a planar group. */
export abstract class RegularConv2d
  extends tf.layers.Layer
  implements PlainConvertible, TypedOutput
{
  readonly group: FiniteGroup;
  readonly filters: number;
  readonly kernelSize: number;
  readonly padding: 'same' | 'circular';
  readonly strides: number;
  readonly acceptDefect: number;
  readonly interpolation: 'none' | 'bilinear';
  readonly useBias: boolean;
  readonly seed: number;
  /** The share of kept pixels that the group moves onto others, once built; 0 if equivariant. */
  strideDefect = 0;
  /** How far the turned filters are from isometries, once built; 0 if they are exact. */
  interpolationDefect = 0;
  #bias: tf.LayerVariable | undefined;

  constructor(args: PlanarConv2dArgs) {
    super(args);
    this.interpolation = checkInterpolation(args.interpolation ?? 'none', this.name);
    this.group = planarGroup(args.group, this.name, this.interpolation === 'bilinear');
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

  /** Values per input channel: |G| of a regular field; a lifting convolution has 1. */
  protected get inputFieldSize(): number {
    return this.group.order;
  }

  abstract applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor;

  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    if (this.inputFieldSize > 1) this.#checkType(inputs);
    return super.apply(inputs, kwargs);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width] = onlyShape(inputShape);
    const size = (n: number | null) => (n === null ? null : Math.ceil(n / this.strides));
    return [batch!, size(height!), size(width!), this.filters * this.group.order];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, acceptDefect, interpolation, useBias, seed } = this;
    const own = { group: groupConfig(this.group), filters, ...this.#image() };
    return { ...super.getConfig(), ...own, acceptDefect, interpolation, useBias, seed };
  }

  /** The bias of the equivalent ordinary convolution, [filters·|G|]. The caller owns the tensor. */
  expandedBias(): tf.Tensor1D {
    return tf.tidy(() => {
      if (!this.#bias) return tf.zeros([this.filters * this.group.order]);
      const column = this.#bias.read().reshape([this.filters, 1]);
      return column.tile([1, this.group.order]).reshape([-1]) as tf.Tensor1D;
    });
  }

  /** Checks the shape of the input, and returns its channels. */
  protected prepare([, height, width, depth]: tf.Shape): number {
    const channels = this.#inputChannels(depth!);
    const image = { ...this.#image(), height: height!, width: width! };
    const exact = exactSubgroup(this.group.name)!;
    this.strideDefect = checkStrides(exact, image, this.acceptDefect, this.name);
    this.inputSpec = [{ ndim: 4, axes: { 3: depth! } }];
    return channels;
  }

  /** The bank of a filter of this layer. */
  protected bank(options: Omit<FilterBankOptions, 'group'>): FilterBank {
    const make = isExact(this.group.name) ? exactBank : interpolatedBank;
    const bank = make({ group: this.group, ...options });
    this.interpolationDefect = Math.max(this.interpolationDefect, bank.defect);
    return bank;
  }

  protected addBias(): void {
    if (!this.useBias) return;
    this.#bias = this.addWeight('bias', [this.filters], 'float32', tf.initializers.zeros());
  }

  #checkType(inputs: ApplyInputs): void {
    const found = typeOf(Array.isArray(inputs) ? inputs[0] : inputs);
    const fits = (name: string) => name === 'R' && found?.group === this.group.name;
    if (!found || found.terms.every(({ name }) => fits(name))) return;
    throw new LayerError(
      this.name,
      `expected a regular field of ${this.group.name}, but its input carries ` +
        `${describeType(found)}; use the same group in both layers.`,
    );
  }

  #image() {
    const { kernelSize, padding, strides } = this;
    return { kernelSize, padding, strides };
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
}

/** The regular representation of the input of a convolution between regular fields. */
export function regularOf(group: FiniteGroup): Representation {
  return regular(group) as Representation;
}

function checkInterpolation(value: string, where: string): 'none' | 'bilinear' {
  if (value === 'none' || value === 'bilinear') return value;
  throw new LayerError(where, `interpolation must be 'none' or 'bilinear', got '${value}'.`);
}

function checkPadding(padding: string, where: string): 'same' | 'circular' {
  if (padding !== 'same' && padding !== 'circular') {
    throw new LayerError(where, `padding must be 'same' or 'circular', got '${padding}'.`);
  }
  return padding;
}
