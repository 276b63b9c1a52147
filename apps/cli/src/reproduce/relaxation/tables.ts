/** The document of `reproduce relaxation` as Markdown. */
import { halfWidth, type Estimate } from '../statistics.js';
import {
  percentOf,
  type PartSummary,
  type RelaxationDocument,
  type RowSummary,
} from './summary.js';

export const tables = ({ parts }: RelaxationDocument): string =>
  `${parts.map(partTable).join('\n\n')}\n`;

const header = [
  'training',
  'seeds',
  'projected',
  'relaxed',
  'against strict',
  'equivariance error',
  'trained weights',
  'at inference',
  'rate',
  's',
];

function partTable({ title, measure, settings, costRatio, rows }: PartSummary): string {
  const { train, test, epochs, batch } = settings.base;
  const steps = epochs * Math.floor(train / batch);
  const cost = costRatio
    ? ` A relaxed step costs ${costRatio.toFixed(1)} strict ones (equal compute: ` +
      `${settings.costRatio}).`
    : '';
  const text =
    `Test error is ${measure}, mean ± half of the 95 % interval; ${train} samples to train on and ` +
    `${test} to test, ${steps} steps.${cost}`;
  const lines = [header, header.map(() => '---'), ...rows.map(cells)];
  return `### ${title}\n\n${text}\n\n${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
}

const cells = (row: RowSummary): string[] => [
  row.title,
  row.diverged > 0 ? `${row.seeds}, ${row.diverged} diverged` : String(row.seeds),
  size(row.projected),
  row.trained > row.parameters || row.used === 'relaxed' ? size(row.relaxed) : '–',
  row.change ? percentOf(row.change) : '–',
  row.symmetry.mean < 1e-4 ? row.symmetry.mean.toExponential(0) : row.symmetry.mean.toPrecision(2),
  row.trained.toLocaleString('en-US'),
  row.parameters.toLocaleString('en-US'),
  rateOf(row),
  row.seconds.mean.toFixed(1),
];

const rateOf = ({ rate: { learningRate, rateSchedule } }: RowSummary): string =>
  rateSchedule === 'constant' ? String(learningRate) : `${learningRate}, ${rateSchedule}`;

const size = (value: Estimate): string =>
  `${value.mean.toPrecision(3)}${Number.isFinite(value.high) ? ` ± ${halfWidth(value).toPrecision(1)}` : ''}`;
