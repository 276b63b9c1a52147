import { targetProbe, type Target } from '@intertwiner/onnx';
import { runModel } from './runtime.js';

/** What the ONNX Runtime of these tests can do, or null where it has no blocked convolutions. */
export async function runtimeTarget(): Promise<Target | null> {
  const { model, input, target } = targetProbe();
  try {
    const { y } = await runModel(model, { x: { ...input, dtype: 'float32' } });
    return target(y!.data as Float32Array);
  } catch {
    return null;
  }
}
