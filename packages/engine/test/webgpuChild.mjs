// What ONNX Runtime's WebGPU does here, as JSON. A process of its own, since the loader of Vulkan is
// found by the environment that a process starts with.
import * as tf from '@tensorflow/tfjs';
import { compileTraining, devices } from '@intertwiner/engine';
import { exportModel, trace, writeTrainingLoop } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { InferenceSession, Tensor } from 'onnxruntime-node';

tf.env().set('IS_TEST', true);
await tf.setBackend('cpu');

/** @type {import('onnxruntime-node').InferenceSession.SessionOptions} */
const onlyWebgpu = { executionProviders: ['webgpu'], logSeverityLevel: 4 };
const plusOne = exportModel((x) => x.add(1), { inputs: [{ name: 'x', shape: [2] }] });

/**
 * Why a session is refused, or null.
 *
 * @param {Uint8Array} model
 * @param {import('onnxruntime-node').InferenceSession.SessionOptions} options
 */
async function refusal(model, options) {
  try {
    await (await InferenceSession.create(model, { ...onlyWebgpu, ...options })).release();
    return null;
  } catch (error) {
    return String(error);
  }
}

/**
 * A perceptron with Adam; both devices start from the same numbers.
 *
 * @param {string} name
 * @returns {import('@intertwiner/engine').TrainingProgram}
 */
function program(name) {
  const stream = random(11);
  /** @param {string} part @param {[number, number]} shape */
  const variable = (part, shape) => {
    const data = stream.fillNormal(new Float32Array(shape[0] * shape[1]));
    return tf.variable(tf.tensor2d(data, shape), true, `${name}/${part}`);
  };
  const [w1, w2, optimizer] = [variable('w1', [3, 8]), variable('w2', [8, 1]), tf.train.adam(0.01)];
  /** @param {tf.Tensor2D} x */
  const loss = (x) => {
    const target = tf.sum(tf.square(x), 1, true);
    const output = tf.matMul(tf.tanh(tf.matMul(x, w1)), w2);
    return /** @type {tf.Scalar} */ (tf.losses.meanSquaredError(target, output));
  };
  return {
    inputs: [{ name: 'x', shape: [16, 3] }],
    step: (inputs) => {
      const x = /** @type {tf.Tensor2D} */ (inputs['x']);
      return { loss: /** @type {tf.Scalar} */ (optimizer.minimize(() => loss(x), true)) };
    },
    evaluation: {
      inputs: [{ name: 'x', shape: [16, 3] }],
      measure: ({ x }) => ({ loss: loss(/** @type {tf.Tensor2D} */ (x)) }),
    },
  };
}

/** @type {import('@intertwiner/engine').FillBatch} */
const fill = (step, batch) => {
  random(23, step).fillNormal(/** @type {Float32Array} */ (batch['x']));
};

/**
 * Losses of 8 steps, those of two batches after them, the first 4 steps again after going back, and
 * the sums of the variables.
 *
 * @param {'cpu' | 'webgpu'} device
 */
async function train(device) {
  const training = await compileTraining(program(device), { device, stepsPerCall: 4 });
  const start = await training.state();
  const { loss } = await training.run(8, fill);
  const { variables } = await training.state();
  const { loss: evaluated } = await training.evaluate(2, fill);
  await training.restore(start);
  const { loss: again } = await training.run(4, fill);
  await training.dispose();
  const sums = Object.values(variables).map(({ data }) =>
    Array.from(/** @type {ArrayLike<number>} */ (data)).reduce((a, b) => a + b, 0),
  );
  return {
    loss: [...(loss ?? [])],
    again: [...(again ?? [])],
    evaluated: [...(evaluated ?? [])],
    sums,
  };
}

/** x + 1 twice, where what is between the two runs stays on the device. */
async function chained() {
  const first = await InferenceSession.create(plusOne, {
    ...onlyWebgpu,
    preferredOutputLocation: 'gpu-buffer',
  });
  const second = await InferenceSession.create(plusOne, onlyWebgpu);
  const [between] = Object.values(await first.run({ x: new Tensor('float32', [1, 2], [2]) }));
  if (!between) throw new Error('The model has no output.');
  const [after] = Object.values(await second.run({ x: between }));
  return { location: between.location, values: Array.from(after?.data ?? [], Number) };
}

/** An option that onnxruntime-web knows, and the types here do not. */
const capturing = { name: 'webgpu', enableGraphCapture: true };

const webgpu = (await devices()).find(({ name }) => name === 'webgpu');
const answer = { reason: webgpu?.reason };
if (webgpu?.available) {
  const { step, inputs } = program('traced');
  const loop = writeTrainingLoop(trace((x) => step({ x }), inputs, { seed: 0 }));
  Object.assign(answer, {
    cpu: await train('cpu'),
    webgpu: await train('webgpu'),
    chained: await chained(),
    capture: await refusal(plusOne, { executionProviders: [capturing] }),
    loopOnDevice: await refusal(loop, { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
}
process.stdout.write(JSON.stringify(answer));
process.exit(0);
