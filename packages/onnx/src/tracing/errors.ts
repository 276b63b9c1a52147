import { unsupported } from '../lowerings/unsupported.js';

/** A kernel without a lowering was reached while tracing. */
export class UntracedKernelError extends Error {
  override readonly name = 'UntracedKernelError';
  readonly kernel: string;

  constructor(kernel: string, tfjsCall: string | null) {
    const call = tfjsCall ? ` (called by tf.${tfjsCall})` : '';
    const reason = unsupported[kernel] ? `: ${unsupported[kernel]}` : '';
    super(
      `The TensorFlow.js kernel '${kernel}'${call} has no ONNX lowering${reason}. ` +
        `Register one with registerLowering('${kernel}', lowering), or write the function with ` +
        'other operations; supportedKernels() lists those that can be traced.',
    );
    this.kernel = kernel;
  }
}

/** The traced function asked for the elements of a tensor that has none until the graph runs. */
export class TracedValueError extends Error {
  override readonly name = 'TracedValueError';

  constructor(shape: readonly number[]) {
    super(
      `The elements of a traced tensor of shape [${shape.join(', ')}] were read (dataSync, data, ` +
        'arraySync, print or a JavaScript condition on them) while tracing. They are known only ' +
        'when the graph runs: return the tensor as an output, or compute with tensor operations ' +
        'such as tf.where.',
    );
  }
}

/** The traced function or its inputs cannot become a graph. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/**
 * What tfjs throws when the tracing backend lacks a kernel, as an error that helps; any other error
 * is returned as it is.
 */
export function explainKernelError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kernel = /^Kernel '(\w+)' not registered for backend/.exec(error.message)?.[1];
  if (!kernel) return error;
  // tfjs names the function behind the public operation with a trailing underscore.
  const call = /\bat (?:Object\.)?(\w+)_\b/.exec(error.stack ?? '')?.[1] ?? null;
  return new UntracedKernelError(kernel, call);
}
