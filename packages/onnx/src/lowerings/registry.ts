/**
 * Which ONNX operators stand for which TensorFlow.js kernel: one table per family, and what users
 * register on top.
 */
import { blocks } from './blocks.js';
import { convolution } from './convolution.js';
import { creation } from './creation.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import type { Lowering } from './lowering.js';
import { matmul } from './matmul.js';
import { morphology } from './morphology.js';
import { normalisation } from './normalisation.js';
import { pooling } from './pooling.js';
import { randomness } from './random.js';
import { reductions } from './reduction.js';
import { resizing } from './resize.js';
import { scans } from './scan.js';
import { searching } from './search.js';
import { shapes } from './shape.js';
import { warping } from './warp.js';

const registry = new Map<string, Lowering>(
  [
    blocks,
    convolution,
    creation,
    elementwise,
    indexing,
    matmul,
    morphology,
    normalisation,
    pooling,
    randomness,
    reductions,
    resizing,
    scans,
    searching,
    shapes,
    warping,
  ].flatMap(Object.entries),
);

const listeners: ((kernelName: string) => void)[] = [];

/**
 * Teaches the tracer a TensorFlow.js kernel, or replaces how it writes one.
 *
 * @param kernelName the name under which tfjs calls the kernel, e.g. `'FFT'`.
 * @param lowering appends ONNX operators (opset 18) to `call.graph` and returns the value, or the
 *   values, that the kernel computes, with dtype and shape as tfjs would give them.
 */
export function registerLowering(kernelName: string, lowering: Lowering): void {
  registry.set(kernelName, lowering);
  for (const listener of listeners) listener(kernelName);
}

/** The names of the tfjs kernels that can be traced, sorted. */
export const supportedKernels = (): string[] => [...registry.keys()].sort();

export const loweringOf = (kernelName: string): Lowering | undefined => registry.get(kernelName);

/** Calls back for every kernel known now or registered later. */
export function onLowering(listener: (kernelName: string) => void): void {
  listeners.push(listener);
  for (const kernelName of registry.keys()) listener(kernelName);
}
