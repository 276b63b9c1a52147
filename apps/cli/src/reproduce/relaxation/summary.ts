/** The document of `reproduce relaxation`: rows with intervals, differences to the strict network. */
import { experiments } from '@intertwiner/relaxation';
import type { Records } from '../experiment.js';
import { estimate, isSignificant, type Estimate } from '../statistics.js';
import { armOf, type ArmName } from './arms.js';
import {
  partNames,
  type LearningRate,
  type PartName,
  type PartSettings,
  type RelaxationSettings,
} from './settings.js';
import { rowKey, type ArmRecord } from './units.js';

/** A row of a table. */
export interface RowSummary {
  readonly arm: ArmName;
  readonly title: string;
  /** Trainings that ended; others diverged. */
  readonly seeds: number;
  readonly diverged: number;
  readonly used: ArmRecord['used'];
  readonly projected: Estimate;
  readonly relaxed: Estimate;
  readonly symmetry: Estimate;
  readonly parameters: number;
  readonly trained: number;
  readonly seconds: Estimate;
  readonly msPerStep: number;
  readonly rate: LearningRate;
  /** (error − strict's) / strict's mean of the used network, seed by seed; null for itself. */
  readonly change: Estimate | null;
  /** Validation loss of the projected network after every epoch, mean over seeds. */
  readonly curve: readonly number[];
}

export interface PartSummary {
  readonly part: PartName;
  readonly title: string;
  readonly measure: string;
  readonly settings: PartSettings;
  /** Milliseconds per step of the relaxed network over the strict one's, as it was in this run. */
  readonly costRatio: number | null;
  readonly rows: readonly RowSummary[];
}

export interface RelaxationDocument {
  readonly settings: RelaxationSettings;
  readonly parts: readonly PartSummary[];
  readonly verdict: string;
}

/** @param beside parts of another run, which stand where this one has none. */
export function summarise(
  settings: RelaxationSettings,
  records: Records,
  beside: readonly PartSummary[] = [],
): RelaxationDocument {
  const parts = partNames.flatMap((part) => {
    const own = summarisePart(settings, part, records);
    return own.rows.length > 0 ? [own] : beside.filter((other) => other.part === part);
  });
  return { settings, parts, verdict: verdictOf(parts) };
}

function summarisePart(
  { parts, seeds }: RelaxationSettings,
  part: PartName,
  records: Records,
): PartSummary {
  const settings = parts[part];
  const bySeed = (arm: ArmName) =>
    seeds.map((seed) => records.get(`${rowKey(part, arm)}${seed}`) as ArmRecord | null | undefined);
  const strict = bySeed('strict');
  const rows = [...settings.arms.first, ...settings.arms.further].flatMap((arm) => {
    const found = bySeed(arm);
    return found.some((record) => record) ? [rowOf(arm, found, strict)] : [];
  });
  const cost = (arm: ArmName) => rows.find((row) => row.arm === arm)?.msPerStep;
  const [own, relaxed] = [cost('strict'), cost('triangle-0.01')];
  return {
    ...{ part, title: settings.title, settings, rows },
    measure: experiments[settings.base.experiment].measure,
    costRatio: own && relaxed ? relaxed / own : null,
  };
}

function rowOf(
  arm: ArmName,
  found: readonly (ArmRecord | null | undefined)[],
  strict: readonly (ArmRecord | null | undefined)[],
): RowSummary {
  const there = found.filter((record) => record != null);
  const [first] = there as [ArmRecord];
  const of = (value: (record: ArmRecord) => number) => estimate(there.map(value));
  return {
    arm,
    title: armOf(arm).title,
    seeds: there.length,
    diverged: found.filter((record) => record === null).length,
    used: first.used,
    projected: of(({ projected }) => projected),
    relaxed: of(({ relaxed }) => relaxed),
    symmetry: of(({ symmetry }) => symmetry),
    parameters: first.parameters,
    trained: first.trained,
    seconds: of(({ seconds }) => seconds),
    msPerStep: of(({ msPerStep }) => msPerStep).mean,
    rate: first.rate,
    change: arm === 'strict' ? null : changeOf(found, strict),
    curve: first.curve.map((_, epoch) => of(({ curve }) => curve[epoch]!).mean),
  };
}

/** Paired by seed, in units of the strict network's mean error over the same seeds. */
function changeOf(
  found: readonly (ArmRecord | null | undefined)[],
  strict: readonly (ArmRecord | null | undefined)[],
): Estimate | null {
  const pairs = found.flatMap((record, i) => {
    const other = strict[i];
    return record && other ? [[usedError(record), usedError(other)] as const] : [];
  });
  if (pairs.length === 0) return null;
  const reference = estimate(pairs.map(([, own]) => own)).mean;
  return estimate(pairs.map(([own, other]) => (own - other) / reference));
}

/** The error of the network that is meant to be used. */
export const usedError = ({ used, projected, relaxed }: ArmRecord): number =>
  used === 'relaxed' ? relaxed : projected;

/**
 * On how many experiments relaxation and more compute help or harm, and what a network does that keeps
 * W where the symmetry is broken.
 */
function verdictOf(parts: readonly PartSummary[]): string {
  const changes = (arm: ArmName) =>
    parts.flatMap(({ rows }) => rows.find((row) => row.arm === arm)?.change ?? []);
  const tally = (name: string, arm: ArmName): string[] => {
    const all = changes(arm);
    if (all.length === 0) return [];
    const told = all.filter(isSignificant);
    const better = told.filter(({ mean }) => mean < 0).length;
    return [
      `${name}: less error on ${better} of ${all.length} experiments, more on ` +
        `${told.length - better}, not told apart on ${all.length - told.length}`,
    ];
  };
  const counts = [
    ...tally('triangle (λ = 0.01)', 'triangle-0.01'),
    ...tally('strict at equal compute', 'longer'),
  ];
  if (counts.length === 0) return 'Nothing to compare yet.';
  const kept = parts.flatMap(({ part, settings, rows }) => {
    const change = rows.find(({ arm }) => arm === 'resilient')?.change;
    const isBroken = settings.arms.first.includes('resilient');
    return change && isBroken ? [`${part} ${percentOf(change)}`] : [];
  });
  const broken =
    kept.length === 0
      ? ''
      : ` Where the symmetry is broken, the resilient network, not projected: ${kept.join(', ')}.`;
  return `Against the strict network — ${counts.join('; ')}.${broken}`;
}

/** Such as `−12 ± 5 %`. */
export function percentOf(change: Estimate): string {
  const mean = `${change.mean < 0 ? '−' : '+'}${Math.abs(100 * change.mean).toFixed(1)}`;
  if (!Number.isFinite(change.high)) return `${mean} %`;
  const half = (100 * (change.high - change.mean)).toFixed(1);
  return `${mean} ± ${half} %${isSignificant(change) ? '' : ' (n.s.)'}`;
}
