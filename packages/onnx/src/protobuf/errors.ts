/** A file that is not an ONNX model, or one whose graph is not well formed. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
