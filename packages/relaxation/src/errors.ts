/** A relaxation that cannot be carried out as asked. */
export class RelaxationError extends Error {
  override readonly name = 'RelaxationError';

  /**
   * @param where the function or layer that refuses, with its own name where it has one.
   * @param what what was expected, what was found, and what to do.
   */
  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
  }
}
