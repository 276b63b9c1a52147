/** One call of a TensorFlow.js operation, to be run on tfjs's cpu backend and in ONNX Runtime. */
import * as tf from '@tensorflow/tfjs';
import { trace, writeModel, type InputSpec, type Target } from '@intertwiner/onnx';
import { expect } from 'vitest';
import { sample, type Draw } from './draw.js';
import { runModel, type Operand } from './runtime.js';

export interface KernelCase {
  /** What is called, with its attributes: shown when it fails. */
  readonly call: string;
  readonly inputs: readonly Operand[];
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Whether the gradient is compared too; default true. Only float inputs have one. */
  readonly gradient?: boolean;
  /** The largest difference over the largest element of the output, or 1; default 2e-5. */
  readonly tolerance?: number;
}

export type CaseMaker = (draw: Draw) => KernelCase;
export type Family = Readonly<Record<string, CaseMaker>>;

/** How many random calls of each operation are compared. */
const callsPerOperation = 12;

/** float32 has 24 bits, 6e-8; sums of a hundred terms and polynomial approximations lose some. */
const defaultTolerance = 2e-5;

/**
 * Cases that tfjs's cpu backend runs; it must run at least a third of what is drawn. Where only
 * its gradient fails (it knows none for broadcast minima, say), the call itself is compared.
 */
export function acceptedCases(
  make: CaseMaker,
  count = callsPerOperation,
): readonly ReferenceCase[] {
  const drawn = sample(make, count);
  const accepted = drawn.flatMap(
    (kernelCase) => reference(kernelCase) ?? reference({ ...kernelCase, gradient: false }) ?? [],
  );
  expect(accepted.length * 3).toBeGreaterThanOrEqual(drawn.length);
  return accepted;
}

export interface ReferenceCase {
  readonly kernelCase: KernelCase;
  readonly expected: readonly Operand[];
}

function reference(kernelCase: KernelCase): ReferenceCase | null {
  try {
    let expected: Operand[] = [];
    tf.tidy(() => {
      const inputs = kernelCase.inputs.map(toTensor);
      expected = withGradients(kernelCase)(...inputs).map(toArray);
    });
    return { kernelCase, expected };
  } catch {
    return null;
  }
}

const toTensor = ({ data, shape, dtype }: Operand): tf.Tensor =>
  tf.tensor(data as Float32Array, [...shape], dtype as 'float32');

const toArray = (x: tf.Tensor): Operand => ({
  data: x.dataSync().slice() as Float32Array,
  shape: x.shape,
  dtype: x.dtype,
});

/** The outputs, and the gradients of a weighted sum of them by each float input. */
export const withGradients =
  ({ fn, inputs: operands, gradient = true }: KernelCase) =>
  (...inputs: tf.Tensor[]): tf.Tensor[] => {
    const outputs = [fn(...inputs)].flat();
    const variable = inputs.flatMap((_, i) => (operands[i]!.dtype === 'float32' ? [i] : []));
    if (!gradient || variable.length === 0) return outputs;
    const gradients = tf.grads((...floats) => {
      const arguments_ = inputs.map((input, i) => floats[variable.indexOf(i)] ?? input);
      return weightedSum([fn(...arguments_)].flat());
    })(variable.map((i) => inputs[i]!));
    return [...outputs, ...gradients];
  };

/** Weights that differ from element to element, so that a permuted gradient shows. */
function weightedSum(outputs: readonly tf.Tensor[]): tf.Scalar {
  const sums = outputs
    .filter(({ dtype }) => dtype === 'float32')
    .map((y) => {
      const weights = Float32Array.from({ length: y.size }, (_, i) => Math.sin(i * 2.3 + 1));
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    });
  return tf.addN(sums) as tf.Scalar;
}

/** Runs all cases in one model; every output that differs from the reference, in words. */
export async function disagreements(
  cases: readonly ReferenceCase[],
  target?: Target,
): Promise<string[]> {
  const specs = cases.flatMap(({ kernelCase }, c) =>
    kernelCase.inputs.map(({ shape, dtype }, i) => ({ name: `${c}:${i}`, shape, dtype })),
  ) as InputSpec[];
  const before = tf.memory().numTensors;
  const graph = trace(
    (...inputs) => {
      const results = cases.flatMap(({ kernelCase }, c) => {
        const own = inputs.filter((_, i) => specs[i]!.name.startsWith(`${c}:`));
        return withGradients(kernelCase)(...own).map((y, k) => [`${c}=${k}`, y] as const);
      });
      return Object.fromEntries(results);
    },
    specs,
    { target },
  );
  expect(tf.memory().numTensors).toBe(before);
  const feeds = cases.flatMap(({ kernelCase }, c) =>
    kernelCase.inputs.map((input, i) => [`${c}:${i}`, input] as const),
  );
  const results = await runModel(writeModel(graph), Object.fromEntries(feeds));
  return cases.flatMap(({ kernelCase, expected }, c) =>
    expected
      .flatMap((array, k) => difference(results[`${c}=${k}`]!, array, kernelCase.tolerance) ?? [])
      .map((difference) => `${describeCase(kernelCase)}: ${difference}`),
  );
}

const describeCase = ({ call, inputs }: KernelCase): string =>
  `${call} of ${inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(', ')}`;

function difference(
  actual: Operand,
  expected: Operand,
  tolerance = defaultTolerance,
): string | null {
  const [type, wanted] = [actual, expected].map(({ dtype, shape }) => `${dtype}[${shape.join()}]`);
  if (type !== wanted) return `${type} instead of ${wanted}`;
  const gap = largestGap(actual.data, expected.data);
  return gap <= tolerance ? null : `off by ${gap}`;
}

/** The largest |a − b| over the largest |b|, or 1; infinite where only one is NaN or infinite. */
function largestGap(actual: Operand['data'], expected: Operand['data']): number {
  let [gap, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(actual[i]), Number(expected[i])];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const difference = Math.abs(a - b);
    gap = Math.max(gap, Number.isNaN(difference) ? Infinity : difference);
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
  }
  for (const b of expected)
    if (Number.isFinite(Number(b))) scale = Math.max(scale, Math.abs(Number(b)));
  return gap / scale;
}
