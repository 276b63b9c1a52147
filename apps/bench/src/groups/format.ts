/** The benchmarks of groups as Markdown tables. */
import type { BasisRow } from './bases.js';
import type { ConventionCheck } from './conventions.js';
import type { TableRow } from './tables.js';

const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
/** Two digits, as in 93 or 1,500. */
const times = (theirs: number, ours: number) =>
  Number((theirs / ours).toPrecision(2)).toLocaleString('en-US');

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, j) => Math.max(...[head, ...rows].map((row) => row[j].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, j) => cell.padEnd(widths[j])).join(' | ')} |`;
  return [line(head), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
}

export function formatBases(rows: readonly BasisRow[]): string {
  return markdown(
    [
      ...['task', 'method', 'rank', 'residual', 'cold, ms', 'warm, ms'],
      ...[
        'emlp: residual',
        'cold, ms',
        'warm, ms',
        'emlp / ours, cold',
        'warm',
        'escnn: cold, warm, ms',
      ],
    ],
    rows.map((r) => [
      r.task,
      r.method,
      r.expectedRank === r.rank ? String(r.rank) : `${r.rank} (uncertified)`,
      r.residual.toExponential(1),
      ms(r.coldMs),
      `${r.warmMs.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join('–')})`,
      r.emlp?.residual?.toExponential(1) ?? '–',
      r.emlp ? ms(r.emlp.coldMs) : '–',
      r.emlp ? ms(median(r.emlp.warmMs)) : '–',
      r.emlp ? times(r.emlp.coldMs, r.coldMs) : '–',
      r.emlp ? times(median(r.emlp.warmMs), r.warmMs) : '–',
      r.escnn ? `${ms(r.escnn.coldMs)}, ${ms(median(r.escnn.warmMs))}` : '–',
    ]),
  );
}

export function formatTables(rows: readonly TableRow[]): string {
  return markdown(
    [
      ...['task', 'classes', 'characters: cold, ms', 'warm, ms', 'irreps: cold, ms', 'warm, ms'],
      ...['escnn, irreps: cold, ms', 'warm, ms', 'difference of characters'],
    ],
    rows.map((r) => [
      r.task,
      String(r.classes),
      ms(r.characters.coldMs),
      r.characters.warmMs.toFixed(2),
      ms(r.irreps.coldMs),
      r.irreps.warmMs.toFixed(2),
      r.escnn ? ms(r.escnn.coldMs) : '–',
      r.escnn ? ms(median(r.escnn.warmMs)) : '–',
      r.difference === null ? '–' : r.difference.toExponential(1),
    ]),
  );
}

export function formatConventions({ version, rows }: ConventionCheck): string {
  return markdown(
    [`here and in e3nn ${version}`, 'numbers compared', 'largest difference'],
    rows.map((r) => [r.what, String(r.compared), r.difference.toExponential(1)]),
  );
}
