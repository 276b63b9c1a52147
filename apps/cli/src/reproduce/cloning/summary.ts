/** The document of `reproduce cloning`: what its units found, with intervals and a verdict. */
import { arms, type ArmName, type TaskName } from '@intertwiner/cloning';
import { recordsUnder, type Records } from '../experiment.js';
import { estimate, type Estimate } from '../statistics.js';
import {
  cloneFor,
  configOf,
  groups,
  tableArms,
  tasks,
  type CloningSettings,
  type GroupName,
} from './settings.js';
import type { InferenceRecord } from './inference.js';
import type { CompoundingRecord, FilterRecord } from './laws.js';
import type { ArmRecord, StudentRecord } from './units.js';

/** A row of a task's table. */
export interface ArmSummary {
  readonly arm: ArmName;
  readonly title: string;
  readonly seeds: number;
  readonly plain: Estimate;
  readonly moved: Estimate;
  readonly onData: Estimate;
  readonly onNoise: Estimate;
  readonly parameters: number;
  /** Of stage 2, and of stage 1 where there is one (shared by all arms with the same clones). */
  readonly seconds: Estimate;
  readonly stage1Seconds: Estimate | null;
  /** Normalised error of the worse of the cloned layers. */
  readonly cloneError: Estimate | null;
  /** How far the task's clone is ahead on moved digits, seed by seed; null for itself. */
  readonly lead: Estimate | null;
}

export interface TaskSummary {
  readonly group: GroupName;
  readonly task: TaskName;
  readonly invariantCap: number;
  readonly clone: ArmName;
  readonly rows: readonly ArmSummary[];
  /** (clone − scratch) / (teacher − scratch) on moved digits, seed by seed. */
  readonly gapClosed: Estimate | null;
}

/** Accuracy on moved digits with fewer digits to train on. */
export interface FewerSummary {
  readonly group: GroupName;
  readonly task: TaskName;
  readonly arm: ArmName;
  readonly points: readonly { readonly train: number; readonly moved: Estimate }[];
}

/** One value of what was varied, all else as in the table. */
export interface VariedSummary {
  readonly value: string;
  readonly seeds: number;
  readonly cloneError: Estimate | null;
  readonly before: Estimate | null;
  readonly plain: Estimate;
  readonly moved: Estimate;
  readonly onData: Estimate;
  readonly onNoise: Estimate;
  /** [step, error on data], mean over seeds. */
  readonly curve: readonly (readonly [number, number])[];
}

export interface StudentSummary extends StudentRecord {
  readonly key: string;
  /** Floating-point operations of its training: 6 for each weight and sample (forward, backward). */
  readonly operations: number;
}

/** Equivariance errors of the logits on noise, before stage 2, by the layers that are clones. */
export interface CompoundingSummary {
  readonly steps: number;
  readonly seeds: number;
  readonly cloneErrors: readonly [Estimate, Estimate];
  readonly first: Estimate;
  readonly second: Estimate;
  readonly both: Estimate;
  /** √(first² + second²), what independent errors would give. */
  readonly independent: Estimate;
}

export interface FilterSummary {
  readonly filters: string;
  readonly seeds: number;
  readonly error: Estimate;
}

/** What inference costs, and what it is worth: accuracy on moved digits in the symmetry task. */
export interface InferenceSummary extends InferenceRecord {
  readonly group: GroupName;
  readonly accuracy: { readonly teacher: Estimate; readonly clone: Estimate } | null;
}

export interface CloningDocument {
  readonly settings: CloningSettings;
  readonly tasks: readonly TaskSummary[];
  readonly fewer: readonly FewerSummary[];
  readonly survival: readonly VariedSummary[];
  readonly inputs: readonly VariedSummary[];
  readonly modes: readonly VariedSummary[];
  readonly anchors: readonly VariedSummary[];
  readonly students: readonly StudentSummary[];
  readonly orders: readonly StudentSummary[];
  readonly compounding: readonly CompoundingSummary[];
  readonly filters: readonly FilterSummary[];
  readonly inference: readonly InferenceSummary[];
  readonly verdict: string;
}

export function summarise(settings: CloningSettings, records: Records): CloningDocument {
  const found = groups.flatMap((group) =>
    tasks.map((task) => summariseTask(settings, records, group, task)),
  );
  const summaries = found.filter(({ rows }) => rows.length > 0);
  const reference = varied(records, 'table/C4 symmetry/retained/', 'full');
  const [steps] = settings.base.C4.cloneSteps;
  return {
    settings,
    tasks: summaries,
    fewer: groups.flatMap((group) =>
      tasks.flatMap((task) => summariseFewer(settings, records, group, task)),
    ),
    survival: [
      ...settings.survivalSteps.map((s) => varied(records, `survival/${s}/`, `${s} steps`)),
      { ...reference, value: `${steps} steps` },
    ].filter(isThere),
    inputs: [
      { ...reference, value: 'noise' },
      ...['activations', 'covariance', 'data'].map((kind) =>
        varied(records, `inputs/${kind}/`, kind),
      ),
    ].filter(isThere),
    modes: ['retained', 'partial', 'scheduled', 'broken']
      .map((arm) => varied(records, `modes/${arm}/`, arm))
      .filter(isThere),
    anchors: [
      varied(records, 'table/C4 breaking/broken/', '0'),
      ...settings.anchors.map((weight) => varied(records, `anchor/${weight}/`, String(weight))),
    ].filter(isThere),
    students: studentsUnder(records, 'students/', settings),
    orders: studentsUnder(records, 'orders/', settings),
    compounding: [...settings.survivalSteps, steps].flatMap((s) => compounding(records, s)),
    filters: filters(records),
    inference: groups.flatMap((group) => inference(records, summaries, group)),
    verdict: verdictOf(summaries),
  };
}

const isThere = ({ seeds }: VariedSummary): boolean => seeds > 0;

function studentsUnder(
  records: Records,
  prefix: string,
  { base: { C4 } }: CloningSettings,
): StudentSummary[] {
  return [...records]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => {
      const record = value as StudentRecord;
      const name = key.slice(prefix.length);
      const steps = Number(/\/(\d+)$/.exec(name)?.[1] ?? C4.cloneSteps[0]);
      const operations = 6 * record.parameters * steps * C4.cloneBatch;
      return { key: name, ...record, operations };
    });
}

function compounding(records: Records, steps: number): CompoundingSummary[] {
  const found = recordsUnder<CompoundingRecord>(records, `compounding/${steps}/`);
  if (found.length === 0) return [];
  const of = (pick: (record: CompoundingRecord) => number) => estimate(found.map(pick));
  return [
    {
      steps,
      seeds: found.length,
      cloneErrors: [of((r) => r.cloneErrors[0]!), of((r) => r.cloneErrors[1]!)],
      first: of(({ first }) => first.onNoise),
      second: of(({ second }) => second.onNoise),
      both: of(({ both }) => both.onNoise),
      independent: of(({ first, second }) => Math.hypot(first.onNoise, second.onNoise)),
    },
  ];
}

function filters(records: Records): FilterSummary[] {
  const found = recordsUnder<FilterRecord>(records, 'filters/');
  return Object.keys(found[0] ?? {}).map((name) => ({
    filters: name,
    seeds: found.length,
    error: estimate(found.map((record) => record[name]!)),
  }));
}

function inference(
  records: Records,
  tasksFound: readonly TaskSummary[],
  group: GroupName,
): InferenceSummary[] {
  const found = records.get(`inference/${group}`) as InferenceRecord | undefined;
  if (!found) return [];
  const rows = tasksFound.find((t) => t.group === group && t.task === 'symmetry')?.rows ?? [];
  const [teacher, clone] = (['teacher', 'retained'] as const).map(
    (arm) => rows.find((row) => row.arm === arm)?.moved,
  );
  return [{ group, ...found, accuracy: teacher && clone ? { teacher, clone } : null }];
}

const armRecord = (records: Records, key: string): ArmRecord | undefined =>
  records.get(key) as ArmRecord | undefined;

function summariseTask(
  settings: CloningSettings,
  records: Records,
  group: GroupName,
  task: TaskName,
): TaskSummary {
  const of = (arm: ArmName, seed: number) =>
    armRecord(records, `table/${group} ${task}/${arm}/${seed}`);
  const clone = cloneFor(task);
  const rows = tableArms(task).flatMap((arm): ArmSummary[] => {
    const found = settings.seeds.flatMap((seed) => of(arm, seed) ?? []);
    if (found.length === 0) return [];
    const leads = settings.seeds.flatMap((seed) => {
      const [own, other] = [of(clone, seed), of(arm, seed)];
      return own && other ? [own.moved - other.moved] : [];
    });
    return [
      {
        arm,
        title: arms[arm].title(configOf(settings, group, { mode: modeFor(task) })),
        seeds: found.length,
        plain: estimate(found.map(({ plain }) => plain)),
        moved: estimate(found.map(({ moved }) => moved)),
        onData: estimate(found.map(({ onData }) => onData)),
        onNoise: estimate(found.map(({ onNoise }) => onNoise)),
        parameters: found[0]!.parameters,
        seconds: estimate(found.map(({ steps, msPerStep }) => (steps * msPerStep) / 1000)),
        stage1Seconds: stage1(found, ({ ms }) => ms / 1000, sum),
        cloneError: stage1(found, ({ error }) => error, largest),
        lead: arm === clone ? null : estimate(leads),
      },
    ];
  });
  const shares = settings.seeds.flatMap((seed) => {
    const [own, scratch, teacher] = [of(clone, seed), of('scratch', seed), of('teacher', seed)];
    if (!own || !scratch || !teacher) return [];
    return [(own.moved - scratch.moved) / (teacher.moved - scratch.moved)];
  });
  const cap = of('teacher', settings.seeds[0]!)?.invariantCap ?? 1;
  const gapClosed = task === 'symmetry' && shares.length > 0 ? estimate(shares) : null;
  return { group, task, invariantCap: cap, clone, rows, gapClosed };
}

export const modeFor = (task: TaskName): 'retain' | 'break' =>
  task === 'symmetry' ? 'retain' : 'break';

type Layer = NonNullable<ArmRecord['stage1']>[number];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const largest = (values: readonly number[]): number => Math.max(...values);

/** An estimate of a number of stage 1, joined over its layers. */
function stage1(
  records: readonly ArmRecord[],
  pick: (layer: Layer) => number,
  join: (values: readonly number[]) => number,
): Estimate | null {
  const cloned = records.filter((record) => (record.stage1?.length ?? 0) > 0);
  return cloned.length === 0 ? null : estimate(cloned.map((r) => join(r.stage1!.map(pick))));
}

function summariseFewer(
  settings: CloningSettings,
  records: Records,
  group: GroupName,
  task: TaskName,
): FewerSummary[] {
  const all = settings.base[group].train;
  return ([cloneFor(task), 'scratch', 'augmented', 'teacher'] as const).flatMap((arm) => {
    const prefixes = [
      ...settings.fewer.map((train) => [train, `fewer/${group} ${task}/${arm}/${train}/`] as const),
      [all, `table/${group} ${task}/${arm}/`] as const,
    ];
    const points = prefixes.flatMap(([train, prefix]) => {
      const found = recordsUnder<ArmRecord>(records, prefix);
      return found.length > 0 ? [{ train, moved: estimate(found.map(({ moved }) => moved)) }] : [];
    });
    return points.length > 1 ? [{ group, task, arm, points }] : [];
  });
}

function varied(records: Records, prefix: string, value: string): VariedSummary {
  const found = recordsUnder<ArmRecord>(records, prefix);
  const of = (pick: (record: ArmRecord) => number) => estimate(found.map(pick));
  const curves = found.flatMap(({ curve }) => (curve ? [curve] : []));
  return {
    value,
    seeds: found.length,
    cloneError: stage1(found, ({ error }) => error, largest),
    before: found[0]?.before ? of(({ before }) => before!.stage2.onData) : null,
    plain: of(({ plain }) => plain),
    moved: of(({ moved }) => moved),
    onData: of(({ onData }) => onData),
    onNoise: of(({ onNoise }) => onNoise),
    curve: (curves[0] ?? []).map(([step], i) => [
      step,
      sum(curves.map((curve) => curve[i]![1])) / curves.length,
    ]),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A sentence for each task: does it reach what was aimed at? */
function verdictOf(summaries: readonly TaskSummary[]): string {
  return summaries.map(taskVerdict).join(' ');
}

function taskVerdict({ group, task, rows, clone, gapClosed, invariantCap }: TaskSummary): string {
  const row = (arm: ArmName) => rows.find((candidate) => candidate.arm === arm);
  const [own, scratch] = [row(clone), row('scratch')];
  if (!own || !scratch) return `${group} ${task}: not measured yet.`;
  const others = (['wrongGroup', 'shuffled'] as const).flatMap((arm) => row(arm) ?? []);
  const controls = others.map(({ title, moved }) => `${title} ${percent(moved.mean)}`).join(', ');
  const start = `${group} ${task} (${own.seeds} seeds): clone ${percent(own.moved.mean)}, scratch ${percent(scratch.moved.mean)}`;
  const gap = gapClosed
    ? `; ${percent(gapClosed.mean)} of the gap to the teacher closed`
    : `; cap of an invariant network ${percent(invariantCap)}`;
  return `${start}${gap}; ${controls}.`;
}
