/**
 * Training inside ONNX Runtime, in a thread of its own, with the state kept there between calls: the
 * traced step in a Loop, or on WebGPU step by step, with the state in the device's memory.
 */
import { Worker } from 'node:worker_threads';
import {
  graphVariables,
  stateOutput,
  stepsInput,
  trace,
  writeStateReader,
  writeTrainingLoop,
  writeTrainingStep,
  type Graph,
  type InputSpec,
  type Target,
  type Value,
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
import { requireEvaluation, traceEvaluation } from './evaluation.js';
import { inverse, lastingNames, renamed } from './names.js';
import { concatOutputs } from './stepOutputs.js';
import { batchesThatFit, stepsPerCallFor, threadsFor } from './threads.js';
import { assignVariables, checkState, type VariableType } from './variables.js';

export interface CompiledOptions {
  /** Undefined: as many as are worth a call. */
  readonly stepsPerCall: number | undefined;
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
  const target = device === 'cpu' ? await cpuTarget() : undefined;
  const graph = traceStep(program, options.seed, target);
  const training = new CompiledTraining(graph, program, device, options);
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
  checkOutputs('step', graph);
  return graph;
}

/** What a program returns must have names of its own and be of float32. */
function checkOutputs(part: string, graph: Graph): void {
  const taken = new Set([...graph.inputs, ...graphVariables(graph)].map(({ name }) => name));
  const { outputs } = graph;
  const clash = outputs.find(({ name }) => taken.has(name));
  if (clash) {
    throw new TrainingError(
      `The ${part}'s output '${clash.name}' is called like an input or a variable; rename one of them.`,
    );
  }
  const odd = outputs.find(({ value }) => value.dtype !== 'float32');
  if (!odd) return;
  throw new TrainingError(
    `The ${part}'s output '${odd.name}' is ${odd.value.dtype}; cast it to float32.`,
  );
}

class CompiledTraining implements Training {
  readonly device: OnnxDevice;
  readonly stepsPerCall: number;
  readonly #program: TrainingProgram;
  /** The names of the variables in saved states, by those of tfjs. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #worker: Worker;
  readonly #variables: readonly VariableType[];
  /** The inputs of the program's evaluation, once the runtime has loaded it. */
  #evaluationInputs: readonly Required<InputSpec>[] | null = null;
  readonly #initial: Record<string, unknown>;
  readonly #inputs: readonly Required<InputSpec>[];
  readonly #pending = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void }
  >();
  readonly #free: Batches[] = [];
  #nextRequest = 0;
  #step = 0;

  constructor(
    graph: Graph,
    program: TrainingProgram,
    device: OnnxDevice,
    { stepsPerCall, threads }: CompiledOptions,
  ) {
    this.device = device;
    this.#program = program;
    this.#inputs = withDtypes(program.inputs);
    this.stepsPerCall = stepsPerCall ?? stepsPerCallFor(graph, bytesOf(this.#inputs));
    const variables = graphVariables(graph);
    this.#names = lastingNames(variables.map(({ name }) => name));
    this.#variables = variables.map((variable) => variableType(variable.name, variable));
    this.#initial = Object.fromEntries(variables.map(({ name, initial }) => [name, initial]));
    this.#worker = new Worker(new URL('../../worker/trainingWorker.js', import.meta.url), {
      workerData: {
        ...(device === 'webgpu'
          ? { stepwise: stepwise(graph) }
          : { model: writeTrainingLoop(graph) }),
        options: sessionOptions(device, threadsFor(graph, threads)),
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
    const sizeAt = (step: number) => Math.min(this.stepsPerCall, end - step);
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
    const result = (await this.#request('run', { steps, batches }, buffersOf(batches))) as {
      outputs: StepOutputs;
      batches: Batches;
    };
    this.#free.push(result.batches);
    return result.outputs;
  }

  /** Fills the batches of `count` steps, in arrays that came back from an earlier call if any. */
  #prepare(first: number, count: number, fill: FillBatch): Batches {
    const batches = this.#free.pop() ?? allocate(this.#inputs, this.stepsPerCall);
    return fillBatches(this.#inputs, batches, first, count, fill);
  }

  async evaluate(batches: number, fill: FillBatch): Promise<StepOutputs> {
    const inputs = (this.#evaluationInputs ??= await this.#loadEvaluation());
    const results: StepOutputs[] = [];
    // Its batches may be larger than those of a step.
    const most = Math.min(this.stepsPerCall, batchesThatFit(bytesOf(inputs)));
    for (let first = 0; first < batches; first += most) {
      const steps = Math.min(most, batches - first);
      const data = fillBatches(inputs, allocate(inputs, steps), first, steps, fill);
      const outputs = await this.#request('evaluate', { steps, batches: data }, buffersOf(data));
      results.push(outputs as StepOutputs);
    }
    return concatOutputs(results);
  }

  /** Compiles the evaluation, which reads the variables where training has them. */
  async #loadEvaluation(): Promise<readonly Required<InputSpec>[]> {
    const evaluation = requireEvaluation(this.#program);
    const graph = traceEvaluation(evaluation);
    checkOutputs('evaluation', graph);
    const trained = new Set(this.#variables.map(({ name }) => name));
    const inputs = withDtypes(evaluation.inputs);
    await this.#request('loadEvaluation', {
      evaluation: {
        model: writeTrainingLoop(graph),
        inputs,
        outputs: graph.outputs.map(({ name }) => name),
        trained: graph.states.filter(({ name }) => trained.has(name)).map(({ name }) => name),
        frozen: graph.states
          .filter(({ name }) => !trained.has(name))
          .map(({ name, input, initial }) => ({ ...variableType(name, input), data: initial })),
      },
    });
    return inputs;
  }

  async state(): Promise<TrainingState> {
    const data = (await this.#request('getState')) as Record<string, VariableState['data']>;
    const variables = this.#variables.map(({ name, shape, dtype }) => [
      name,
      { shape, dtype, data: data[name]! },
    ]);
    const named = Object.fromEntries(variables) as Record<string, VariableState>;
    return { step: this.#step, variables: renamed(named, this.#names) };
  }

  async restore(state: TrainingState): Promise<void> {
    const variables = renamed(state.variables, inverse(this.#names));
    checkState({ ...state, variables }, this.#variables);
    const data = this.#variables.map(({ name }) => [name, variables[name]!.data]);
    await this.#request('setState', { data: Object.fromEntries(data) });
    this.#step = state.step;
  }

  async sync(): Promise<void> {
    const { step, variables } = await this.state();
    assignVariables({ step, variables: renamed(variables, inverse(this.#names)) });
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

/** What the worker takes single steps with, and reads the states. */
const stepwise = (graph: Graph) => ({
  model: writeTrainingStep(graph),
  reader: writeStateReader(graph),
  states: graph.states.map(({ name, input: { dtype, shape }, parts }) => ({
    ...{ name, dtype, shape, parts },
    after: stateOutput(name),
  })),
});

const withDtypes = (inputs: readonly InputSpec[]): Required<InputSpec>[] =>
  inputs.map((input) => ({ dtype: 'float32', ...input }));

const variableType = (
  name: string,
  { shape, dtype }: Pick<Value, 'shape' | 'dtype'>,
): VariableType => ({
  name,
  shape,
  dtype: dtype as VariableState['dtype'],
});

const buffersOf = (batches: Batches): ArrayBuffer[] =>
  Object.values(batches).map((array) => array.buffer as ArrayBuffer);

/** Of the batches of one step. */
const bytesOf = (inputs: readonly Required<InputSpec>[]): number =>
  inputs.reduce(
    (total, { dtype, shape }) => total + sizeOf(shape) * arrays[dtype].BYTES_PER_ELEMENT,
    0,
  );

const allocate = (inputs: readonly Required<InputSpec>[], steps: number): Batches =>
  Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => [name, new arrays[dtype](sizeOf(shape) * steps)]),
  );

function fillBatches(
  inputs: readonly Required<InputSpec>[],
  batches: Batches,
  first: number,
  count: number,
  fill: FillBatch,
): Batches {
  for (let i = 0; i < count; i++) fill(first + i, stepViews(inputs, batches, i));
  return batches;
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
