/** How many threads are worth their synchronisation for a traced step, and how many steps one call. */
import type { Graph } from '@intertwiner/onnx';

type Node = Graph['nodes'][number];

/**
 * ONNX Runtime's threads wait for each other after every operator that they share, and spin between
 * two of them, on a core that could fill the next batches. A step of MLP 64→128→128→16 (9 million
 * operations in its products, 27,000 parameters) takes 0.18 ms on two threads and 0.12 ms of one
 * core; one of MLP 256→256→256→64 (48 million, 150,000) 0.47 and 0.60 ms.
 */
const fewestFlops = 2e7;
const fewestElements = 2 ** 16;

/** One for steps in which no operator is worth sharing, otherwise as many as are allowed. */
export const threadsFor = (graph: Graph, most: number | undefined): number | undefined =>
  isSmall(graph) ? 1 : most;

/** About a second, at the speed of a core: how often progress is told and a run can be stopped. */
const flopsPerCall = 1e11;
/** The batches of two calls are in memory at once. */
const bytesPerCall = 2 ** 26;
const fewestSteps = 25;
const mostSteps = 250;

/** How many batches of so many bytes are held in memory at once, at least one. */
export const batchesThatFit = (bytes: number): number =>
  Math.max(1, Math.floor(bytesPerCall / bytes));

/**
 * Steps of a call into the runtime, into which the state goes and out of which it comes: a step of
 * MLP 64→128→128→16 takes 0.26 ms of a core in calls of 25 steps, 0.20 in calls of 250.
 *
 * @param batchBytes what one step is fed with.
 */
export function stepsPerCallFor(graph: Graph, batchBytes: number): number {
  const most = Math.min(flopsPerCall / stepFlops(graph), batchesThatFit(batchBytes), mostSteps);
  return Math.max(fewestSteps, Math.floor(most));
}

const stepFlops = ({ nodes }: Graph): number =>
  nodes.reduce((total, node) => total + productFlops(node), 0);

function isSmall(graph: Graph): boolean {
  return (
    stepFlops(graph) < fewestFlops &&
    graph.nodes.every(({ outputs }) => outputs.every(({ shape }) => sizeOf(shape) < fewestElements))
  );
}

const products = new Set(['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul']);

/** Operations of matrix products and convolutions; a product of numbers and a sum are two. */
function productFlops({ opType, inputs: [a, b], outputs: [output] }: Node): number {
  // M×K times K×N: the sizes of both factors and of the result multiply to (MKN)². With batches of
  // both factors it says more than there is.
  if (products.has(opType)) {
    return 2 * Math.sqrt(sizeOf(a!.shape) * sizeOf(b!.shape) * sizeOf(output!.shape));
  }
  // Each element of the result, or of what is spread, meets the filter of its channel.
  const taps = () => sizeOf(b!.shape) / b!.shape[0]!;
  if (opType === 'Conv') return 2 * sizeOf(output!.shape) * taps();
  if (opType === 'ConvTranspose') return 2 * sizeOf(a!.shape) * taps();
  return 0;
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);
