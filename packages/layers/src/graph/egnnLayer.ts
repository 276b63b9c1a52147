/**
 * E(n)-equivariant message passing (Satorras, Hoogeboom & Welling, E(n) Equivariant Graph Neural
 * Networks, 2021, eq. 3–7) on the complete graph of a point cloud.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { scaledNormal } from '../init/heNormal.js';
import type { LayerArgs } from '../layer.js';
import { activate } from '../nonlinearity/activations.js';
import { siluGain } from '../nonlinearity/gates.js';
import { mixChannels } from '../vector/vectorLinear.js';
import { edgeDifferences, edgeSums, knownPoints, offDiagonal } from './edges.js';

export interface EgnnLayerArgs extends LayerArgs {
  /** Features per point of the output. */
  readonly units: number;
  /** Width of the inner layers and of the messages, default `units`. */
  readonly hidden?: number;
  /** Invariant features per edge, such as products of charges; default 0. */
  readonly edgeFeatures?: number;
  /** Add the input features to the output where the sizes agree, default true. */
  readonly residual?: boolean;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/** Start of the last layer of a residual branch: ten layers add 0.2 to the variance. */
const residualGain = 0.02;
/** Start of what moves the points: they hardly move, as in the paper's code. */
const coordinateGain = 1e-6;
/**
 * Start of the factors of velocities. Of order 1 they would multiply over the layers and throw the
 * points apart, whose squared distances then make all messages large.
 */
const velocityGain = 0.02;

interface Dense {
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
}

interface InputShapes {
  readonly features: tf.Shape;
  readonly positions: tf.Shape;
  readonly velocities: tf.Shape | undefined;
}

/** Layers applied one after the other with a SiLU between them. */
type Mlp = readonly Dense[];

/**
 * Inputs `[h, x]` or `[h, x, v]`: features [B, n, F], positions and velocities [B, n, d]; outputs
 * the same list with [B, n, units]. With `edgeFeatures` E the last input is [B, n, n, E], the invariant
 * features a_ij of the edge from j to i (its diagonal is not read).
 *
 * m_ij = φ_e(h_i, h_j, |x_i − x_j|², a_ij); x_i' = x_i + (n−1)⁻¹ Σ_{j≠i} (x_i − x_j) φ_x(m_ij), to which
 * φ_v(h_i)·v_i is added where there are velocities (and the sum of both is the new velocity);
 * h_i' = φ_h(h_i, (n−1)^{−1/2} Σ_{j≠i} m_ij). Features are invariant and positions equivariant under
 * motions and reflections of R^d, both equivariant under permutations. The paper's Σ m_ij is divided
 * by √(n−1) here, so that its variance does not grow with n.
 */
export class EgnnLayer extends tf.layers.Layer {
  static readonly className = 'EgnnLayer';
  readonly units: number;
  readonly hidden: number;
  readonly edgeFeatures: number;
  readonly residual: boolean;
  readonly seed: number;
  #edge: Mlp = [];
  #coordinate: Mlp = [];
  #velocity: Mlp = [];
  #node: Mlp = [];

  constructor(args: EgnnLayerArgs) {
    super(args);
    this.units = args.units;
    this.hidden = args.hidden ?? args.units;
    for (const size of [this.units, this.hidden]) {
      if (!Number.isInteger(size) || size < 1) {
        throw new LayerError(this.name, `sizes must be positive integers, got ${size}.`);
      }
    }
    this.edgeFeatures = args.edgeFeatures ?? 0;
    if (!Number.isInteger(this.edgeFeatures) || this.edgeFeatures < 0) {
      const what = `edgeFeatures must be an integer ≥ 0, got ${this.edgeFeatures}.`;
      throw new LayerError(this.name, what);
    }
    this.residual = args.residual ?? true;
    this.seed = args.seed ?? 0;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { features, velocities } = this.#checkShapes(inputShape);
    const { hidden, units, edgeFeatures } = this;
    const width = features.at(-1)!;
    const residual = this.residual && width === units;
    this.#edge = this.#mlp('edge', [2 * width + 1 + edgeFeatures, hidden, hidden]);
    this.#coordinate = this.#mlp('coordinate', [hidden, hidden, 1], coordinateGain);
    this.#node = this.#mlp(
      'node',
      [width + hidden, hidden, units],
      residual ? residualGain : undefined,
    );
    if (velocities) this.#velocity = this.#mlp('velocity', [width, hidden, 1], velocityGain);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape[] {
    const { features, positions, velocities } = this.#checkShapes(inputShape);
    const vectors = velocities ? [positions, velocities] : [positions];
    return [[...features.slice(0, -1), this.units], ...vectors];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const list = inputs as tf.Tensor[];
    const hasEdges = this.edgeFeatures > 0;
    const [h, x, v] = hasEdges ? list.slice(0, -1) : list;
    return tf.tidy(() => {
      const n = h.shape[1]!;
      const difference = edgeDifferences(x, x);
      const messages = this.#messages(h, difference, hasEdges ? list.at(-1)! : null);
      const weights = apply(this.#coordinate, messages);
      const shift = tf.div(tf.sum(tf.mul(difference, weights), 2), n - 1);
      const features = this.#update(h, messages);
      if (!v) return [features, tf.add(x, shift)];
      const velocity = tf.add(tf.mul(apply(this.#velocity, h), v), shift);
      return [features, tf.add(x, velocity), velocity];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, hidden, edgeFeatures, residual, seed } = this;
    return { ...super.getConfig(), units, hidden, edgeFeatures, residual, seed };
  }

  /**
   * m_ij, [B, n, n − 1, hidden]. The first layer's kernel is applied by parts: to the features at the
   * points, of which there are fewer than edges, and to the rest on the edges.
   */
  #messages(h: tf.Tensor, difference: tf.Tensor, edges: tf.Tensor | null): tf.Tensor {
    const width = h.shape[2]!;
    const squared = tf.sum(tf.square(difference), 3, true);
    const invariants = edges ? tf.concat([squared, offDiagonal(edges)], 3) : squared;
    const [{ kernel, bias }, ...rest] = this.#edge;
    const rows = (begin: number, size: number) =>
      tf.slice(kernel.read(), [begin, 0], [size, this.hidden]);
    const receiver = mixChannels(h, rows(0, width));
    const sender = mixChannels(h, rows(width, width));
    const onEdges = mixChannels(invariants, rows(2 * width, 1 + this.edgeFeatures));
    const sums = edgeSums(bias ? tf.add(receiver, bias.read()) : receiver, sender);
    const first = tf.add(sums, onEdges);
    return activate('silu', apply(rest, activate('silu', first)));
  }

  /** φ_h(h_i, Σ_{j≠i} m_ij / √(n−1)) */
  #update(h: tf.Tensor, messages: tf.Tensor): tf.Tensor {
    const received = tf.div(tf.sum(messages, 2), Math.sqrt(h.shape[1]! - 1));
    const update = apply(this.#node, tf.concat([h, received], 2));
    return this.residual && h.shape[2] === this.units ? tf.add(h, update) : update;
  }

  /** The last layer of `coordinate` and `velocity` has no bias: they are factors of vectors. */
  #mlp(name: string, sizes: readonly number[], lastGain = siluGain): Mlp {
    return sizes.slice(1).map((size, i) => {
      const isLast = i === sizes.length - 2;
      const gain = isLast ? lastGain : i === 0 ? 1 : siluGain;
      const path = `${name}${i}`;
      const initializer = scaledNormal(sizes[i], gain, this.seed, `${this.name}/${path}`);
      const kernel = this.addWeight(`${path}_kernel`, [sizes[i], size], 'float32', initializer);
      const zeros = tf.initializers.zeros();
      const bias = size === 1 ? null : this.addWeight(`${path}_bias`, [size], 'float32', zeros);
      return { kernel, bias };
    });
  }

  /** @throws {LayerError} if the inputs' shapes do not fit. */
  #checkShapes(shapes: tf.Shape | tf.Shape[]): InputShapes {
    const list = Array.isArray(shapes[0]) ? (shapes as tf.Shape[]) : [shapes as tf.Shape];
    const points = this.edgeFeatures > 0 ? list.slice(0, -1) : list;
    const [features, positions, velocities] = points;
    const fits =
      (points.length === 2 || points.length === 3) &&
      points.every((shape) => shape.length === 3) &&
      (this.edgeFeatures === 0 || list.at(-1)?.[3] === this.edgeFeatures);
    if (fits) {
      knownPoints(features, this.name);
      return { features, positions, velocities };
    }
    const edges = this.edgeFeatures > 0 ? `, then edges [B, n, n, ${this.edgeFeatures}]` : '';
    throw new LayerError(
      this.name,
      'expected [features [B, n, F], positions [B, n, d]] and maybe velocities [B, n, d]' +
        `${edges}, got ${list.map((shape) => `[${shape.join(', ')}]`).join(', ')}.`,
    );
  }
}

tf.serialization.registerClass(EgnnLayer);

function apply(mlp: Mlp, x: tf.Tensor): tf.Tensor {
  const leading = x.shape.slice(0, -1);
  const rows = mlp.reduce(
    (value, { kernel, bias }, i) => {
      const input = i === 0 ? value : activate('silu', value);
      const product = tf.matMul(input as tf.Tensor2D, kernel.read() as tf.Tensor2D);
      return bias ? tf.add(product, bias.read()) : product;
    },
    x.reshape([-1, x.shape.at(-1)!]) as tf.Tensor,
  );
  return rows.reshape([...leading, rows.shape[1]!]);
}
