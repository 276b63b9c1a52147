// The thread in which ONNX Runtime trains. onnxruntime-node runs a session on the thread that
// calls it, so the calling program would stand still; here, it prepares the next batches meanwhile.
// Plain JavaScript, so that the sources and the build start the same file.
import { parentPort, workerData } from 'node:worker_threads';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';

// Errors are thrown; the runtime would print them too.
env.logLevel = 'fatal';

const { model, options, states, inputs, outputs, stepsInput } = workerData;
/** @type {InferenceSession} */
let session;
/** @type {Record<string, Tensor>} the variables, by name */
let state = {};

const setState = (data) => {
  state = Object.fromEntries(
    states.map(({ name, dtype, shape }) => [name, new Tensor(dtype, data[name], shape)]),
  );
};

const handlers = {
  async start({ data }) {
    session = await InferenceSession.create(model, options);
    setState(data);
    return { result: null };
  },

  /** Takes steps; the batches come in transferred arrays, which go back with the results. */
  async run({ steps, batches }) {
    const feeds = { ...state, [stepsInput]: new Tensor('int64', [BigInt(steps)], []) };
    for (const { name, dtype, shape } of inputs) {
      const size = shape.reduce((product, extent) => product * extent, steps);
      feeds[name] = new Tensor(dtype, batches[name].subarray(0, size), [steps, ...shape]);
    }
    const results = await session.run(feeds);
    state = Object.fromEntries(states.map(({ name, after }) => [name, results[after]]));
    const data = Object.fromEntries(outputs.map((name) => [name, results[name].data]));
    const transfer = Object.values(batches).map((array) => array.buffer);
    return { result: { outputs: data, batches }, transfer };
  },

  async getState() {
    const copies = states.map(({ name }) => [name, state[name].data.slice()]);
    return { result: Object.fromEntries(copies), transfer: copies.map(([, copy]) => copy.buffer) };
  },

  async setState({ data }) {
    setState(data);
    return { result: null };
  },

  async dispose() {
    await session?.release();
    return { result: null };
  },
};

parentPort.on('message', async ({ id, type, ...request }) => {
  try {
    const { result, transfer } = await handlers[type](request);
    parentPort.postMessage({ id, result }, transfer ?? []);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort.postMessage({ id, error: message }, []);
  }
});
