/** A layer was given a group, a size or an input that it cannot be equivariant with. */
export class LayerError extends Error {
  override readonly name = 'LayerError';

  /**
   * @param where the layer or function that refuses, with its own name where it has one.
   * @param what what was expected, what was found, and what to do.
   */
  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
  }
}
