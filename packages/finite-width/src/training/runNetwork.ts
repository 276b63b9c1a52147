import type * as tf from '@tensorflow/tfjs';
import { loadModel, type Device } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import type { Network } from '../networks/network.js';

/** A network with its present weights, in a runtime. */
export interface RunningNetwork {
  /** Outputs of a batch: B × outputs. */
  run(inputs: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Exports a network and loads it; later changes of its weights are not seen. */
export async function runNetwork(
  { inputSize, apply }: Network,
  device: Device = 'cpu',
): Promise<RunningNetwork> {
  const bytes = exportModel((x) => ({ outputs: apply(x as tf.Tensor2D) }), {
    inputs: [{ name: 'x', shape: [null, inputSize] }],
  });
  const model = await loadModel(bytes, { device });
  return {
    async run(inputs) {
      const shape = [inputs.length / inputSize, inputSize];
      const { outputs } = await model.run({ x: { data: inputs, shape } });
      return outputs!.data as Float32Array;
    },
    dispose: () => model.dispose(),
  };
}
