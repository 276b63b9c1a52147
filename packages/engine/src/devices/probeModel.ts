import { exportModel } from '@intertwiner/onnx';

/** A smallest model, to see whether a device computes at all: y = x + 1. */
export const probeModel = (): Uint8Array =>
  exportModel((x) => x.add(1), { inputs: [{ name: 'x', shape: [1] }] });
