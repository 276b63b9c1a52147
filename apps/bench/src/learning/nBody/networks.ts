/** The networks that are compared on N-body, all of four rounds of message passing. */
import * as tf from '@tensorflow/tfjs';
import { EgnnLayer, particleEgnn, particleSegnn } from '@intertwiner/layers';
import { variablesOf } from '../fit.js';
import { particles } from './data.js';

export type Batch = Readonly<Record<string, tf.Tensor>>;

export interface Network {
  /** What has a gradient: EGNN's last update of the features, say, reaches no position. */
  readonly variables: readonly tf.Variable[];
  /** Later positions [B, n, 3]. */
  predict(batch: Batch): tf.Tensor;
  dispose(): void;
}

export interface Arm {
  readonly name: string;
  readonly title: string;
  /** In the published comparison; null if there is none. */
  readonly published: number | null;
  /** @param name prefix of its layers, unique among networks that live at once. */
  build(seed: number, name: string): Network;
}

const points = particles;

export const arms: readonly Arm[] = [
  {
    name: 'gnn',
    title: 'GNN, not equivariant',
    published: 0.0107,
    build: (seed, name) => trainable(messagePassing(seed, name)),
  },
  {
    name: 'egnn',
    title: 'EGNN',
    published: 0.0071,
    build: (seed, name) => trainable(particleEgnn({ points, seed, name })),
  },
  {
    name: 'segnn',
    title: 'SEGNN, degree 1',
    published: 0.0056,
    build: (seed, name) => trainable(particleSegnn({ points, seed, name })),
  },
];

/**
 * EGNN without its geometry: positions and velocities are features like others, distances are 0, and
 * a dense layer reads the displacements off.
 */
function messagePassing(seed: number, name: string): tf.LayersModel {
  const units = 64;
  const input = (part: string, size: number) =>
    tf.input({ shape: [points, size], name: `${name}_${part}` });
  const [x, v, q] = [input('x', 3), input('v', 3), input('q', 1)];
  const apply = (layer: tf.layers.Layer, inputs: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(inputs) as tf.SymbolicTensor;
  const dense = (part: string, size: number) =>
    tf.layers.dense({
      units: size,
      name: `${name}_${part}`,
      kernelInitializer: tf.initializers.glorotNormal({ seed }),
    });
  const features = apply(tf.layers.concatenate({ name: `${name}_join` }), [x!, v!, q!]);
  const plain = new WithoutGeometry({ name: `${name}_plain` });
  const [nowhere, products] = plain.apply([x!, q!]) as [tf.SymbolicTensor, tf.SymbolicTensor];
  let h = apply(dense('embed', units), features);
  for (let round = 0; round < 4; round++) {
    const layer = new EgnnLayer({ units, edgeFeatures: 1, seed, name: `${name}_${round}` });
    [h] = layer.apply([h, nowhere, products]) as [tf.SymbolicTensor];
  }
  const displacement = apply(dense('output', 3), h);
  const outputs = apply(tf.layers.add({ name: `${name}_move` }), [x!, displacement]);
  return tf.model({ inputs: [x!, v!, q!], outputs, name });
}

/** Positions and charges → positions that are all 0, and the products of charges [B, n, n, 1]. */
class WithoutGeometry extends tf.layers.Layer {
  static readonly className = 'WithoutGeometry';

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape[] {
    const [[batch, n, d]] = shapes as [tf.Shape];
    return [
      [batch!, n!, d!],
      [batch!, n!, n!, 1],
    ];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [x, q] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => [tf.mul(x, 0), tf.mul(tf.expandDims(q, 2), tf.expandDims(q, 1))]);
  }
}

function trainable(model: tf.LayersModel): Network {
  const predict = ({ x, v, q }: Batch) => model.apply([x!, v!, q!]) as tf.Tensor;
  return {
    variables: reached(variablesOf(model), predict),
    predict,
    dispose: () => void model.dispose(),
  };
}

/** The variables that a prediction depends on. */
function reached(
  variables: readonly tf.Variable[],
  predict: (batch: Batch) => tf.Tensor,
): tf.Variable[] {
  const ones = (size: number) => tf.ones([1, points, size]);
  return tf.tidy(() => {
    const batch = { x: ones(3), v: ones(3), q: ones(1) };
    const { grads } = tf.variableGrads(() => tf.sum(predict(batch)) as tf.Scalar, [...variables]);
    return variables.filter(({ name }) => grads[name]);
  });
}
