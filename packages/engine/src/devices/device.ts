/** The places where a model or a training program can run. */

/** ONNX Runtime's devices run ONNX files and compiled training. */
export const onnxDevices = ['cpu', 'cuda', 'webgpu', 'wasm'] as const;
/** TensorFlow.js's backends run TensorFlow.js programs eagerly. */
export const tfjsDevices = ['tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'] as const;

export type OnnxDevice = (typeof onnxDevices)[number];
export type TfjsDevice = (typeof tfjsDevices)[number];
/** `auto` is CUDA where it works, else the CPU. */
export type Device = 'auto' | OnnxDevice | TfjsDevice;

export const deviceNames: readonly Device[] = ['auto', ...onnxDevices, ...tfjsDevices];

/** A device that does not exist, or that cannot be used on this machine. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
}

export function isDevice(name: string): name is Device {
  return (deviceNames as readonly string[]).includes(name);
}

/** The device of that name. Throws DeviceError with the known names for any other. */
export function parseDevice(name: string): Device {
  if (isDevice(name)) return name;
  throw new DeviceError(`Unknown device '${name}'. Known: ${deviceNames.join(', ')}.`);
}

export const isTfjsDevice = (device: Device): device is TfjsDevice =>
  (tfjsDevices as readonly string[]).includes(device);
