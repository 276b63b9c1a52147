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
    super(`${what} would take ${bytesText(bytes)}; ${instead}.`);
  }
}

/** As in `6,000,000,000 bytes (5.6 GiB)`; only the rounded value where digits would mean nothing. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const short = `${Number((bytes / 1024 ** power).toPrecision(2))} ${units[power]}`;
  if (!Number.isSafeInteger(bytes)) return `about ${bytes.toExponential(1)} bytes`;
  return power === 0 ? short : `${bytes.toLocaleString('en-US')} bytes (${short})`;
}
