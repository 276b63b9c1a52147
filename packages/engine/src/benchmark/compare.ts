/** Two reports of the same benchmark. */
import type { InferenceReport, InferenceRow } from './race.js';

/** A row that both reports have. */
export interface RowChange {
  readonly model: string;
  readonly batch: number;
  readonly runtime: string;
  readonly before: number;
  readonly after: number;
  /** The new median over the old one. */
  readonly ratio: number;
  /** Whether the new median lies outside what the old report saw in nine runs of ten, and by how. */
  readonly verdict: 'slower' | 'faster' | 'same';
}

export interface ReportChange {
  readonly rows: readonly RowChange[];
  /** Rows of one report only. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
}

/** Medians closer than this are the same: two runs on a quiet machine differ by so much. */
const noise = 1.1;

/**
 * What got slower. A row is slower if its median is a tenth above the old one and beyond the old
 * report's 95th percentile; faster by the same rule with the reports exchanged.
 */
export function compareReports(before: InferenceReport, after: InferenceReport): ReportChange {
  const key = ({ model, batch, runtime }: InferenceRow) => `${model}, batch ${batch}, ${runtime}`;
  const old = new Map(before.rows.map((row) => [key(row), row]));
  const now = new Map(after.rows.map((row) => [key(row), row]));
  const rows = [...now].flatMap(([name, row]) => {
    const earlier = old.get(name);
    return earlier ? [change(earlier, row)] : [];
  });
  return {
    rows: rows.toSorted((a, b) => b.ratio - a.ratio),
    gone: [...old.keys()].filter((name) => !now.has(name)),
    added: [...now.keys()].filter((name) => !old.has(name)),
  };
}

function change(before: InferenceRow, after: InferenceRow): RowChange {
  const { model, batch, runtime } = after;
  const ratio = after.p50 / before.p50;
  const isSlower = (a: InferenceRow, b: InferenceRow) => b.p50 > noise * a.p50 && b.p50 > a.p95;
  const verdict = isSlower(before, after) ? 'slower' : isSlower(after, before) ? 'faster' : 'same';
  return { model, batch, runtime, before: before.p50, after: after.p50, ratio, verdict };
}
