// Many steps in one run of a Loop, between whose steps the runtime keeps the state.
import { InferenceSession } from 'onnxruntime-node';
import { batchFeeds, dataOf, tensorsOf } from './tensors.js';

export class LoopTraining {
  #program;
  /** @type {InferenceSession} */
  #session;
  /** The variables, by name. */
  #state = {};

  static async start(program) {
    const training = new LoopTraining();
    training.#program = program;
    training.#session = await InferenceSession.create(program.model, program.options);
    return training;
  }

  setState(data) {
    this.#state = tensorsOf(this.#program.states, data);
  }

  /** The outputs of the steps, one behind the other. */
  async run(steps, batches) {
    const { states, inputs, outputs, stepsInput } = this.#program;
    const feeds = batchFeeds(stepsInput, steps, inputs, batches);
    const results = await this.#session.run({ ...this.#state, ...feeds });
    this.#state = Object.fromEntries(states.map(({ name, after }) => [name, results[after]]));
    return dataOf(results, outputs);
  }

  /** The variables' elements; the runtime may go on using them. */
  async state() {
    return dataOf(this.#state, Object.keys(this.#state));
  }

  async dispose() {
    await this.#session.release();
  }
}
