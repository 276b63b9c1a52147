/**
 * E(n)-equivariant message passing (Satorras, Hoogeboom & Welling, E(n) Equivariant Graph Neural
 * Networks, 2021, eq. 3–7) on the complete graph of a point cloud.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { scaledNormal } from '../init/heNormal.js';
import type { LayerArgs } from '../layer.js';
import { activate } from '../nonlinearity/activations.js';

export interface EgnnLayerArgs extends LayerArgs {
  /** Features per point of the output. */
  readonly units: number;
  /** Width of the inner layers and of the messages, default `units`. */
  readonly hidden?: number;
  /** Add the input features to the output where the sizes agree, default true. */
  readonly residual?: boolean;
  /** Seed of the initial weights, default 0. */
  readonly seed?: number;
}

/** 1 / E[silu(z)²] for standard normal z: the gain that keeps the variance behind a SiLU. */
const siluGain = 2.81;
/** Start of the last layer of a residual branch: ten layers add 0.2 to the variance. */
const residualGain = 0.02;
/** Start of what moves the points: they hardly move, as in the paper's code. */
const coordinateGain = 1e-6;

interface Dense {
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
}

/** Layers applied one after the other with a SiLU between them. */
type Mlp = readonly Dense[];

/**
 * Inputs `[h, x]` or `[h, x, v]`: features [B, n, F], positions and velocities [B, n, d]; outputs
 * the same list with [B, n, units].
 *
 * m_ij = φ_e(h_i, h_j, |x_i − x_j|²); x_i' = x_i + (n−1)⁻¹ Σ_{j≠i} (x_i − x_j) φ_x(m_ij), to which
 * φ_v(h_i)·v_i is added where there are velocities (and the sum of both is the new velocity);
 * h_i' = φ_h(h_i, (n−1)^{−1/2} Σ_{j≠i} m_ij). Features are invariant and positions equivariant under
 * motions and reflections of R^d, both equivariant under permutations. The paper's Σ m_ij is divided
 * by √(n−1) here, so that its variance does not grow with n.
 */
export class EgnnLayer extends tf.layers.Layer {
  static readonly className = 'EgnnLayer';
  readonly units: number;
  readonly hidden: number;
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
    this.residual = args.residual ?? true;
    this.seed = args.seed ?? 0;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const [features, , velocities] = checkShapes(inputShape, this.name);
    const { hidden, units } = this;
    const width = features.at(-1)!;
    const residual = this.residual && width === units;
    this.#edge = this.#mlp('edge', [2 * width + 1, hidden, hidden]);
    this.#coordinate = this.#mlp('coordinate', [hidden, hidden, 1], coordinateGain);
    this.#node = this.#mlp(
      'node',
      [width + hidden, hidden, units],
      residual ? residualGain : undefined,
    );
    if (velocities) this.#velocity = this.#mlp('velocity', [width, hidden, 1]);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape[] {
    const [features, ...vectors] = checkShapes(inputShape, this.name);
    return [[...features.slice(0, -1), this.units], ...vectors];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [h, x, v] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor?];
    return tf.tidy(() => {
      const n = h.shape[1]!;
      const difference = tf.sub(tf.expandDims(x, 2), tf.expandDims(x, 1));
      const messages = this.#messages(h, difference);
      const weights = apply(this.#coordinate, messages);
      const shift = tf.div(tf.sum(tf.mul(difference, weights), 2), Math.max(1, n - 1));
      const features = this.#update(h, messages);
      if (!v) return [features, tf.add(x, shift)];
      const velocity = tf.add(tf.mul(apply(this.#velocity, h), v), shift);
      return [features, tf.add(x, velocity), velocity];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, hidden, residual, seed } = this;
    return { ...super.getConfig(), units, hidden, residual, seed };
  }

  /** m_ij, [B, n, n, hidden] */
  #messages(h: tf.Tensor, difference: tf.Tensor): tf.Tensor {
    const [batch, n, width] = h.shape as [number, number, number];
    const receiver = tf.tile(tf.expandDims(h, 2), [1, 1, n, 1]);
    const sender = tf.tile(tf.expandDims(h, 1), [1, n, 1, 1]);
    const squared = tf.sum(tf.square(difference), 3, true);
    const edges = tf.concat([receiver, sender, squared], 3);
    const rows = apply(this.#edge, edges.reshape([batch, n, n, 2 * width + 1]));
    return activate('silu', rows);
  }

  /** φ_h(h_i, Σ_{j≠i} m_ij / √(n−1)) */
  #update(h: tf.Tensor, messages: tf.Tensor): tf.Tensor {
    const n = h.shape[1]!;
    const others = tf.sub(1, tf.eye(n)).reshape([1, n, n, 1]);
    const sum = tf.sum(tf.mul(messages, others), 2);
    const received = tf.div(sum, Math.sqrt(Math.max(1, n - 1)));
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

/** The shapes of features, positions and velocities. @throws {LayerError} if they do not fit. */
function checkShapes(
  shapes: tf.Shape | tf.Shape[],
  where: string,
): [tf.Shape, tf.Shape, ...tf.Shape[]] {
  const list = Array.isArray(shapes[0]) ? (shapes as tf.Shape[]) : [shapes as tf.Shape];
  const fits =
    (list.length === 2 || list.length === 3) && list.every((shape) => shape.length === 3);
  if (fits) return list as [tf.Shape, tf.Shape, ...tf.Shape[]];
  throw new LayerError(
    where,
    'expected [features [B, n, F], positions [B, n, d]] and maybe velocities [B, n, d], got ' +
      `${list.map((shape) => `[${shape.join(', ')}]`).join(', ')}.`,
  );
}
