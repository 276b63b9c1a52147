import * as tf from '@tensorflow/tfjs';

/** What a kernel is given and returns. */
export interface KernelCall {
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly result: tf.Tensor | tf.Tensor[];
}

type RunKernel = (
  name: string,
  inputs: Record<string, unknown>,
  attributes?: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

/**
 * Runs f with the result of every kernel that it calls replaced by what `replace` makes of it; kernels
 * that `replace` itself calls are left alone.
 */
export function interceptKernels<T>(
  replace: (call: KernelCall) => tf.Tensor | tf.Tensor[],
  f: () => T,
): T {
  const engine = tf.engine() as unknown as { runKernel: RunKernel };
  const run = engine.runKernel.bind(engine) as RunKernel;
  let isReplacing = false;
  engine.runKernel = (name, inputs, attributes) => {
    const result = run(name, inputs, attributes);
    if (isReplacing) return result;
    isReplacing = true;
    try {
      return replace({ name, inputs, result });
    } finally {
      isReplacing = false;
    }
  };
  try {
    return f();
  } finally {
    // The method of the class shows through again.
    delete (engine as { runKernel?: RunKernel }).runKernel;
  }
}
