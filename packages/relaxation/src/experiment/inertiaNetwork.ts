import * as tf from '@tensorflow/tfjs';
import { group, natural, tensor, trivial } from '@intertwiner/groups';
import {
  EquivariantLinear,
  fieldType,
  GatedActivation,
  gatedType,
  joinTypes,
  TensorProduct,
  type FieldType,
} from '@intertwiner/layers';
import { apply } from './apply.js';
import type { NetworkBuilder } from './experiment.js';

/**
 * Masses [B, m] and positions [B, m, 3] → a tensor [B, 9] of V ⊗ V: in every round two
 * equivariant linear layers with gates to `width` scalars and vectors, and the products of what they give
 * joined to the first; then one to scalars, vectors and matrices, and to the output. An equivariant MLP with bilinear layers (Finzi et al. 2021), of O(3).
 */
export const inertiaNetwork =
  (masses: number): NetworkBuilder =>
  ({ width, depth, seed, name }) => {
    const o3 = group('O(3)');
    const [one, vector, matrix] = [trivial(o3), natural(o3), tensor(natural(o3), 2, 0)];
    const features = fieldType([one, width], [vector, width]);
    const products = fieldType([one, width], [vector, width], [matrix, width]);
    const linear = (part: string, input: FieldType, output: FieldType, x: tf.SymbolicTensor) =>
      apply(new EquivariantLinear({ input, output, seed, name: `${name}_${part}` }), x);
    const gated = (part: string, input: FieldType, type: FieldType, x: tf.SymbolicTensor) =>
      apply(
        new GatedActivation({ type, name: `${name}_${part}_gate` }),
        linear(part, input, gatedType(type), x),
      );
    const join = (part: string, ...x: tf.SymbolicTensor[]) =>
      apply(tf.layers.concatenate({ axis: -1, name: `${name}_${part}` }), ...x);

    const { inputs, given } = inertiaInputs(masses, name);
    let type = fieldType([one, masses], [vector, masses]);
    let x = given;
    for (let round = 0; round < depth; round++) {
      const left = gated(`left${round}`, type, features, x);
      const right = gated(`right${round}`, type, features, x);
      const product = new TensorProduct({
        ...{ left: features, right: features, output: products },
        ...{ seed, name: `${name}_product${round}` },
      });
      x = join(`join${round}`, left, apply(product, left, right));
      type = joinTypes(features, products);
    }
    const last = gated('last', type, products, x);
    const outputs = linear('output', products, fieldType([matrix, 1]), last);
    return tf.model({ inputs, outputs, name });
  };

/** An ordinary MLP. */
export const plainInertiaNetwork =
  (masses: number): NetworkBuilder =>
  ({ width, depth, seed, name }) => {
    const { inputs, given } = inertiaInputs(masses, name);
    const dense = (part: string, units: number, at: number, activation?: 'relu') =>
      tf.layers.dense({
        units,
        name: `${name}_${part}`,
        ...(activation && { activation }),
        kernelInitializer: tf.initializers.heNormal({ seed: 100 * seed + at }),
      });
    let x = given;
    for (let round = 0; round <= depth; round++) {
      x = apply(dense(`hidden${round}`, 16 * width, round, 'relu'), x);
    }
    return tf.model({ inputs, outputs: apply(dense('output', 9, depth + 1), x), name });
  };

/** The inputs, and both as one tensor [B, 4m]. */
function inertiaInputs(masses: number, name: string) {
  const inputs = [
    tf.input({ shape: [masses], name: `${name}_masses` }),
    tf.input({ shape: [masses, 3], name: `${name}_positions` }),
  ] as const;
  const flat = apply(tf.layers.flatten({ name: `${name}_flat` }), inputs[1]);
  const join = tf.layers.concatenate({ axis: -1, name: `${name}_given` });
  return { inputs: [...inputs], given: apply(join, inputs[0], flat) };
}
