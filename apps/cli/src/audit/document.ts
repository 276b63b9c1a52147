/** What `audit` finds out, as the JSON document says it. */
import type { Device } from '@intertwiner/engine';
import type { Group } from '@intertwiner/groups';
import type { EquivarianceReport } from '@intertwiner/layers';
import type { LayerRecord } from './layers.js';
import type { GeneratorError } from './measure.js';

export interface Errors {
  readonly mean: number;
  readonly max: number;
  /** Share of moved samples whose largest output is where it should be; null for no vector. */
  readonly argmaxConsistency: number | null;
}

export interface AuditDocument extends Errors {
  readonly model: string;
  readonly group: string;
  /** How the group acts on each input and on the output. */
  readonly actions: { readonly inputs: readonly string[]; readonly output: string };
  /** What `mean`, `max`, `perElement` and `worst` were measured on. */
  readonly inputs: 'data' | 'noise';
  readonly samples: number;
  readonly perElement: readonly {
    readonly element: string;
    readonly error: number;
    readonly max: number;
  }[];
  readonly largestSubgroup: string;
  /** Only for groups whose elements are not all tried. */
  readonly generators?: readonly GeneratorError[];
  readonly noise: Errors;
  readonly data: Errors | null;
  /** The samples that err most; `input` and `output` are in `report.html`. */
  readonly worst: readonly {
    readonly sample: number;
    readonly element: string;
    readonly error: number;
  }[];
  /** Empty with `--no-layers`. */
  readonly layers: readonly LayerRecord[];
  readonly firstBroken: LayerRecord | null;
  readonly runtimes: readonly {
    readonly device: Device;
    readonly mean: number;
    readonly max: number;
  }[];
}

export const errorsOf = (report: EquivarianceReport<Group>): Errors => ({
  mean: report.mean,
  max: report.max,
  argmaxConsistency: report.argmaxConsistency ?? null,
});
