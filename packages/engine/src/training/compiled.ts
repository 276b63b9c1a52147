/**
 * Training inside ONNX Runtime: the traced step in a Loop, in a thread of its own, with the state
 * kept there between calls.
 */
import { Worker } from 'node:worker_threads';
import {
  graphVariables,
  stateOutput,
  stepsInput,
  trace,
  writeTrainingLoop,
  type Graph,
  type InputSpec,
  type Target,
} from '@intertwiner/onnx';
import type { OnnxDevice } from '../devices/device.js';
import { requireOnnxDevice, sessionOptions } from '../devices/probe.js';
import { cpuTarget } from '../devices/target.js';
import {
  TrainingError,
  type FillBatch,
  type RunOptions,
  type StepBatch,
  type StepOutputs,
  type Training,
  type TrainingProgram,
  type TrainingState,
  type VariableState,
} from './program.js';
import { concatOutputs } from './stepOutputs.js';
import { assignVariables, checkState, type VariableType } from './variables.js';

export interface CompiledOptions {
  readonly stepsPerCall: number;
  readonly threads?: number | undefined;
  readonly seed: number;
}

type Batches = Record<string, Float32Array | Int32Array | Uint8Array>;

export async function compileForRuntime(
  program: TrainingProgram,
  device: OnnxDevice,
  options: CompiledOptions,
): Promise<Training> {
  if (device === 'wasm') {
    throw new TrainingError(
      "Compiled training needs onnxruntime-node; use 'cpu' instead of 'wasm'.",
    );
  }
  await requireOnnxDevice(device);
  const training = new CompiledTraining(
    traceStep(program, options.seed, device === 'cpu' ? await cpuTarget() : undefined),
    program.inputs,
    device,
    options,
  );
  await training.start();
  return training;
}

function traceStep(program: TrainingProgram, seed: number, target: Target | undefined): Graph {
  const names = program.inputs.map(({ name }) => name);
  const graph = trace(
    (...tensors) => program.step(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
    program.inputs,
    { seed, target },
  );
  if (graph.states.length === 0) {
    throw new TrainingError(
      'The program changes no variable in its step, so there is nothing to train.',
    );
  }
  const taken = new Set([...names, ...graphVariables(graph).map(({ name }) => name)]);
  const clash = graph.outputs.find(({ name }) => taken.has(name));
  if (clash) {
    throw new TrainingError(
      `The step's output '${clash.name}' is called like an input or a variable; rename one of them.`,
    );
  }
  const odd = graph.outputs.find(({ value }) => value.dtype !== 'float32');
  if (odd) {
    throw new TrainingError(
      `The step's output '${odd.name}' is ${odd.value.dtype}; cast it to float32.`,
    );
  }
  return graph;
}

class CompiledTraining implements Training {
  readonly device: OnnxDevice;
  readonly #worker: Worker;
  readonly #variables: readonly VariableType[];
  readonly #initial: Record<string, unknown>;
  readonly #inputs: readonly Required<InputSpec>[];
  readonly #stepsPerCall: number;
  readonly #pending = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void }
  >();
  readonly #free: Batches[] = [];
  #nextRequest = 0;
  #step = 0;

  constructor(
    graph: Graph,
    inputs: readonly InputSpec[],
    device: OnnxDevice,
    { stepsPerCall, threads }: CompiledOptions,
  ) {
    this.device = device;
    this.#stepsPerCall = stepsPerCall;
    this.#inputs = inputs.map((input) => ({ dtype: 'float32', ...input }));
    const variables = graphVariables(graph);
    this.#variables = variables.map(({ name, shape, dtype }) => ({
      ...{ name, shape },
      dtype: dtype as VariableState['dtype'],
    }));
    this.#initial = Object.fromEntries(variables.map(({ name, initial }) => [name, initial]));
    this.#worker = new Worker(new URL('../../worker/trainingWorker.js', import.meta.url), {
      workerData: {
        model: writeTrainingLoop(graph),
        options: sessionOptions(device, threads),
        states: this.#variables.map((variable) => ({
          ...variable,
          after: stateOutput(variable.name),
        })),
        inputs: this.#inputs,
        outputs: graph.outputs.map(({ name }) => name),
        stepsInput,
      },
    });
    this.#worker.on('message', (message) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error as Error));
    // A program that has nothing else to do ends, even if it forgot to dispose of the training.
    this.#worker.unref();
  }

  get step(): number {
    return this.#step;
  }

  async start(): Promise<void> {
    await this.#request('start', { data: this.#initial });
  }

  async run(steps: number, fill: FillBatch, options: RunOptions = {}): Promise<StepOutputs> {
    const end = this.#step + steps;
    const sizeAt = (step: number) => Math.min(this.#stepsPerCall, end - step);
    const results: StepOutputs[] = [];
    let batches = this.#prepare(this.#step, sizeAt(this.#step), fill);
    while (this.#step < end) {
      options.signal?.throwIfAborted();
      const count = sizeAt(this.#step);
      const call = this.#call(count, batches);
      const next = this.#step + count;
      // The runtime works on the call in its own thread while this one fills the next batches.
      if (next < end) batches = this.#prepare(next, sizeAt(next), fill);
      results.push(await call);
      this.#step = next;
      options.onProgress?.(next - (end - steps), results.at(-1)!);
    }
    return concatOutputs(results);
  }

  async #call(steps: number, batches: Batches): Promise<StepOutputs> {
    const transfer = Object.values(batches).map((array) => array.buffer as ArrayBuffer);
    const result = (await this.#request('run', { steps, batches }, transfer)) as {
      outputs: StepOutputs;
      batches: Batches;
    };
    this.#free.push(result.batches);
    return result.outputs;
  }

  /** Fills the batches of `count` steps, in arrays that came back from an earlier call if any. */
  #prepare(first: number, count: number, fill: FillBatch): Batches {
    const batches = this.#free.pop() ?? this.#allocate();
    for (let i = 0; i < count; i++) fill(first + i, stepViews(this.#inputs, batches, i));
    return batches;
  }

  #allocate(): Batches {
    return Object.fromEntries(
      this.#inputs.map(({ name, dtype, shape }) => [
        name,
        new arrays[dtype](sizeOf(shape) * this.#stepsPerCall),
      ]),
    );
  }

  async state(): Promise<TrainingState> {
    const data = (await this.#request('getState')) as Record<string, VariableState['data']>;
    const variables = this.#variables.map(({ name, shape, dtype }) => [
      name,
      { shape, dtype, data: data[name]! },
    ]);
    return { step: this.#step, variables: Object.fromEntries(variables) };
  }

  async restore(state: TrainingState): Promise<void> {
    checkState(state, this.#variables);
    const data = this.#variables.map(({ name }) => [name, state.variables[name]!.data]);
    await this.#request('setState', { data: Object.fromEntries(data) });
    this.#step = state.step;
  }

  async sync(): Promise<void> {
    assignVariables(await this.state());
  }

  async dispose(): Promise<void> {
    await this.#request('dispose');
    await this.#worker.terminate();
  }

  #request(type: string, body: object = {}, transfer: ArrayBuffer[] = []): Promise<unknown> {
    const id = this.#nextRequest++;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, type, ...body }, transfer);
    });
  }

  #receive({ id, result, error }: { id: number; result?: unknown; error?: string }): void {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (error === undefined) request?.resolve(result);
    else request?.reject(new TrainingError(`ONNX Runtime on '${this.device}': ${error}`));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

/** The part of each array that belongs to one step. */
function stepViews(
  inputs: readonly Required<InputSpec>[],
  batches: Batches,
  index: number,
): StepBatch {
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      return [name, batches[name]!.subarray(index * size, (index + 1) * size)];
    }),
  );
}
