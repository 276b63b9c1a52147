/** The report as Markdown. */
import { overFloor, type TrainReport } from '../train.js';
import type { Clock } from './clock.js';
import { ownColumn } from './contestants.js';
import type { Cell, Row } from './race.js';
import { pairedRatio, spread } from './statistics.js';

/** Operators below this share of the time are added up. */
const leastShare = 0.02;

const clockNames: Readonly<Record<Clock, string>> = {
  wall: 'Milliseconds',
  cpu: 'Milliseconds on a core',
};

export function formatTrainReport(report: TrainReport): string {
  const { columns, rows, versions } = report;
  const present = columns.filter(({ name }) =>
    rows.some(({ cells }) => cells.some(({ column }) => column === name)),
  );
  const head = ['step', 'GFLOP', 'floor', 'ours / floor', ...present.map(({ title }) => title)];
  const lines = rows.map((row) => [
    row.title,
    digits(row.gflop),
    `${digits(spread(row.floorMs).median)} ms`,
    digits(overFloor(row)),
    ...present.map(({ name }) => cellText(row, name)),
  ]);
  const speeds = rows.map((row) => row.gflopPerSecond);
  const bandwidths = rows.map((row) => row.gigabytesPerSecond);
  return [
    `${report.date}; ${report.machine}, threads: ${report.threads}; ` +
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}. ` +
      `${report.rounds} interleaved rounds. Load of the machine before and after: ` +
      `${report.load.map((load) => load.toFixed(1)).join(' and ')}. ` +
      `Measured in the same rounds: matrix products of 1024³ at ${range(speeds)} GFLOP/s, ` +
      `additions at ${range(bandwidths)} GB/s.`,
    `${clockNames[report.clock]} per step, median (fastest to slowest round), and × how many times ` +
      'ours that is, round by round.',
    table([head, ...lines]),
    ...report.profiles.map(({ row, operators }) => {
      const large = operators.filter(({ share }) => share >= leastShare);
      const rest = operators.filter(({ share }) => share < leastShare);
      const parts = large.map(
        ({ operator, share, perStep }) =>
          `${operator} ${percent(share)} (${digits(perStep)} a step)`,
      );
      const others = rest.reduce((sum, { share }) => sum + share, 0);
      return `Operators of \`${row}\`: ${[...parts, `others ${percent(others)}`].join(', ')}.`;
    }),
    ...emptyPlaces(report),
  ].join('\n\n');
}

function cellText({ cells }: Row, column: string): string {
  const cell = cells.find((other) => other.column === column);
  if (!cell) return '–';
  const own = cells.find((other) => other.column === ownColumn)!;
  return `${times(cell)}${cell === own ? '' : ` ×${digits(pairedRatio(cell.ms, own.ms))}`}`;
}

function times({ ms }: Cell): string {
  const { median, min, max } = spread(ms);
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

function emptyPlaces({ skipped }: TrainReport): string[] {
  if (skipped.length === 0) return [];
  const reasons = new Map<string, string[]>();
  for (const { row, column, why } of skipped) {
    const key = `${column}: ${why}`;
    reasons.set(key, [...(reasons.get(key) ?? []), `\`${row}\``]);
  }
  const list = [...reasons].map(([why, rows]) => `- ${rows.join(', ')} – ${why}`);
  return [`Empty places:\n\n${list.join('\n')}`];
}

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, `| ${rows[0]!.map(() => '---').join(' | ')} |`, ...body].join('\n');
}

/** Two significant digits, and no exponent. */
const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function range(values: readonly number[]): string {
  const { min, max } = spread(values);
  return `${digits(min)}–${digits(max)}`;
}

/** The name of the comments in a document between which a report belongs. */
export const placeOf = ({ clock }: TrainReport): string => `train ${clock}`;
