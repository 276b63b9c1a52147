import { InferenceSession, Tensor } from 'onnxruntime-node';

/** A tensor outside any runtime. */
export interface Operand {
  readonly data: Float32Array | Int32Array | Uint8Array | BigInt64Array;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Loads a model on the CPU, without the log lines that ONNX Runtime writes beside its errors. */
export const openSession = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 1 });

/** Runs a model once on the CPU. */
export async function runModel(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Operand>>,
): Promise<Record<string, Operand>> {
  const session = await openSession(bytes);
  try {
    return await runSession(session, feeds);
  } finally {
    await session.release();
  }
}

export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, Operand>>,
): Promise<Record<string, Operand>> {
  const tensors = Object.entries(feeds).map(([name, { data, dtype, shape }]) => [
    name,
    new Tensor(dtype as 'float32', data as Float32Array, [...shape]),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims, type }]) => [
      name,
      { data: data as Float32Array, shape: dims, dtype: type },
    ]),
  );
}
