/** Two representations of different groups were combined. */
export class MixedGroupsError extends TypeError {
  override readonly name = 'MixedGroupsError';

  constructor(first: string, second: string) {
    super(
      `Representations of different groups, ${first} and ${second}, cannot be combined; ` +
        'restrict both to a common subgroup, or build both from the same group.',
    );
  }
}

/** A result would not fit in memory. */
export class TooLargeError extends RangeError {
  override readonly name = 'TooLargeError';

  constructor(what: string, bytes: number, instead: string) {
    super(`${what} would take ${bytes} bytes; ${instead}.`);
  }
}
