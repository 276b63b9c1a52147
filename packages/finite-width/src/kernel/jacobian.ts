/**
 * Jacobians of a network by its weights, one input at a time, inside ONNX Runtime: the traced
 * gradient of every output is an ordinary model.
 */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type Device, type LoadedModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import type { Network } from '../networks/network.js';

/** The Jacobian of some of a network's variables, at inputs of the caller's choice. */
export interface JacobianModel {
  /** Numbers per output: the variables' sizes added up. */
  readonly parameters: number;
  /** ∂f/∂θ at one input: outputs × parameters, row-major float32. */
  at(input: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Traces the gradients of all outputs by the given variables, at their present values. */
export async function jacobianModel(
  { inputSize, outputs, apply }: Network,
  variables: readonly tf.Variable[],
  device: Device = 'cpu',
): Promise<JacobianModel> {
  const gradient = (x: tf.Tensor2D, output: number): tf.Tensor => {
    const value = () => apply(x).slice([0, output], [1, 1]).sum<tf.Scalar>();
    const { grads } = tf.variableGrads(value, [...variables]);
    return tf.concat(
      variables.map(({ name }) => grads[name]!.reshape([1, -1])),
      1,
    );
  };
  const bytes = exportModel(
    (x) => {
      const rows = Array.from({ length: outputs }, (_, o) => gradient(x as tf.Tensor2D, o));
      return { jacobian: tf.concat(rows, 0) };
    },
    { inputs: [{ name: 'x', shape: [1, inputSize] }] },
  );
  const model: LoadedModel = await loadModel(bytes, { device });
  return {
    parameters: variables.reduce((sum, { size }) => sum + size, 0),
    async at(input) {
      const { jacobian } = await model.run({ x: { data: input, shape: [1, inputSize] } });
      return jacobian!.data as Float32Array;
    },
    dispose: () => model.dispose(),
  };
}
