import { group, type Group } from '@intertwiner/groups';
import { UsageError } from '../io/errors.js';

/** The group that a specification names; whatever is wrong with it is the user's to mend. */
export function parseSpec(spec: string): Group {
  try {
    return group(spec);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
