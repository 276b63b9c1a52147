import { group, type Group } from '@intertwiner/groups';
import { UsageError } from '../io/errors.js';

/** The group that a specification names; whatever is wrong with it is the user's to mend. */
export const parseSpec = (spec: string): Group => asUsageError(() => group(spec));

/**
 * Runs what a user's words decide. The packages refuse sizes, specifications and expressions with
 * RangeError and SyntaxError, which here are the user's to mend.
 */
export function asUsageError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/** `asUsageError` for what takes its time. */
export async function asUsageErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    return asUsageError((): T => {
      throw error;
    });
  }
}
