import { targetProbe, type Target } from '@intertwiner/onnx';
import { importRuntime, sessionOptions } from './probe.js';

let known: Promise<Target | undefined> | undefined;

/**
 * What ONNX Runtime's CPU can do on this processor beyond standard ONNX; nothing where its
 * convolutions know no blocks of channels. Found out once.
 */
export const cpuTarget = (): Promise<Target | undefined> => (known ??= probe());

async function probe(): Promise<Target | undefined> {
  const { InferenceSession, Tensor } = await importRuntime('cpu');
  const { model, input, target } = targetProbe();
  try {
    const session = await InferenceSession.create(model, sessionOptions('cpu', 1));
    const { y } = await session.run({ x: new Tensor('float32', input.data, [...input.shape]) });
    await session.release();
    return target(y!.data as Float32Array);
  } catch {
    return undefined;
  }
}
