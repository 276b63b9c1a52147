import { isTfjsDevice, type Device } from '../devices/device.js';
import { resolveDevice } from '../devices/probe.js';
import { loadTfjsBackend } from '../devices/tfjs.js';
import { compileForRuntime } from './compiled.js';
import { EagerTraining } from './eager.js';
import { TrainingError, type Training, type TrainingProgram } from './program.js';

export interface TrainingOptions {
  /**
   * Where to train. Default: `'auto'`. `cpu`, `cuda` and `webgpu` compile the program for ONNX
   * Runtime; the `tfjs-…` devices run it eagerly.
   */
  readonly device?: Device;
  /**
   * How many steps one call into the runtime takes; progress, interruption and checkpoints happen
   * between calls. Its batches are held in memory at once. Default: what takes about a second, at
   * least 25 and at most 250, whose batches fit into 64 MiB.
   */
  readonly stepsPerCall?: number;
  /**
   * The most threads of one operator on the CPU; steps too small to share take one. Default: as many
   * as there are cores.
   */
  readonly threads?: number;
  /** What the random numbers of dropout start from, in compiled training: an int32. Default: 0. */
  readonly seed?: number;
}

/**
 * Makes a training program ready to run. The program's variables start from their present elements
 * and do not change until `sync()`, except on `tfjs-…` devices, which train them in place.
 *
 * @throws DeviceError if the device is not available; UntracedKernelError, TracedValueError or
 *   TraceError if the program cannot be compiled; TrainingError if it trains nothing.
 */
export async function compileTraining(
  program: TrainingProgram,
  options: TrainingOptions = {},
): Promise<Training> {
  const { stepsPerCall, threads, seed = 0 } = options;
  if (stepsPerCall !== undefined && (!Number.isInteger(stepsPerCall) || stepsPerCall < 1)) {
    throw new TrainingError(`stepsPerCall must be a positive integer, not ${stepsPerCall}.`);
  }
  const device = await resolveDevice(options.device ?? 'auto');
  if (isTfjsDevice(device)) {
    await loadTfjsBackend(device);
    return new EagerTraining(program, device);
  }
  return compileForRuntime(program, device, { stepsPerCall, threads, seed });
}
