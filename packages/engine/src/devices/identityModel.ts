import { exportModel } from '@intertwiner/onnx';

/** The smallest model there is: y = x. */
export const identityModel = (): Uint8Array =>
  exportModel((x) => x.add(1), { inputs: [{ name: 'x', shape: [1] }] });
