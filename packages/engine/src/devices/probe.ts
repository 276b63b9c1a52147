/** Finds out what runs here, by trying it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceSession } from 'onnxruntime-node';
import { probeModel } from './probeModel.js';
import {
  DeviceError,
  parseDevice,
  type Device,
  type OnnxDevice,
  type TfjsDevice,
} from './device.js';
import { loadTfjsBackend, probeTfjsInChild } from './tfjs.js';

/** Whether a device can be used, and if not, why and what to do. */
export interface DeviceStatus {
  readonly name: Device;
  readonly available: boolean;
  /** Why it is not available, and what to install. */
  readonly reason?: string;
}

const remedies: Readonly<Record<OnnxDevice, string>> = {
  cpu: 'Install onnxruntime-node for this platform.',
  cuda:
    'It needs an NVIDIA driver, CUDA 12 or 13 with cuDNN 9, and the CUDA libraries of ' +
    'onnxruntime-node (its install script fetches them with ONNXRUNTIME_NODE_INSTALL=cuda12); ' +
    'see docs/gpu.md.',
  webgpu: 'It needs a GPU with a Vulkan, Metal or D3D12 driver.',
  wasm: 'Install onnxruntime-web beside @intertwiner/engine.',
};

/** The part of ONNX Runtime's two JavaScript packages that is used here. */
export type OrtModule = Pick<
  typeof import('onnxruntime-node'),
  'InferenceSession' | 'Tensor' | 'env'
>;

/** Loads ONNX Runtime's package for a device, on first use. */
export async function importRuntime(device: OnnxDevice): Promise<OrtModule> {
  const name: string = device === 'wasm' ? 'onnxruntime-web' : 'onnxruntime-node';
  try {
    const ort = (await import(name)) as OrtModule;
    // Errors are thrown; what the runtime prints beside them is for its own developers.
    ort.env.logLevel = 'fatal';
    return ort;
  } catch (error) {
    throw new DeviceError(`${unavailable(device)} (${firstLine(error)})`);
  }
}

const unavailable = (device: OnnxDevice): string =>
  `The device '${device}' is not available here. ${remedies[device]}`;

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;

/** Options that run a session on a device and nowhere else. */
export function sessionOptions(
  device: OnnxDevice,
  threads?: number,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: 4,
  };
}

/** Throws DeviceError unless a model runs on the device. */
export async function requireOnnxDevice(device: OnnxDevice): Promise<OrtModule> {
  if (device === 'cuda') requireCudaLibrary();
  const ort = await importRuntime(device);
  try {
    const session = await ort.InferenceSession.create(probeModel(), sessionOptions(device));
    await session.run({ x: new ort.Tensor('float32', Float32Array.of(1), [1]) });
    await session.release();
  } catch (error) {
    throw new DeviceError(`${unavailable(device)} (${firstLine(error)})`);
  }
  return ort;
}

/**
 * Tries a GPU device in a process of its own: what its driver prints or breaks stays there, and a
 * library that was never installed is told from one that fails.
 */
async function probeInChild(device: 'cuda' | 'webgpu'): Promise<void> {
  if (device === 'cuda') requireCudaLibrary();
  const script = fileURLToPath(new URL('../../worker/probeDevice.js', import.meta.url));
  const model = Buffer.from(probeModel()).toString('base64');
  const child = spawnSync(process.execPath, [script, device, model], { encoding: 'utf8' });
  if (child.status === 0) return;
  const reason = child.stdout.trim().split('\n').at(-1) || `the probe ended with ${child.signal}`;
  throw new DeviceError(`${unavailable(device)} (${reason})`);
}

/** The CUDA part of ONNX Runtime is a file of its own, which npm does not bring. */
function requireCudaLibrary(): void {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const name =
    process.platform === 'win32'
      ? 'onnxruntime_providers_cuda.dll'
      : 'libonnxruntime_providers_cuda.so';
  const folder = join(root, 'bin', 'napi-v6', process.platform, process.arch);
  if (existsSync(join(folder, name))) return;
  throw new DeviceError(`${unavailable('cuda')} (${name} is not installed)`);
}

const probes: Readonly<Record<OnnxDevice | TfjsDevice, () => Promise<unknown>>> = {
  cpu: () => requireOnnxDevice('cpu'),
  cuda: () => probeInChild('cuda'),
  webgpu: () => probeInChild('webgpu'),
  wasm: () => requireOnnxDevice('wasm'),
  'tfjs-node-gpu': () => probeTfjsInChild('tfjs-node-gpu'),
  'tfjs-node': () => probeTfjsInChild('tfjs-node'),
  'tfjs-wasm': () => loadTfjsBackend('tfjs-wasm'),
  'tfjs-cpu': () => loadTfjsBackend('tfjs-cpu'),
};

/** All but `auto`, which chooses one of them. */
type OneDevice = OnnxDevice | TfjsDevice;

/**
 * Devices with whether they can be used here; each is tried by running a model on it.
 *
 * @param among which; default: every one
 */
export async function devices(
  among: readonly OneDevice[] = Object.keys(probes) as OneDevice[],
): Promise<DeviceStatus[]> {
  const statuses: DeviceStatus[] = [];
  for (const name of among) statuses.push(await status(name, probes[name]));
  return statuses;
}

async function status(name: Device, probe: () => Promise<unknown>): Promise<DeviceStatus> {
  try {
    await probe();
    return { name, available: true };
  } catch (error) {
    return { name, available: false, reason: firstLine(error) };
  }
}

/** Throws DeviceError, saying why and what to do, unless the device can be used here. */
export async function requireDevice(device: Device): Promise<void> {
  if (device !== 'auto') await probes[device]();
}

/**
 * `auto` as the best device of ONNX Runtime that works here; any other as it is.
 *
 * @throws DeviceError for a name that is no device's.
 */
export async function resolveDevice(device: Device): Promise<Exclude<Device, 'auto'>> {
  const known = parseDevice(device);
  if (known !== 'auto') return known;
  return (await status('cuda', probes.cuda)).available ? 'cuda' : 'cpu';
}
