/** The same inputs through several runtimes. */
import type { Device } from '../devices/device.js';
import { devices } from '../devices/probe.js';
import { onnxDevices } from '../devices/device.js';
import { loadModel, type ArrayTensor, type Feeds } from './model.js';

export interface CompareOptions {
  /** The devices to run on. Default: every device of ONNX Runtime that works here. */
  readonly devices?: readonly Device[];
  /**
   * Outputs to compare with, for example those of the TensorFlow.js program that was exported.
   * Default: those of the first device.
   */
  readonly reference?: Readonly<Record<string, ArrayTensor>>;
  /** How often each model is run to time it; the median counts. Default: 5. */
  readonly runs?: number;
}

/** How far one runtime's outputs are from the reference. */
export interface RuntimeComparison {
  readonly device: Device;
  /** The largest |a − b| over all elements of all outputs. */
  readonly maxAbsDiff: number;
  /** For each output the largest |a − b| over the largest |b|; then the largest of those. */
  readonly maxRelDiff: number;
  /** Median milliseconds of one run, after one run to warm up. */
  readonly ms: number;
}

/**
 * Runs a model on several devices with the same inputs, and measures how far their outputs are
 * apart. NaN in one output and not in the other counts as an infinite difference.
 *
 * @throws DeviceError if a device that was asked for is not available, ModelError as `loadModel`.
 */
export async function compareRuntimes(
  model: Uint8Array | string,
  feeds: Feeds,
  options: CompareOptions = {},
): Promise<RuntimeComparison[]> {
  const wanted = options.devices ?? (await workingDevices());
  const comparisons: RuntimeComparison[] = [];
  let reference = options.reference;
  for (const device of wanted) {
    const { outputs, ms } = await timedRun(model, feeds, device, options.runs ?? 5);
    reference ??= outputs;
    comparisons.push({ device, ...difference(outputs, reference), ms });
  }
  return comparisons;
}

async function workingDevices(): Promise<Device[]> {
  const working = (await devices(onnxDevices)).filter(({ available }) => available);
  return working.map(({ name }) => name);
}

async function timedRun(model: Uint8Array | string, feeds: Feeds, device: Device, runs: number) {
  const loaded = await loadModel(model, { device });
  try {
    const outputs = await loaded.run(feeds);
    const times: number[] = [];
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      await loaded.run(feeds);
      times.push(performance.now() - start);
    }
    return { outputs, ms: times.sort((a, b) => a - b)[runs >> 1] ?? NaN };
  } finally {
    await loaded.dispose();
  }
}

/** The largest absolute and relative difference between two records of outputs. */
export function difference(
  outputs: Readonly<Record<string, ArrayTensor>>,
  reference: Readonly<Record<string, ArrayTensor>>,
): { maxAbsDiff: number; maxRelDiff: number } {
  let [maxAbsDiff, maxRelDiff] = [0, 0];
  for (const [name, expected] of Object.entries(reference)) {
    const { abs, rel } = arrayDifference(outputs[name], expected);
    maxAbsDiff = Math.max(maxAbsDiff, abs);
    maxRelDiff = Math.max(maxRelDiff, rel);
  }
  return { maxAbsDiff, maxRelDiff };
}

function arrayDifference(actual: ArrayTensor | undefined, expected: ArrayTensor) {
  if (!actual || actual.data.length !== expected.data.length)
    return { abs: Infinity, rel: Infinity };
  let [abs, scale] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    const both = Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b));
    const gap = both ? 0 : Math.abs(a - b);
    abs = Math.max(abs, Number.isNaN(gap) ? Infinity : gap);
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
  }
  return { abs, rel: abs === 0 ? 0 : abs / (scale || Number.MIN_VALUE) };
}
