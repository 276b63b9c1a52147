/** The document of `reproduce relaxation` as a page to look at. */
import type { Block, Report } from '@intertwiner/report';
import type { Estimate } from '../statistics.js';
import {
  percentOf,
  type PartSummary,
  type RelaxationDocument,
  type RowSummary,
} from './summary.js';

export const relaxationReport = ({ settings, parts, verdict }: RelaxationDocument): Report => ({
  title: 'Constraint relaxation: what it does, beside its controls',
  subtitle: verdict,
  details: [`digits: ${settings.data}; seeds ${settings.seeds.join(', ')}`],
  sections: parts.map((part) => ({
    title: part.title,
    blocks: [bars(part), table(part), curves(part)],
  })),
});

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
