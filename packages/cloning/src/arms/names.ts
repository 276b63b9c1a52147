/** The rows that a table can have. */
export const armNames = [
  'teacher',
  'clone',
  'retained',
  'broken',
  'partial',
  'scheduled',
  'oracle',
  'scratch',
  'longer',
  'augmented',
  'invariant',
  'distilled',
  'remul',
  'pathway',
  'wrongGroup',
  'shuffled',
] as const;

export type ArmName = (typeof armNames)[number];
