/**
 * What the runtime that a graph is traced for can do beyond ONNX's standard operators. A graph
 * traced for a target runs on that runtime only; training does, files that are shipped do not.
 */
export interface Target {
  /**
   * ONNX Runtime's CPU convolves images whose channels lie in blocks of this many (8 or 16, by the
   * processor): the operators of the domain `com.microsoft.nchwc`.
   */
  readonly channelBlock: number;
}
