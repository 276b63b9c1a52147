/**
 * The empirical neural tangent kernel, Θ(x, x') = Σ_θ ∂f(x)/∂θ · ∂f(x')/∂θ (Jacot et al. 2018): what
 * a network of finite width, with the weights that it has, learns by small steps.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Device } from '@intertwiner/engine';
import { mlpKernel } from '@intertwiner/neural-kernels';
import type { Network } from '../networks/network.js';
import { jacobianModel } from './jacobian.js';

export interface EmpiricalOptions {
  /** Default `cpu`. */
  readonly device?: Device;
  /**
   * The kernel of all outputs, (n·outputs)², row i·outputs + o; default false: their mean, n × n,
   * which for one output is the same.
   */
  readonly perOutput?: boolean;
  /** Largest size of the Jacobians held at once, in MiB; default 256. More weights take more passes. */
  readonly memory?: number;
  /** Called after every input with the share of work that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The empirical NTK of a network at its present weights; Jacobians in float32, summed in float64.
 *
 * @param X n × inputSize numbers.
 * @returns row-major, symmetric; see `perOutput`.
 * @throws RangeError on sizes that do not fit; the errors of tracing and of the device.
 */
export async function empiricalNtk(
  network: Network,
  X: ArrayLike<number>,
  n: number,
  options: EmpiricalOptions = {},
): Promise<Float64Array> {
  const { device, perOutput = false, memory = 256, onProgress } = options;
  const { inputSize, outputs, variables } = network;
  if (X.length !== n * inputSize) {
    throw new RangeError(`X: expected ${n} × ${inputSize} numbers, got ${X.length}.`);
  }
  const rows = n * outputs;
  const groups = grouped(variables, (memory * 2 ** 20) / 4 / rows);
  const total = new Float64Array(rows * rows);
  for (const [g, group] of groups.entries()) {
    const model = await jacobianModel(network, group, device);
    try {
      const jacobian = new Float32Array(rows * model.parameters);
      for (let i = 0; i < n; i++) {
        const input = Float32Array.from({ length: inputSize }, (_, k) => X[i * inputSize + k]!);
        jacobian.set(await model.at(input), i * outputs * model.parameters);
        onProgress?.((g + (i + 1) / n) / groups.length);
      }
      addProducts(total, jacobian, rows, model.parameters);
    } finally {
      await model.dispose();
    }
  }
  return perOutput ? total : outputMean(total, n, outputs);
}

/** Runs of variables of at most `limit` numbers each, or of one variable that is larger. */
function grouped(variables: readonly tf.Variable[], limit: number): tf.Variable[][] {
  const groups: tf.Variable[][] = [];
  let size = Infinity;
  for (const variable of variables) {
    if (size + variable.size > limit) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(variable);
    size += variable.size;
  }
  return groups;
}

/** Columns that are multiplied at once: their float64 copies stay small. */
const stripe = 16384;
/** Without hidden layers the kernel is the inner product: K₀ = ⟨x, x'⟩. */
const innerProduct = mlpKernel({ depth: 0 });

/** total += J·Jᵀ. */
function addProducts(total: Float64Array, jacobian: Float32Array, rows: number, columns: number) {
  for (let from = 0; from < columns; from += stripe) {
    const width = Math.min(stripe, columns - from);
    const part = new Float64Array(rows * width);
    for (let i = 0; i < rows; i++) {
      const start = i * columns + from;
      part.set(jacobian.subarray(start, start + width), i * width);
    }
    const { nngp } = innerProduct.gram(part, rows, width, { inputScaling: 'none' });
    for (let at = 0; at < total.length; at++) total[at]! += nngp[at]!;
  }
}

/** The mean over outputs of the diagonal blocks. */
function outputMean(full: Float64Array, n: number, outputs: number): Float64Array {
  const rows = n * outputs;
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += full[(i * outputs + o) * rows + j * outputs + o]!;
    return sum / outputs;
  });
}
