import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { Normal } from './normal.js';
import { structureOf, type LayerStructure, type RelaxedTerm } from '../structure/structure.js';
import type { RelaxationScope } from './scope.js';

/** How W starts. */
export interface RelaxedWeights {
  /** `'zero'` (default), or the standard deviation of independent normals. */
  readonly initial?: 'zero' | number;
  /** A free bias beside W, default false. */
  readonly useBias?: boolean;
  /** Seed of the normals, default 0; the layer's name selects the stream. */
  readonly seed?: number;
}

/** W or the free bias: its place in the layer, and its variable. */
export interface RelaxedWeight extends RelaxedTerm {
  /** [taps, in, out]. */
  readonly variable: tf.Variable<tf.Rank.R3>;
}

/**
 * f_eq(x) + θ·(Wx + b) (Pertigkiozoglou et al., arXiv 2408.13242): the equivariant layer, and beside it
 * a linear map without any constraint, which is merged with the layer's own where that has the form of
 * a matrix or filter. θ comes from the scope; where it is the number 0, W does not enter the computation
 * at all.
 *
 * It is made for training: save the projected network, or weights by `getWeights`.
 */
export class RelaxedLayer extends tf.layers.Layer {
  static readonly className = 'RelaxedLayer';
  /** The equivariant layer, whose weights this one trains too. */
  readonly inner: tf.layers.Layer;
  readonly scope: RelaxationScope;
  readonly #options: RelaxedWeights;
  #weights: readonly RelaxedWeight[] = [];
  #structure: LayerStructure | undefined;

  constructor(inner: tf.layers.Layer, scope: RelaxationScope, options: RelaxedWeights = {}) {
    super({ name: `${inner.name}_relaxed` });
    this.inner = inner;
    this.scope = scope;
    this.#options = options;
    if ('outputType' in inner) {
      Object.defineProperty(this, 'outputType', { get: () => inner.outputType });
    }
    scope.add(this);
  }

  /** W, and the free bias if there is one. */
  get relaxation(): readonly RelaxedWeight[] {
    return this.#weights;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    if (!this.inner.built) this.inner.build(inputShape);
    const { useBias = false } = this.#options;
    this.#structure = structureOf(this.inner, shape);
    const terms = this.#structure.terms.filter(({ kind }) => kind === 'kernel' || useBias);
    this.#weights = terms.map((term) => ({ ...term, variable: this.#addVariable(term) }));
    super.build(inputShape);
  }

  #addVariable({ kind, space }: RelaxedTerm): tf.Variable<tf.Rank.R3> {
    const { initial = 'zero', seed = 0 } = this.#options;
    const normal = random(seed, 'relaxation', this.inner.name, kind);
    const weight = this.addWeight(
      kind === 'kernel' ? 'relaxation' : 'relaxation_bias',
      [...space.shape],
      'float32',
      initial === 'zero' ? tf.initializers.zeros() : new Normal(initial, normal),
    );
    return weight.read() as tf.Variable<tf.Rank.R3>;
  }

  override get trainableWeights(): tf.LayerVariable[] {
    return [...this.inner.trainableWeights, ...super.trainableWeights];
  }

  override set trainableWeights(weights: tf.LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override get nonTrainableWeights(): tf.LayerVariable[] {
    return [...this.inner.nonTrainableWeights, ...super.nonTrainableWeights];
  }

  override set nonTrainableWeights(weights: tf.LayerVariable[]) {
    super.nonTrainableWeights = weights;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return this.inner.computeOutputShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    const theta = this.scope.thetaOf(this);
    return tf.tidy(() => {
      const { output, map } =
        theta === 0 ? this.#strict(inputs, kwargs) : this.#relaxed(list, theta);
      this.scope.record(this, list[0], map, theta);
      return output;
    });
  }

  #strict(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>) {
    const output = this.inner.call(inputs, kwargs) as tf.Tensor;
    return { output, map: output };
  }

  #relaxed(inputs: readonly tf.Tensor[], theta: tf.Scalar | number) {
    const add = this.#weights.map(({ kind, variable }) => [kind, tf.mul(theta, variable)] as const);
    return this.#structure!.apply(inputs, Object.fromEntries(add));
  }

  /** The equivariant layer's weights are not this layer's to free. */
  protected override disposeWeights(): number {
    const count = this.#weights.length;
    this.disposeRelaxation();
    return count;
  }

  /** Frees W and the free bias; the equivariant layer stays. */
  disposeRelaxation(): void {
    tf.dispose(this.#weights.map(({ variable }) => variable));
    this.#weights = [];
  }
}
