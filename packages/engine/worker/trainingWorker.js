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
/** The part of the program that measures, once it was asked for. */
let evaluation = null;
/** @type {Record<string, Tensor>} the variables, by name */
let state = {};

const setState = (data) => {
  state = Object.fromEntries(
    states.map(({ name, dtype, shape }) => [name, new Tensor(dtype, data[name], shape)]),
  );
};

/** What all steps of a call are fed with: their number, and their batches one behind the other. */
const batchFeeds = (steps, inputs, batches) => {
  const stacked = inputs.map(({ name, dtype, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, steps);
    return [name, new Tensor(dtype, batches[name].subarray(0, size), [steps, ...shape])];
  });
  return { ...Object.fromEntries(stacked), [stepsInput]: new Tensor('int64', [BigInt(steps)], []) };
};

const dataOf = (results, names) =>
  Object.fromEntries(names.map((name) => [name, results[name].data]));

const handlers = {
  async start({ data }) {
    session = await InferenceSession.create(model, options);
    setState(data);
    return { result: null };
  },

  /** Takes steps; the batches come in transferred arrays, which go back with the results. */
  async run({ steps, batches }) {
    const results = await session.run({ ...state, ...batchFeeds(steps, inputs, batches) });
    state = Object.fromEntries(states.map(({ name, after }) => [name, results[after]]));
    const data = dataOf(results, outputs);
    const transfer = Object.values(batches).map((array) => array.buffer);
    return { result: { outputs: data, batches }, transfer };
  },

  async loadEvaluation({ evaluation: { model: bytes, frozen, ...rest } }) {
    const constants = frozen.map(({ name, dtype, shape, data }) => [
      name,
      new Tensor(dtype, data, shape),
    ]);
    evaluation = {
      ...rest,
      constants: Object.fromEntries(constants),
      session: await InferenceSession.create(bytes, options),
    };
    return { result: null };
  },

  /** Measures with the present state, of which nothing is taken out. */
  async evaluate({ steps, batches }) {
    const { trained, constants, outputs: names } = evaluation;
    const present = Object.fromEntries(trained.map((name) => [name, state[name]]));
    const feeds = { ...present, ...constants, ...batchFeeds(steps, evaluation.inputs, batches) };
    return { result: dataOf(await evaluation.session.run(feeds, names), names) };
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
    await evaluation?.session.release();
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
