import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { GivenValues } from '../init/givenValues.js';
import type { LayerArgs } from '../layer.js';
import {
  channelsLast,
  checkOneGroup,
  Coupling,
  joinTerms,
  type CouplingRanks,
  type CouplingTypes,
} from './coupling.js';
import { WeightedCoupling } from './weightedCoupling.js';

export interface FullyConnectedTensorProductArgs extends LayerArgs {
  /** Field type of the first input's last axis. */
  readonly left: FieldTypeSpec;
  /** Field type of the second input's last axis; best of few channels, such as harmonics. */
  readonly right: FieldTypeSpec;
  /** Field type of the output's last axis. */
  readonly output: FieldTypeSpec;
  /** A bias on the trivial terms of the output, default true. */
  readonly useBias?: boolean;
  /** Variance of the output at the start for white inputs, default 1. */
  readonly gain?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Ranks [out term][left term][right term], known for a saved layer. */
  readonly ranks?: CouplingRanks | null;
}

/**
 * All learned bilinear maps of two features that commute with the group, mixing all channels of all
 * terms: [B, …, left.size], [B, …, right.size] → [B, …, output.size]. For rotations this is e3nn's
 * FullyConnectedTensorProduct (Geiger & Smidt, e3nn, 2022), the linear layer of SEGNN (Brandstetter et
 * al. 2022, eq. 5), conditioned on the right input.
 *
 * Weights: `kernel_i` [C_i, Σ_k paths·C_k] of every left term, with weights of its own for every path;
 * `bias_k` [C_k] of trivial output terms; the fixed `coupling_k` of every output term.
 */
export class FullyConnectedTensorProduct extends TypedLayer {
  static readonly className = 'FullyConnectedTensorProduct';
  readonly inputType: FieldType;
  readonly rightType: FieldType;
  readonly outputType: FieldType;
  readonly useBias: boolean;
  readonly gain: number;
  readonly seed: number;
  #ranks: CouplingRanks | null;
  #product: WeightedCoupling | undefined;

  /** @throws {LayerError} if the types are of different groups. */
  constructor(args: FullyConnectedTensorProductArgs) {
    super(args);
    this.inputType = readType(args.left);
    this.rightType = readType(args.right);
    this.outputType = readType(args.output);
    this.useBias = args.useBias ?? true;
    this.gain = args.gain ?? 1;
    this.seed = args.seed ?? 0;
    this.#ranks = args.ranks ?? null;
    checkOneGroup(this.#types(), this.name);
  }

  override get inputTypes(): readonly (FieldType | null)[] {
    return [this.inputType, this.rightType];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const coupling = new Coupling(this.#types(), this.name, this.#ranks);
    this.#ranks = coupling.ranks;
    const add = (name: string, shape: number[], values: Float32Array, trainable: boolean) =>
      this.addWeight(name, shape, 'float32', new GivenValues(values), undefined, trainable);
    const { gain, seed, useBias } = this;
    const start = { prefix: '', gain, seed, path: this.name, useBias };
    this.#product = new WeightedCoupling(coupling, add, start);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    if (!Array.isArray(inputs) || inputs.length !== 2) {
      throw new LayerError(this.name, 'expected a list of two tensors.');
    }
    const [left, right] = inputs;
    return tf.tidy(() => {
      const rows = right.reshape([-1, this.rightType.size]) as tf.Tensor2D;
      const terms = this.#product!.apply(channelsLast(left, this.inputType), rows);
      const shape = [...left.shape.slice(0, -1), this.outputType.size];
      return joinTerms(terms, this.outputType).reshape(shape);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const types = {
      left: typeConfig(this.inputType),
      right: typeConfig(this.rightType),
      output: typeConfig(this.outputType),
    };
    const { useBias, gain, seed } = this;
    const own = { ...types, useBias, gain, seed, ranks: this.#ranks };
    return { ...super.getConfig(), ...own } as unknown as tf.serialization.ConfigDict;
  }

  #types(): CouplingTypes {
    return { left: this.inputType, right: this.rightType, out: this.outputType };
  }
}

tf.serialization.registerClass(FullyConnectedTensorProduct);
