import { ConfigError } from '../run/errors.js';
import { gluFamily } from './glu.js';
import { lowRankFamily } from './lowRank.js';
import { mlpFamily } from './mlp.js';
import { residualFamily } from './residual.js';
import type { StudentFamily } from './student.js';
import { transformerFamily } from './transformer.js';

/** How a student is written, for messages. */
export const studentForms =
  'glu, mlp, mlp:DEPTH, residual:DEPTH, lowrank:RANK or transformer:DEPTH, such as mlp:2';

/**
 * The family that a specification names, with a width: `glu` (bilinear gated), `mlp:2` (two hidden
 * layers), `residual:2` (two residual blocks), `lowrank:32` (gated, its projections of rank 32),
 * `transformer:1` (one block). Where the number is left out it is 1, or 32 for a rank.
 *
 * @throws ConfigError if it is none of them.
 */
export function studentFamily(spec: string, width: number): StudentFamily {
  const match = /^(glu|mlp|residual|lowrank|transformer)(?::([1-9]\d*))?$/.exec(spec);
  if (!match) throw new ConfigError(`'${spec}' is no student. Students are ${studentForms}.`);
  const number = match[2] === undefined ? null : Number(match[2]);
  switch (match[1]) {
    case 'mlp':
      return mlpFamily(...Array.from({ length: number ?? 1 }, () => width));
    case 'residual':
      return residualFamily(width, number ?? 1);
    case 'lowrank':
      return lowRankFamily(width, number ?? 32);
    case 'transformer':
      return transformerFamily(width, number ?? 1);
    default:
      return gluFamily(width);
  }
}
