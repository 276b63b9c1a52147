import type { Experiment } from './experiment.js';
import { inertia, inertiaAnisotropic } from './inertia.js';
import { nBody } from './nBody.js';
import { plume, plumeInWind } from './plume.js';
import { rotatedDigits } from './rotatedDigits.js';
import { shapes } from './shapes.js';

/** The experiments by name. */
export const experiments = {
  'n-body': nBody,
  shapes: shapes(),
  'rotated-digits': rotatedDigits,
  plume,
  'plume-wind': plumeInWind,
  inertia,
  'inertia-broken': inertiaAnisotropic,
} satisfies Record<string, Experiment>;

export type ExperimentName = keyof typeof experiments;
export const experimentNames = Object.keys(experiments) as ExperimentName[];
