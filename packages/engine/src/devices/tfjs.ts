/** TensorFlow.js backends as devices. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { DeviceError, type TfjsDevice } from './device.js';
import { locateModule } from './locate.js';

interface TfjsBackend {
  /** The name under which the package registers its backend. */
  readonly backend: string;
  /** The package to load; null for what tfjs itself brings. */
  readonly package: string | null;
  /** What to do besides installing the package. */
  readonly remedy?: string;
}

const buildRemedy =
  ', and build its addon with a libtensorflow of yours: `intertwiner doctor --build DEVICE ' +
  '--tensorflow FOLDER`; see docs/gpu.md';

const backends: Readonly<Record<TfjsDevice, TfjsBackend>> = {
  'tfjs-node-gpu': {
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node-gpu',
    remedy: buildRemedy.replace('DEVICE', 'tfjs-node-gpu'),
  },
  'tfjs-node': {
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node',
    remedy: buildRemedy.replace('DEVICE', 'tfjs-node'),
  },
  'tfjs-wasm': { backend: 'wasm', package: '@tensorflow/tfjs-backend-wasm' },
  'tfjs-cpu': { backend: 'cpu', package: null },
};

/**
 * Loads the package of a device and starts its backend, without making it the active one. Started
 * this way, tfjs's cpu backend does not print its advertisement.
 *
 * @returns the name of the backend in tfjs.
 * @throws DeviceError saying what to install, if it does not start.
 */
export async function loadTfjsBackend(device: TfjsDevice): Promise<string> {
  const { backend, package: name } = backends[device];
  // Packages make their backend the active one when they are loaded.
  const before = tf.getBackend();
  try {
    if (name) await import(pathToFileURL(requirePackage(name)).href);
    await whileActive(backend, before, warmUp);
  } catch (error) {
    throw unavailable(device, error);
  }
  return backend;
}

function unavailable(device: TfjsDevice, error: unknown): DeviceError {
  const { package: name, remedy = '' } = backends[device];
  const what = name ? ` Install ${name} beside @tensorflow/tfjs${remedy}.` : '';
  const cause = String((error as Error).message)
    .split('\n', 1)[0]!
    .trim();
  return new DeviceError(`The device '${device}' is not available here.${what} (${cause})`);
}

function requirePackage(name: string): string {
  const path = locateModule(name);
  if (path) return path;
  throw new Error(`${name} is not installed`);
}

/**
 * Throws DeviceError unless the device's backend computes in a process of its own, so that what its
 * native library prints or breaks stays there.
 */
export async function probeTfjsInChild(device: TfjsDevice): Promise<void> {
  const { backend, package: name } = backends[device];
  try {
    const script = fileURLToPath(new URL('../../worker/probeTfjs.js', import.meta.url));
    const child = spawnSync(process.execPath, [script, requirePackage(name!), backend], {
      encoding: 'utf8',
    });
    if (child.status === 0) return;
    throw new Error(child.stdout.trim() || `its probe ended with ${child.signal ?? child.status}`);
  } catch (error) {
    throw unavailable(device, error);
  }
}

/** Runs `body` with a backend active, and then the one before. */
async function whileActive<T>(
  backend: string,
  before: string | undefined,
  body: () => T,
): Promise<T> {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' did not start`);
  try {
    return body();
  } finally {
    if (before) await tf.setBackend(before);
  }
}

/**
 * tfjs is told that a test is running, which only keeps its cpu backend from printing an
 * advertisement on its first tensor.
 */
function warmUp(): void {
  const wasTest = tf.env().getBool('IS_TEST');
  tf.env().set('IS_TEST', true);
  try {
    tf.tidy(() => tf.scalar(1).add(1).dataSync());
  } finally {
    tf.env().set('IS_TEST', wasTest);
  }
}

/** Makes a device the active backend until the returned function is called. */
export async function activateTfjs(device: TfjsDevice): Promise<() => Promise<void>> {
  const before = tf.getBackend();
  const backend = await loadTfjsBackend(device);
  await tf.setBackend(backend);
  return async () => {
    await tf.setBackend(before);
  };
}
