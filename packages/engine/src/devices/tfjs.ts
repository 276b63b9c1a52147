/** TensorFlow.js backends as devices. */
import * as tf from '@tensorflow/tfjs';
import { DeviceError, type TfjsDevice } from './device.js';

interface TfjsBackend {
  /** The name under which the package registers its backend. */
  readonly backend: string;
  /** The package to load; null for what tfjs itself brings. */
  readonly package: string | null;
}

const backends: Readonly<Record<TfjsDevice, TfjsBackend>> = {
  'tfjs-node-gpu': { backend: 'tensorflow', package: '@tensorflow/tfjs-node-gpu' },
  'tfjs-node': { backend: 'tensorflow', package: '@tensorflow/tfjs-node' },
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
  try {
    if (name) await import(name);
    await whileActive(backend, () => warmUp());
  } catch (error) {
    const cause = String((error as Error).message).split('\n', 1)[0];
    const remedy = name ? ` Install ${name} beside @tensorflow/tfjs.` : '';
    throw new DeviceError(`The device '${device}' is not available here.${remedy} (${cause})`);
  }
  return backend;
}

/**
 * Runs `body` with a backend active, and then the one before. tfjs is told that a test is running,
 * which only keeps its cpu backend from printing an advertisement on its first tensor.
 */
async function whileActive<T>(backend: string, body: () => T): Promise<T> {
  const before = tf.getBackend();
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' did not start`);
  try {
    return body();
  } finally {
    if (before) await tf.setBackend(before);
  }
}

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
  const backend = await loadTfjsBackend(device);
  const before = tf.getBackend();
  await tf.setBackend(backend);
  return async () => {
    await tf.setBackend(before);
  };
}
