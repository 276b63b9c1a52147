import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { Normal } from './normal.js';
import { structureOf, type RelaxedTerm } from '../structure/structure.js';
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
 * f_eq(x) + θ·(Wx + b) (Pertigkiozoglou et al., arXiv 2408.13242): the equivariant layer as it
 * is, beside a linear map without any constraint. θ comes from the scope; where it is the number 0, W
 * does not enter the computation at all.
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
    if (!this.inner.built) this.inner.build(shape);
    const { useBias = false } = this.#options;
    const terms = structureOf(this.inner, shape).filter(({ kind }) => kind === 'kernel' || useBias);
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
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const theta = this.scope.thetaOf(this);
    this.scope.record(this, x, theta);
    return tf.tidy(() => {
      const strict = this.inner.call(x, kwargs) as tf.Tensor;
      if (theta === 0) return strict;
      const free = this.#weights.map(({ apply, variable }) => apply(x, variable));
      const sum = free.length === 1 ? free[0] : tf.add(free[0], free[1]);
      return tf.add(strict, tf.mul(theta, sum));
    });
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
