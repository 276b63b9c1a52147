/** The same training program run by TensorFlow.js itself, one kernel after the other. */
import * as tf from '@tensorflow/tfjs';
import { disposeKept, type InputSpec, type TypedArray } from '@intertwiner/onnx';
import type { TfjsDevice } from '../devices/device.js';
import { activateTfjs } from '../devices/tfjs.js';
import type {
  FillBatch,
  RunOptions,
  StepOutputs,
  Training,
  TrainingProgram,
  TrainingState,
  VariableState,
} from './program.js';
import { changedByEvaluation, requireEvaluation } from './evaluation.js';
import { inverse, lastingNames, renamed } from './names.js';
import { concatOutputs } from './stepOutputs.js';
import { assignVariables, checkState, type VariableType } from './variables.js';

/** Training on a TensorFlow.js backend; between runs the backend before is active again. */
export class EagerTraining implements Training {
  readonly device: TfjsDevice;
  readonly stepsPerCall = 1;
  readonly #program: TrainingProgram;
  /** Variables of the program that some step has changed. */
  readonly #changed = new Set<tf.Variable>();
  #step = 0;

  constructor(program: TrainingProgram, device: TfjsDevice) {
    this.#program = program;
    this.device = device;
  }

  get step(): number {
    return this.#step;
  }

  async run(steps: number, fill: FillBatch, options: RunOptions = {}): Promise<StepOutputs> {
    const deactivate = await activateTfjs(this.device);
    const results: StepOutputs[] = [];
    try {
      for (let i = 0; i < steps; i++) {
        options.signal?.throwIfAborted();
        results.push(this.#take(fill));
        options.onProgress?.(i + 1, results.at(-1)!);
      }
    } finally {
      await deactivate();
    }
    return concatOutputs(results);
  }

  #take(fill: FillBatch): StepOutputs {
    const before = variableData();
    const outputs = runOnBatch(this.#program.inputs, this.#step, fill, (inputs) =>
      this.#program.step(inputs),
    );
    for (const [variable, dataId] of variableData()) {
      if (before.get(variable) !== dataId) this.#changed.add(variable);
    }
    this.#step++;
    return outputs;
  }

  async evaluate(batches: number, fill: FillBatch): Promise<StepOutputs> {
    const evaluation = requireEvaluation(this.#program);
    const deactivate = await activateTfjs(this.device);
    try {
      const results = Array.from({ length: batches }, (_, i) => {
        const before = variableData();
        const outputs = runOnBatch(evaluation.inputs, i, fill, (inputs) =>
          evaluation.measure(inputs),
        );
        for (const [variable, dataId] of variableData()) {
          if (before.get(variable) !== dataId) throw changedByEvaluation(variable.name);
        }
        return outputs;
      });
      return concatOutputs(results);
    } finally {
      await deactivate();
    }
  }

  #names(): ReadonlyMap<string, string> {
    return lastingNames([...this.#changed].map(({ name }) => name));
  }

  async state(): Promise<TrainingState> {
    const variables = await Promise.all(
      [...this.#changed].map(async (v) => [v.name, await read(v)]),
    );
    const named = Object.fromEntries(variables) as Record<string, VariableState>;
    return { step: this.#step, variables: renamed(named, this.#names()) };
  }

  async restore(state: TrainingState): Promise<void> {
    const variables = renamed(state.variables, inverse(this.#names()));
    checkState({ ...state, variables }, [...this.#changed].map(typeOf));
    assignVariables({ ...state, variables });
    this.#step = state.step;
  }

  async sync(): Promise<void> {
    // The program's variables are the state.
  }

  async dispose(): Promise<void> {
    this.#changed.clear();
  }
}

/** Fills a batch and runs a function on it. */
function runOnBatch(
  specs: readonly InputSpec[],
  index: number,
  fill: FillBatch,
  fn: (inputs: Record<string, tf.Tensor>) => Readonly<Record<string, tf.Tensor>>,
): StepOutputs {
  const batch = specs.map((input) => [input.name, allocate(input)] as const);
  fill(index, Object.fromEntries(batch));
  const outputs: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const tensors = specs.map(
      ({ name, shape, dtype }, i) =>
        [name, tf.tensor(batch[i]![1] as Float32Array, [...shape], dtype)] as const,
    );
    const start = tf.scalar(0).id;
    const result = fn(Object.fromEntries(tensors));
    for (const [name, tensor] of Object.entries(result)) {
      outputs[name] = tensor.dataSync().slice() as Float32Array;
    }
    disposeKept(result, start);
  });
  return outputs;
}

const variableData = (): Map<tf.Variable, object> =>
  new Map(
    Object.values(tf.engine().state.registeredVariables).map((variable) => [
      variable,
      variable.dataId,
    ]),
  );

const typeOf = ({ name, shape, dtype }: tf.Variable): VariableType => ({
  name,
  shape,
  dtype: dtype as VariableState['dtype'],
});

async function read(variable: tf.Variable): Promise<VariableState> {
  const { shape, dtype } = typeOf(variable);
  return { shape, dtype, data: (await variable.data()).slice() as TypedArray };
}

function allocate({ shape, dtype = 'float32' }: InputSpec) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return dtype === 'float32'
    ? new Float32Array(size)
    : dtype === 'int32'
      ? new Int32Array(size)
      : new Uint8Array(size);
}
