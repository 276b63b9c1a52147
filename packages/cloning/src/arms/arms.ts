import type { Arm } from './arm.js';
import {
  brokenArm,
  clone,
  oracleArm,
  partialArm,
  retainedArm,
  scheduledArm,
  shuffledArm,
  wrongGroupArm,
} from './cloned.js';
import { invariantArm, teacherArm } from './equivariant.js';
import {
  augmentedArm,
  distilledArm,
  longerArm,
  pathwayArm,
  remulArm,
  scratchArm,
} from './ordinary.js';
import type { ArmName } from './names.js';

export const arms: Readonly<Record<ArmName, Arm>> = {
  teacher: teacherArm,
  clone,
  retained: retainedArm,
  broken: brokenArm,
  partial: partialArm,
  scheduled: scheduledArm,
  oracle: oracleArm,
  scratch: scratchArm,
  longer: longerArm,
  augmented: augmentedArm,
  invariant: invariantArm,
  distilled: distilledArm,
  remul: remulArm,
  pathway: pathwayArm,
  wrongGroup: wrongGroupArm,
  shuffled: shuffledArm,
};
