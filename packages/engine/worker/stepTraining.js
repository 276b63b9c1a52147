// One step in each run, after which the state stays on the device: for WebGPU, where a Loop runs on the
// CPU and its operators on the device, with the state carried to and fro at every step.
import { InferenceSession } from 'onnxruntime-node';
import { dataOf, sizeOf, tensorsOf } from './tensors.js';

export class StepTraining {
  #program;
  /** @type {InferenceSession} */
  #session;
  /**
   * From each state to itself: what is on the device can only be read as an output on the CPU.
   *
   * @type {InferenceSession}
   */
  #reader;
  /** The states, by name; some are several variables one behind the other. */
  #state = {};

  static async start({ stepwise, ...program }) {
    const training = new StepTraining();
    training.#program = { ...program, ...stepwise };
    const { model, reader, states, outputs, options } = training.#program;
    const places = [
      ...states.map(({ after }) => [after, 'gpu-buffer']),
      ...outputs.map((name) => [name, 'cpu']),
    ];
    const preferredOutputLocation = Object.fromEntries(places);
    training.#session = await InferenceSession.create(model, {
      ...options,
      preferredOutputLocation,
    });
    training.#reader = await InferenceSession.create(reader, options);
    return training;
  }

  setState(data) {
    const { states } = this.#program;
    const packed = states.map(({ name, parts }) => [
      name,
      parts ? joined(parts, data) : data[name],
    ]);
    this.#replace(tensorsOf(states, Object.fromEntries(packed)));
  }

  async run(steps, batches) {
    const { states, inputs, outputs } = this.#program;
    const taken = outputs.map((name) => ({ name, rows: [] }));
    for (let step = 0; step < steps; step++) {
      const batch = tensorsOf(inputs, rowsOf(inputs, batches, step));
      const results = await this.#session.run({ ...this.#state, ...batch });
      this.#replace(Object.fromEntries(states.map(({ name, after }) => [name, results[after]])));
      for (const { name, rows } of taken) rows.push(results[name].data);
    }
    return Object.fromEntries(taken.map(({ name, rows }) => [name, concatenated(rows)]));
  }

  async state() {
    const { states } = this.#program;
    const results = await this.#reader.run(this.#state);
    const found = dataOf(
      results,
      states.map(({ after }) => after),
    );
    const entries = states.flatMap(({ name, parts, after }) =>
      parts ? split(parts, found[after]) : [[name, found[after]]],
    );
    return Object.fromEntries(entries);
  }

  async dispose() {
    this.#replace({});
    await this.#session.release();
    await this.#reader.release();
  }

  /** The device's memory of a state is freed when its tensor is disposed of. */
  #replace(state) {
    for (const tensor of Object.values(this.#state)) {
      if (tensor.location === 'gpu-buffer') tensor.dispose();
    }
    this.#state = state;
  }
}

/** The part of each array that belongs to a step. */
const rowsOf = (inputs, batches, step) =>
  Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      return [name, batches[name].subarray(step * size, (step + 1) * size)];
    }),
  );

const joined = (parts, data) => concatenated(parts.map(({ name }) => data[name]));

function concatenated(arrays) {
  const whole = new arrays[0].constructor(arrays.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const array of arrays) {
    whole.set(array, start);
    start += array.length;
  }
  return whole;
}

function split(parts, whole) {
  let start = 0;
  return parts.map(({ name, shape }) => {
    const end = start + sizeOf(shape);
    const part = whole.subarray(start, end);
    start = end;
    return [name, part];
  });
}
