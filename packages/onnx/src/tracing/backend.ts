/**
 * A TensorFlow.js backend whose kernels compute nothing: each appends ONNX operators to the graph
 * being traced, and a tensor's dataId names a value of that graph. tfjs's automatic differentiation
 * and optimizers are JavaScript on top of kernels, so a whole training step becomes one graph.
 */
import * as tf from '@tensorflow/tfjs';
import { constantData, type GraphBuilder } from '../ir/builder.js';
import type { DType, TypedArray } from '../ir/dtype.js';
import type { Shape, Value } from '../ir/graph.js';
import { loweringOf, onLowering } from '../lowerings/registry.js';
import { randomSource, TracedDraws } from './draws.js';
import { TracedValueError, TraceError } from './errors.js';
import { withModelsKeeping } from './models.js';
import { randomUniform } from './random.js';

const backendName = 'intertwiner-tracer';

type DataId = tf.TensorInfo['dataId'];

interface Entry {
  readonly value: Value;
  refCount: number;
}

const finishedTraceError = () =>
  new TraceError(
    'A tensor of a finished trace was used. Tensors made inside a traced function live only in ' +
      'the graph: return them as outputs, and do not keep them.',
  );

const disposedError = () =>
  new TraceError(
    'A disposed tensor was used while tracing. What a loss function makes is freed when minimize, ' +
      'variableGrads or tidy returns; take a tensor out of it with tf.keep().',
  );

class TracingBackend extends tf.KernelBackend {
  readonly #entries = new Map<DataId, Entry>();
  /** Tensors of other backends that this trace has read, so that each enters the graph once. */
  #constants = new WeakMap<DataId, Value>();
  #graph: GraphBuilder | null = null;
  #draws = new TracedDraws(0);

  begin(graph: GraphBuilder, seed: number): void {
    this.#graph = graph;
    this.#constants = new WeakMap();
    this.#draws = new TracedDraws(seed);
  }

  end(): void {
    this.#graph = null;
  }

  get graph(): GraphBuilder {
    if (!this.#graph) throw finishedTraceError();
    return this.#graph;
  }

  /** A new dataId that names a value. */
  name(value: Value): DataId {
    const dataId = {};
    this.#entries.set(dataId, { value, refCount: 1 });
    return dataId;
  }

  tensorInfo(value: Value): tf.TensorInfo {
    return {
      dataId: this.name(value),
      shape: [...value.shape],
      dtype: value.dtype as tf.DataType,
    };
  }

  /** The value behind a tensor; one that lives on another backend enters as a constant. */
  traced(tensor: tf.TensorInfo): Value {
    const entry = this.#entries.get(tensor.dataId);
    return entry ? entry.value : this.#foreign(tensor);
  }

  #foreign({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const known = this.#constants.get(dataId);
    if (known) return known;
    const owner = ownerOf(dataId);
    if (!owner) throw disposedError();
    const data = elements(owner.readSync(dataId), dtype);
    const value = this.graph.constant(data, shape, dtype as DType);
    this.#constants.set(dataId, value);
    return value;
  }

  get draws(): TracedDraws {
    return this.#draws;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): DataId {
    const source = this.#draws.isDrawing ? null : randomSource();
    if (source === 'dropout') return this.name(this.uniform(shape));
    const value = this.graph.constant(elements(values, dtype), shape, dtype as DType);
    if (source) this.#draws.refuse(value, source);
    return this.name(value);
  }

  /** Uniform random numbers that are others at every run of the traced step. */
  uniform(shape: Shape): Value {
    return this.#draws.draw((key, stream) => {
      let value = key;
      tf.engine().tidy(() => {
        value = this.traced(randomUniform(this.tensor(key), shape, stream));
      });
      return value;
    });
  }

  /** A tensor that stands for a value. */
  tensor(value: Value): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.tensorInfo(value), this);
  }

  /** Constants can be read, which some tfjs operations do with their own; nothing else can. */
  override readSync(dataId: DataId): tf.BackendValues {
    if (!this.#graph) throw finishedTraceError();
    const entry = this.#entries.get(dataId);
    if (!entry) throw disposedError();
    if (!entry.value.constant) throw new TracedValueError(entry.value.shape);
    return constantData(entry.value) as tf.BackendValues;
  }

  override async read(dataId: DataId): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override move(dataId: DataId, values: tf.BackendValues, shape: number[], dtype: tf.DataType) {
    const value = this.graph.constant(elements(values, dtype), shape, dtype as DType);
    this.#entries.set(dataId, { value, refCount: 1 });
  }

  override refCount(dataId: DataId): number {
    return this.#entries.get(dataId)?.refCount ?? 0;
  }

  /** tfjs counts references on the active backend, also those to another backend's data. */
  override incRef(dataId: DataId): void {
    const entry = this.#entries.get(dataId);
    if (entry) entry.refCount++;
    else ownerOf(dataId)?.incRef(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (!entry) return true;
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  /**
   * tfjs asks in order to find leaks under test: it expects a reshaped tensor to share its data, and
   * here it is another value of the graph.
   */
  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: true, reasons: ['A traced graph holds no data.'] };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.#entries.clear();
  }
}

/** The backend that holds the data of a dataId, or undefined for one that was disposed. */
export const ownerOf = (dataId: DataId): tf.KernelBackend | undefined =>
  tf.engine().state.tensorInfo.get(dataId)?.backend;

/** The elements of a tensor as the array of its dtype, in a copy of its own. */
export function elements(values: tf.BackendValues, dtype: tf.DataType): TypedArray {
  const list = values as ArrayLike<number>;
  if (dtype === 'float32') return Float32Array.from(list);
  if (dtype === 'int32') return Int32Array.from(list);
  if (dtype === 'bool') return Uint8Array.from(list);
  throw new TraceError(`Tensors of dtype ${dtype} cannot be traced; use float32, int32 or bool.`);
}

const backend = new TracingBackend();
let installed = false;

/** The one tracing backend of this process, registered with tfjs on first use. */
export function tracingBackend(): TracingBackend {
  if (!installed) {
    tf.registerBackend(backendName, () => backend, -1);
    onLowering(installKernel);
    installed = true;
  }
  return backend;
}

/** Makes the tracing backend the active one while `body` runs. */
export function whileTracing<T>(graph: GraphBuilder, seed: number, body: () => T): T {
  tf.backend();
  const before = tf.getBackend();
  if (before === backendName) throw new TraceError('trace() was called inside a traced function.');
  tracingBackend().begin(graph, seed);
  try {
    void tf.setBackend(backendName);
    return withModelsKeeping(body);
  } finally {
    void tf.setBackend(before);
    backend.end();
  }
}

function installKernel(kernelName: string): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc: lower(kernelName) });
}

const lower =
  (kernel: string): tf.KernelFunc =>
  ({ inputs, attrs }) => {
    const values = Object.entries(inputs)
      .filter(([, tensor]) => tensor !== null && tensor !== undefined)
      .map(([name, tensor]) => [name, backend.traced(tensor as tf.TensorInfo)] as const);
    const result = loweringOf(kernel)!({
      kernel,
      inputs: Object.fromEntries(values),
      attrs: attrs ?? {},
      graph: backend.graph,
      uniform: (shape) => backend.uniform(shape),
    });
    return Array.isArray(result)
      ? result.map((value: Value) => backend.tensorInfo(value))
      : backend.tensorInfo(result as Value);
  };
