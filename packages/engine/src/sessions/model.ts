/** Inference on ONNX models. */
import { checkModel, ModelError, type TensorDeclaration } from '@intertwiner/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import { DeviceError, isTfjsDevice, type Device, type OnnxDevice } from '../devices/device.js';
import {
  requireOnnxDevice,
  resolveDevice,
  sessionOptions,
  type OrtModule,
} from '../devices/probe.js';
import { readModelFile } from './readModelFile.js';

/** Arrays that tensors are passed in and out with. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array;

/** A tensor outside any runtime: its elements in row-major order. */
export interface ArrayTensor {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

export type Feeds = Readonly<Record<string, ArrayTensor>>;

export interface LoadOptions {
  /** Default: `'auto'`. */
  readonly device?: Device;
  /** Threads of one operator on the CPU; default: as many as there are cores. */
  readonly threads?: number;
}

/** A model loaded into a runtime. */
export interface LoadedModel {
  readonly device: OnnxDevice;
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** The strings in the file's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Runs the model. Throws ModelError if an input is missing, unknown, or of another dtype or shape
   * than the model declares.
   */
  run(feeds: Feeds): Promise<Record<string, ArrayTensor>>;
  dispose(): Promise<void>;
}

/**
 * Loads an ONNX model.
 *
 * @param bytesOrPath the bytes of the file, or its path.
 * @throws ModelError if it is not a well-formed model, DeviceError if the device cannot be used.
 */
export async function loadModel(
  bytesOrPath: Uint8Array | string,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const bytes = typeof bytesOrPath === 'string' ? await readModelFile(bytesOrPath) : bytesOrPath;
  const { inputs, outputs, metadata } = checkModel(bytes);
  const device = onnxDevice(await resolveDevice(options.device ?? 'auto'));
  const ort = await requireOnnxDevice(device);
  const session = await createSession(ort, bytes, sessionOptions(device, options.threads));
  return {
    device,
    inputs,
    outputs,
    metadata,
    run: (feeds) => runSession(ort, session, inputs, feeds),
    dispose: () => session.release(),
  };
}

function onnxDevice(device: Device): OnnxDevice {
  if (isTfjsDevice(device)) {
    throw new DeviceError(
      `The device '${device}' runs TensorFlow.js programs, not ONNX files. ` +
        'Use cpu, cuda, webgpu or wasm.',
    );
  }
  return device as OnnxDevice;
}

async function createSession(
  ort: OrtModule,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    throw new ModelError(`ONNX Runtime refuses the model: ${(error as Error).message}`);
  }
}

async function runSession(
  ort: OrtModule,
  session: InferenceSession,
  inputs: readonly TensorDeclaration[],
  feeds: Feeds,
): Promise<Record<string, ArrayTensor>> {
  checkFeeds(inputs, feeds);
  const tensors = inputs.map(({ name, dtype }) => {
    const { data, shape } = feeds[name]!;
    return [name, new ort.Tensor(dtype!, data as Float32Array, [...shape])] as const;
  });
  const results = await session.run(Object.fromEntries(tensors));
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: data as TensorData, shape: dims },
    ]),
  );
}

function checkFeeds(inputs: readonly TensorDeclaration[], feeds: Feeds): void {
  const declared = inputs.map(({ name }) => name);
  const unknown = Object.keys(feeds).find((name) => !declared.includes(name));
  if (unknown !== undefined) {
    throw new ModelError(
      `The model has no input '${unknown}'; its inputs: ${declared.join(', ')}.`,
    );
  }
  for (const input of inputs) {
    const feed = feeds[input.name];
    if (!feed) throw new ModelError(`The input '${input.name}' is missing.`);
    checkFeed(input, feed);
  }
}

const arrayNames: Readonly<Record<string, string>> = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  uint8: 'Uint8Array',
  int8: 'Int8Array',
  bool: 'Uint8Array',
};

function checkFeed({ name, dtype, shape }: TensorDeclaration, feed: ArrayTensor): void {
  const fits =
    shape.length === feed.shape.length &&
    shape.every((extent, axis) => typeof extent === 'string' || extent === feed.shape[axis]);
  if (!fits) {
    throw new ModelError(
      `The input '${name}' has the shape [${feed.shape.join(', ')}], and the model takes ` +
        `[${shape.join(', ')}].`,
    );
  }
  if (!dtype) throw new ModelError(`The input '${name}' has an element type that cannot be fed.`);
  const size = feed.shape.reduce((product, extent) => product * extent, 1);
  if (feed.data.constructor.name !== arrayNames[dtype] || feed.data.length !== size) {
    throw new ModelError(
      `The input '${name}' needs a ${arrayNames[dtype]} of ${size} elements, and got a ` +
        `${feed.data.constructor.name} of ${feed.data.length}.`,
    );
  }
}
