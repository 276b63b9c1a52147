/** The document of `reproduce relaxation` as a page to look at. */
import type { BarChart, Block, Report } from '@intertwiner/report';
import type { Estimate } from '../statistics.js';
import type { ArmName } from './arms.js';
import {
  percentOf,
  type PartSummary,
  type RelaxationDocument,
  type RowSummary,
} from './summary.js';

export const relaxationReport = (document: RelaxationDocument): Report => ({
  title: 'Constraint relaxation: what it does, beside its controls',
  subtitle: document.verdict,
  details: [`digits: ${document.settings.data}; seeds ${document.settings.seeds.join(', ')}`],
  sections: [
    { title: 'All experiments', blocks: [overview(document)] },
    ...document.parts.map((part) => ({
      title: part.title,
      blocks: [bars(part), table(part), curves(part)],
    })),
  ],
});

/** In the overview: what is projected, two controls, and what keeps W. */
const shown: readonly (readonly [ArmName, string])[] = [
  ['triangle-0.01', 'triangle'],
  ['early', 'triangle over the first half'],
  ['longer', 'strict, equal compute'],
  ['wider', 'strict, equal parameters'],
  ['resilient', 'resilient, W kept'],
  ['pathway', 'pathway prior, W kept'],
];

/** The error of rows in units of the strict network's, for every experiment. */
export function overview({ parts }: RelaxationDocument): BarChart {
  // The axis begins a decade below.
  const least = 0.02;
  return {
    kind: 'bars',
    caption: 'Test error over that of the strict network, with 95 % intervals. Below 1: better.',
    y: { label: 'error / strict error', scale: 'log' },
    bars: shown.map(([, name]) => name),
    groups: parts.map(({ part, rows }) => ({
      name: part,
      values: shown.map(([arm]) => {
        const change = rows.find((row) => row.arm === arm)?.change;
        if (!change) return null;
        const [value, low, high] = [change.mean, change.low, change.high].map((x) =>
          Math.max(least, 1 + x),
        ) as [number, number, number];
        return Number.isFinite(high) ? { value, low, high } : value;
      }),
    })),
    references: [{ value: 1, label: 'strict' }],
  };
}

const used = (row: RowSummary): Estimate => (row.used === 'relaxed' ? row.relaxed : row.projected);

const bars = ({ measure, rows }: PartSummary): Block => ({
  kind: 'bars',
  caption: 'Test error of the network that is used, with 95 % intervals.',
  y: { label: measure },
  bars: ['test error'],
  groups: rows.map((row) => {
    const { mean, low, high } = used(row);
    const value = Number.isFinite(high) ? { value: mean, low: Math.max(0, low), high } : mean;
    return { name: row.arm, values: [value] };
  }),
});

const error = { style: 'significant', digits: 3 } as const;
const count = { style: 'fixed', digits: 0 } as const;

const table = ({ rows }: PartSummary): Block => ({
  kind: 'table',
  caption:
    'Means over seeds; against strict: the change of the error, seed by seed (n.s.: its 95 % interval ' +
    'holds 0). Time is that of one core.',
  columns: [
    { header: 'training' },
    { header: 'seeds', format: count },
    { header: 'projected', format: error },
    { header: 'relaxed', format: error },
    { header: 'against strict' },
    { header: 'equivariance error', format: { style: 'scientific', digits: 1 } },
    { header: 'trained weights', format: count },
    { header: 'at inference', format: count },
    { header: 'time', unit: 's', format: { style: 'fixed', digits: 1 } },
  ],
  rows: rows.map((row) => [
    row.title,
    row.seeds,
    row.projected.mean,
    row.relaxed.mean,
    row.change ? percentOf(row.change) : '–',
    row.symmetry.mean,
    row.trained,
    row.parameters,
    row.seconds.mean,
  ]),
});

const curves = ({ rows }: PartSummary): Block => ({
  kind: 'lines',
  caption: 'Validation loss of the projected network, mean over seeds.',
  x: { label: 'epoch' },
  y: { label: 'validation loss', scale: 'log' },
  series: rows
    .filter(({ curve }) => curve.every((loss) => loss > 0))
    .map(({ arm, curve }) => ({
      name: arm,
      x: curve.map((_, epoch) => epoch + 1),
      y: curve,
      dots: false,
    })),
});
