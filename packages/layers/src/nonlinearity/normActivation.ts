import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup, Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import {
  activate,
  readActivation,
  type ActivationName,
  type ActivationSpec,
} from './activations.js';
import { mapTerms } from './terms.js';

export interface NormActivationArgs extends LayerArgs {
  /** Field type of the last axis; it stays as it is. */
  readonly type: FieldTypeSpec;
  /** What is done to lengths, default `'relu'`. */
  readonly activation?: ActivationSpec;
  /**
   * For induced representations: lengths of blocks of so many consecutive entries instead of whole
   * channels. Ind ρ has a block of dim ρ entries for every coset, which the group permutes among
   * themselves and turns by ρ.
   */
  readonly blockSize?: number | null;
}

/** Keeps the direction of a vector finite where it vanishes; its gradient too. */
const epsilon = 1e-6;

/**
 * A nonlinearity of lengths (Worrall et al., Harmonic Networks, 2017): every channel v of every term
 * becomes φ(|v| + b)·v/|v|, with one learned b per channel, zero at the start. For orthogonal
 * representations; with `blockSize` for induced ones the same of every coset's block (Weiler & Cesa,
 * General E(2)-Equivariant Steerable CNNs, 2019, induced nonlinearities). Weights: `bias_i`
 * [multiplicity, 1] for every term.
 */
export class NormActivation extends TypedLayer {
  static readonly className = 'NormActivation';
  readonly inputType: FieldType;
  readonly activation: ActivationName;
  readonly blockSize: number | null;
  #biases: tf.LayerVariable[] = [];

  /** @throws {LayerError} for a representation that does not keep lengths. */
  constructor(args: NormActivationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.activation = readActivation(args.activation ?? 'relu', this.name);
    checkOrthogonal(this.inputType, this.name);
    this.blockSize = args.blockSize ?? null;
    if (this.blockSize !== null) checkBlocks(this.inputType, this.blockSize, this.name);
    this.inputSpec = [{ minNDim: 2 }];
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.#biases = this.inputType.terms.map(({ multiplicity }, i) =>
      this.addWeight(`bias_${i}`, [multiplicity, 1], 'float32', tf.initializers.zeros()),
    );
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      mapTerms(onlyTensor(inputs), this.inputType, (channels, { dimension }, i) => {
        const block = this.blockSize ?? dimension;
        const [leading, count] = [channels.shape.slice(0, -1), dimension / block];
        // [B·…, C, cosets, block]
        const v = channels.reshape([-1, leading.at(-1)!, count, block]);
        const squares = tf.sum(tf.square(v), 3, true);
        const length = tf.sqrt(tf.add(squares, epsilon ** 2));
        const bias = this.#biases[i].read().reshape([1, -1, 1, 1]);
        const target = activate(this.activation, tf.add(length, bias));
        return tf.mul(v, tf.div(target, length)).reshape(channels.shape);
      }),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { blockSize } = this;
    const own = {
      type: typeConfig(this.inputType),
      activation: { name: this.activation },
      blockSize,
    };
    return { ...super.getConfig(), ...own };
  }
}

tf.serialization.registerClass(NormActivation);

function checkOrthogonal({ terms, group }: FieldType, where: string): void {
  const bad = terms.find(({ action }) => action === 'linear');
  if (!bad) return;
  throw new LayerError(
    where,
    `${bad.name} of ${group} does not keep lengths, so that functions of them are not equivariant; ` +
      'use GatedActivation.',
  );
}

/** @throws {LayerError} unless every element permutes the blocks of each channel. */
function checkBlocks({ terms, group }: FieldType, size: number, where: string): void {
  for (const { representation, dimension: d, name } of terms) {
    const fits = d % size === 0 && (!representation || permutesBlocks(representation, size));
    if (fits) continue;
    throw new LayerError(
      where,
      `${name} of ${group} does not permute blocks of ${size} entries; use induce(ρ, inclusion) with ` +
        'blockSize dim ρ, or leave blockSize out.',
    );
  }
}

/** Whether the generators have one block that is not zero in every row of blocks. */
function permutesBlocks(rep: Representation, size: number): boolean {
  const { group, dimension: d } = rep;
  if (group.kind !== 'finite') return d === size;
  const blocks = d / size;
  return group.generators.every((g) => {
    const matrix = (rep as Representation<FiniteGroup>).matrix(g);
    const isFull = (row: number, column: number) =>
      Array.from({ length: size ** 2 }, (_, at) => {
        const [i, j] = [row * size + Math.floor(at / size), column * size + (at % size)];
        return Math.abs(matrix[i * d + j]) > 1e-9;
      }).some(Boolean);
    const all = Array.from({ length: blocks }, (_, k) => k);
    return all.every((row) => all.filter((column) => isFull(row, column)).length === 1);
  });
}
