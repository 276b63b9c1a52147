// The thread in which ONNX Runtime trains. onnxruntime-node runs a session on the thread that
// calls it, so the calling program would stand still; here, it prepares the next batches meanwhile.
// Plain JavaScript, so that the sources and the build start the same file.
import { parentPort, workerData } from 'node:worker_threads';
import { env, InferenceSession } from 'onnxruntime-node';
import { LoopTraining } from './loopTraining.js';
import { StepTraining } from './stepTraining.js';
import { batchFeeds, dataOf, tensorsOf } from './tensors.js';

// Errors are thrown; the runtime would print them too.
env.logLevel = 'fatal';

const { options, stepsInput, stepwise } = workerData;
/** @type {LoopTraining | StepTraining | undefined} */
let training;
/** The part of the program that measures, once it was asked for. */
let evaluation = null;

const handlers = {
  async start({ data }) {
    training = await (stepwise ? StepTraining : LoopTraining).start(workerData);
    training.setState(data);
    return { result: null };
  },

  /** Takes steps; the batches come in transferred arrays, which go back with the results. */
  async run({ steps, batches }) {
    const outputs = await training.run(steps, batches);
    const transfer = Object.values(batches).map((array) => array.buffer);
    return { result: { outputs, batches }, transfer };
  },

  async loadEvaluation({ evaluation: { model, trained, frozen, ...rest } }) {
    const data = Object.fromEntries(frozen.map((variable) => [variable.name, variable.data]));
    const session = await InferenceSession.create(model, options);
    const types = workerData.states.filter(({ name }) => trained.includes(name));
    evaluation = { ...rest, trained: types, constants: tensorsOf(frozen, data), session };
    return { result: null };
  },

  /** Measures with the present state, of which nothing is taken out. */
  async evaluate({ steps, batches }) {
    const { trained, constants, inputs, outputs, session } = evaluation;
    const feeds = {
      ...tensorsOf(trained, await training.state()),
      ...constants,
      ...batchFeeds(stepsInput, steps, inputs, batches),
    };
    return { result: dataOf(await session.run(feeds, outputs), outputs) };
  },

  async getState() {
    const copies = Object.entries(await training.state()).map(([name, data]) => [
      name,
      data.slice(),
    ]);
    return { result: Object.fromEntries(copies), transfer: copies.map(([, copy]) => copy.buffer) };
  },

  async setState({ data }) {
    training.setState(data);
    return { result: null };
  },

  async dispose() {
    await training?.dispose();
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
