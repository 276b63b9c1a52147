/**
 * The message passing of SEGNN (Brandstetter et al., Geometric and Physical Quantities Improve E(3)
 * Equivariant Message Passing, 2022, eq. 7–8): messages are steerable perceptrons of two features,
 * their layers bilinear in the features and the harmonics of the edge.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import {
  describeType,
  fieldType,
  joinTypes,
  readType,
  scalars,
  typeConfig,
  type FieldTerm,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { GivenValues } from '../init/givenValues.js';
import type { LayerArgs } from '../layer.js';
import { channelsLast, Coupling, joinTerms, type CouplingRanks } from '../linear/coupling.js';
import { WeightedCoupling } from '../linear/weightedCoupling.js';
import { gateScalars, gateVectors } from '../nonlinearity/gates.js';
import { edgeSums, knownPoints, offDiagonal } from './edges.js';

export interface SteerableMessagesArgs extends LayerArgs {
  /** Field type of the points' features. */
  readonly input: FieldTypeSpec;
  /** Field type of the edges' attributes, such as `harmonicsType('O(3)', 1)`. */
  readonly attributes: FieldTypeSpec;
  /** Field type of the messages and of their sum. */
  readonly output: FieldTypeSpec;
  /** Invariant features per edge, such as distances and products of charges; default 0. */
  readonly edgeScalars?: number;
  /** Variance of what either product gives at the start for white inputs, default 1. */
  readonly gain?: number;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
  /** Known for a saved layer: the types and ranks of both products. */
  readonly saved?: SavedProducts | null;
}

/** What a saved layer needs to know in place of the representations. */
interface SavedProducts {
  readonly left: FieldTypeSpec;
  readonly gated: FieldTypeSpec;
  readonly ranks: readonly CouplingRanks[];
}

/**
 * `[f, edges]` or `[f, edges, scalars]`: features [B, n, input.size], attributes a_ij
 * [B, n, n, attributes.size] and invariants [B, n, n, edgeScalars] of the edge from j to i (what is on
 * the diagonal is not read) → [B, n, output.size]:
 * (n−1)^{−1/2} Σ_{j≠i} φ(f_i, f_j, s_ij; a_ij), φ two products with a_ij (all channels mixed, weights
 * per path), each followed by gates.
 *
 * Equivariant under the group of the types and under permutations of the points.
 *
 * Weights: `first_…` and `second_…` as in FullyConnectedTensorProduct; `first_kernel_i` is of the
 * receiver, `first_copy1_kernel_i` of the sender.
 */
export class SteerableMessages extends TypedLayer {
  static readonly className = 'SteerableMessages';
  readonly inputType: FieldType;
  readonly attributeType: FieldType;
  readonly outputType: FieldType;
  readonly edgeScalars: number;
  readonly gain: number;
  readonly seed: number;
  /** Both sides of the first product and what the gates take. */
  readonly #left: FieldType;
  readonly #gated: FieldType;
  #ranks: readonly CouplingRanks[] | null;
  #first: WeightedCoupling | undefined;
  #second: WeightedCoupling | undefined;

  /** @throws {LayerError} if groups differ, or `edgeScalars` is no integer ≥ 0. */
  constructor(args: SteerableMessagesArgs) {
    super(args);
    this.inputType = readType(args.input);
    this.attributeType = readType(args.attributes);
    this.outputType = readType(args.output);
    this.edgeScalars = args.edgeScalars ?? 0;
    this.gain = args.gain ?? 1;
    this.seed = args.seed ?? 0;
    checkTypes(this);
    const saved = args.saved ?? null;
    this.#ranks = saved?.ranks ?? null;
    this.#left = saved ? readType(saved.left) : withScalars(this.inputType, this.edgeScalars);
    this.#gated = saved ? readType(saved.gated) : scalarsFirst(this.outputType);
  }

  override get inputTypes(): readonly (FieldType | null)[] {
    return [this.inputType, this.attributeType, null];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { attributeType: right, outputType: hidden } = this;
    const gated = this.#gated;
    const couplings = [
      new Coupling({ left: this.#left, right, out: gated }, this.name, this.#ranks?.[0]),
      new Coupling({ left: hidden, right, out: gated }, this.name, this.#ranks?.[1]),
    ];
    this.#ranks = couplings.map(({ ranks }) => ranks);
    const add = (name: string, shape: number[], values: Float32Array, trainable: boolean) =>
      this.addWeight(name, shape, 'float32', new GivenValues(values), undefined, trainable);
    const start = (prefix: string) => {
      const path = `${this.name}/${prefix}`;
      return { prefix: `${prefix}_`, gain: this.gain, seed: this.seed, path, useBias: true };
    };
    const copies = this.#left.terms.map((_, i) => (i < this.inputType.terms.length ? 2 : 1));
    this.#first = new WeightedCoupling(couplings[0], add, { ...start('first'), copies });
    this.#second = new WeightedCoupling(couplings[1], add, start('second'));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [features, edges, invariants] = this.#checkInputs(inputs);
    return tf.tidy(() => {
      const n = knownPoints(features.shape, this.name);
      const right = offDiagonal(edges).reshape([-1, this.attributeType.size]) as tf.Tensor2D;
      const mixed = this.#mixEdges(features, invariants, n);
      const hidden = this.#gate(this.#first!.couple(mixed, right));
      const messages = this.#gate(this.#second!.couple(this.#second!.mix(hidden), right));
      const sums = messages.map((message) => {
        const [, dimension, channels] = message.shape as number[];
        const sum = tf.sum(message.reshape([-1, n - 1, dimension * channels]), 1);
        return tf.div(sum, Math.sqrt(n - 1)).reshape([-1, dimension, channels]);
      });
      return joinTerms(sums, this.outputType).reshape([-1, n, this.outputType.size]);
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, n] = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    return [batch, n, this.outputType.size];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { edgeScalars, gain, seed } = this;
    const types = {
      input: typeConfig(this.inputType),
      attributes: typeConfig(this.attributeType),
      output: typeConfig(this.outputType),
    };
    const saved = this.#ranks && {
      left: typeConfig(this.#left),
      gated: typeConfig(this.#gated),
      ranks: this.#ranks,
    };
    const own = { ...types, edgeScalars, gain, seed, saved };
    return { ...super.getConfig(), ...own } as unknown as tf.serialization.ConfigDict;
  }

  /** W·(f_i, f_j, s_ij) for every edge: features are mixed at the points, where there are fewer. */
  #mixEdges(
    features: tf.Tensor,
    invariants: tf.Tensor | undefined,
    n: number,
  ): (tf.Tensor | null)[] {
    const first = this.#first!;
    const own = channelsLast(features, this.inputType);
    const padding = this.edgeScalars > 0 ? [null] : [];
    const [to, from] = [0, 1].map((copy) => first.mix([...own, ...padding], copy));
    const scalarRows = invariants && offDiagonal(invariants).reshape([-1, 1, this.edgeScalars]);
    const onEdges = scalarRows ? first.mix([...own.map(() => null), scalarRows]) : null;
    return to.map((receiver, k) => {
      const parts = [sumOverEdges(receiver, from[k], n), onEdges?.[k]].filter((t) => t != null);
      if (parts.length === 0) return null;
      return parts.length === 1 ? parts[0] : tf.concat(parts, 1);
    });
  }

  /** Scalars and gates, then the other terms → the terms of the output. */
  #gate([first, ...rest]: tf.Tensor[]): tf.Tensor[] {
    const { terms } = this.outputType;
    const scalarChannels = channelsOf(terms.filter(isScalar));
    const channels = (begin: number, size: number) => tf.slice(first, [0, 0, begin], [-1, 1, size]);
    const active = scalarChannels > 0 ? gateScalars(channels(0, scalarChannels)) : null;
    let [scalarAt, gateAt, vectorAt] = [0, scalarChannels, 0];
    return terms.map((term) => {
      if (isScalar(term)) {
        scalarAt += term.multiplicity;
        if (term.multiplicity === scalarChannels) return active!;
        return tf.slice(active!, [0, 0, scalarAt - term.multiplicity], [-1, 1, term.multiplicity]);
      }
      gateAt += term.multiplicity;
      const gates = channels(gateAt - term.multiplicity, term.multiplicity);
      return gateVectors(rest[vectorAt++], gates);
    });
  }

  #checkInputs(inputs: tf.Tensor | tf.Tensor[]): [tf.Tensor, tf.Tensor, tf.Tensor?] {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    const [features, edges, invariants] = list;
    const wanted = this.edgeScalars > 0 ? 3 : 2;
    const fits =
      list.length === wanted &&
      features.rank === 3 &&
      edges.rank === 4 &&
      (!invariants || invariants.shape[3] === this.edgeScalars);
    if (fits) return [features, edges, invariants];
    const expected = ['features [B, n, …]', 'edges [B, n, n, …]'];
    if (wanted === 3) expected.push(`scalars [B, n, n, ${this.edgeScalars}]`);
    throw new LayerError(
      this.name,
      `expected [${expected.join(', ')}], got ${list.map((t) => `[${t.shape.join(', ')}]`).join(', ')}.`,
    );
  }
}

tf.serialization.registerClass(SteerableMessages);

function isScalar({ action }: FieldTerm): boolean {
  return action === 'trivial';
}

function channelsOf(terms: readonly FieldTerm[]): number {
  return terms.reduce((sum, { multiplicity, dimension }) => sum + multiplicity * dimension, 0);
}

/** The features and, behind them, the invariants of the edges. */
function withScalars(type: FieldType, count: number): FieldType {
  return count === 0 ? type : joinTypes(type, scalars(type.terms[0].representation!.group, count));
}

/** All scalars of a type and a gate for every other channel as one term, then the other terms. */
function scalarsFirst(type: FieldType): FieldType {
  const others = type.terms.filter((term) => !isScalar(term));
  const gates = others.reduce((sum, { multiplicity }) => sum + multiplicity, 0);
  const scalarChannels = channelsOf(type.terms.filter(isScalar));
  const { group } = type.terms[0].representation!;
  const first = scalars(group, scalarChannels + gates);
  if (others.length === 0) return first;
  const rest = others.map((term) => [term.representation!, term.multiplicity] as const);
  return joinTypes(first, fieldType(...rest));
}

function sumOverEdges(to: tf.Tensor | null, from: tf.Tensor | null, n: number): tf.Tensor | null {
  if (!to || !from) return null;
  const [, rows, channels] = to.shape as [number, number, number];
  const flat = (x: tf.Tensor) => x.reshape([-1, n, rows * channels]);
  return edgeSums(flat(to), flat(from)).reshape([-1, rows, channels]);
}

function checkTypes(layer: SteerableMessages): void {
  const { inputType, attributeType, outputType, edgeScalars, name } = layer;
  const types = [inputType, attributeType, outputType];
  if (new Set(types.map(({ group }) => group)).size > 1) {
    throw new LayerError(
      name,
      `expected types of one group, got ${types.map(describeType).join('; ')}.`,
    );
  }
  if (!Number.isInteger(edgeScalars) || edgeScalars < 0) {
    throw new LayerError(name, `edgeScalars must be an integer ≥ 0, got ${edgeScalars}.`);
  }
}
