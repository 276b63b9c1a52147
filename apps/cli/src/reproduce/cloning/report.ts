/** The document of `reproduce cloning` as a page to look at. */
import type { Block, Report, Section } from '@intertwiner/report';
import { halfWidth, isSignificant, type Estimate } from '../statistics.js';
import type {
  CloningDocument,
  CompoundingSummary,
  FewerSummary,
  FilterSummary,
  StudentSummary,
  TaskSummary,
  VariedSummary,
} from './summary.js';

export function cloningReport(document: CloningDocument): Report {
  const { settings, tasks, survival, inputs, modes, anchors, students, orders } = document;
  const sections: Section[] = [
    ...tasks.map((task) => ({
      title: `${task.group}, ${task.task}`,
      blocks: [taskBars(task), taskTable(task)],
    })),
    { title: 'Fewer digits', blocks: fewerBlocks(document.fewer) },
    { title: 'How good the clone must be', blocks: survivalBlocks(survival) },
    { title: 'What stage 1 sees', blocks: variedBlocks(inputs, 'inputs') },
    { title: 'Between retain and break', blocks: modeBlocks(modes) },
    { title: 'Strength of the anchor', blocks: variedBlocks(anchors, '1/σ²') },
    { title: 'Students', blocks: studentBlocks(students) },
    { title: 'Groups', blocks: studentBlocks(orders) },
    { title: 'Error against computing', blocks: costBlocks(students) },
    { title: 'Errors of layers, together', blocks: compoundingBlocks(document.compounding) },
    { title: 'Filters', blocks: filterBlocks(document.filters) },
    { title: 'Inference', blocks: inferenceBlocks(document) },
  ];
  return {
    title: 'Symmetry-cloning: four tasks and what it takes',
    subtitle: document.verdict,
    details: [
      `${settings.data}; ${settings.base.C4.train} digits to train, ${settings.base.C4.test} to test, ` +
        `seeds ${settings.seeds.join(', ')}`,
    ],
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

/** A share with its interval, as far as shares go. */
const interval = ({ mean, low, high }: Estimate) =>
  Number.isFinite(high) ? { value: mean, low: Math.max(0, low), high: Math.min(1, high) } : mean;

const taskBars = ({ rows, invariantCap }: TaskSummary): Block => ({
  kind: 'bars',
  caption: 'Accuracy on digits moved by the group, with 95 % intervals.',
  y: { label: 'accuracy on moved digits' },
  bars: ['moved'],
  groups: rows.map(({ arm, moved }) => ({ name: arm, values: [interval(moved)] })),
  references: [
    { value: 0.1, label: 'chance' },
    ...(invariantCap < 1 ? [{ value: invariantCap, label: 'cap of an invariant network' }] : []),
  ],
});

const taskTable = ({ rows }: TaskSummary): Block => ({
  kind: 'table',
  caption:
    'Means over seeds; lead: of the task’s clone on moved digits, in points, seed by seed (n.s.: its ' +
    '95 % interval holds 0).',
  columns: [
    { header: 'network' },
    { header: 'seeds', format: { style: 'fixed', digits: 0 } },
    { header: 'plain', format: { style: 'percent' } },
    { header: 'moved', format: { style: 'percent' } },
    { header: 'lead' },
    { header: 'error on digits', format: { style: 'scientific', digits: 1 } },
    { header: 'parameters', format: { style: 'fixed', digits: 0 } },
    { header: 'stage 2', unit: 's', format: { style: 'fixed', digits: 1 } },
  ],
  rows: rows.map((row) => [
    row.title,
    row.seeds,
    row.plain.mean,
    row.moved.mean,
    row.lead
      ? `${(100 * row.lead.mean).toFixed(1)} ± ${(100 * halfWidth(row.lead)).toFixed(1)}${isSignificant(row.lead) ? '' : ' (n.s.)'}`
      : '–',
    row.onData.mean,
    row.parameters,
    row.seconds.mean,
  ]),
});

function fewerBlocks(summaries: readonly FewerSummary[]): Block[] {
  const tasks = [...new Set(summaries.map(({ group, task }) => `${group} ${task}`))];
  return tasks.map((name) => ({
    kind: 'lines',
    caption: `${name}: accuracy on moved digits against digits to train on.`,
    x: { label: 'digits', scale: 'log' },
    y: { label: 'accuracy on moved digits' },
    series: summaries
      .filter(({ group, task }) => `${group} ${task}` === name)
      .map(({ arm, points }) => ({
        name: arm,
        x: points.map(({ train }) => train),
        y: points.map(({ moved }) => moved.mean),
      })),
  }));
}

const survivalBlocks = (summaries: readonly VariedSummary[]): Block[] =>
  summaries.length < 2
    ? []
    : [
        {
          kind: 'lines',
          caption: 'Accuracy after stage 2 against the error that stage 1 left.',
          x: { label: 'normalised error of the clone', scale: 'log' },
          y: { label: 'accuracy' },
          series: (['plain', 'moved'] as const).map((name) => ({
            name,
            x: summaries.map(({ cloneError }) => cloneError!.mean),
            y: summaries.map((row) => row[name].mean),
          })),
        },
        ...variedBlocks(summaries, 'stage 1'),
      ];

const modeBlocks = (summaries: readonly VariedSummary[]): Block[] =>
  summaries.length < 2
    ? []
    : [
        {
          kind: 'lines',
          caption: 'Equivariance error on digits through stage 2.',
          x: { label: 'step' },
          y: { label: '‖f(g·x) − f(x)‖ / ‖f(x)‖ of the logits' },
          series: summaries.map(({ value, curve }) => ({
            name: value,
            x: curve.map(([step]) => step),
            y: curve.map(([, error]) => error),
          })),
        },
        ...variedBlocks(summaries, 'mode'),
      ];

const variedBlocks = (summaries: readonly VariedSummary[], what: string): Block[] =>
  summaries.length < 2
    ? []
    : [
        {
          kind: 'table',
          columns: [
            { header: what },
            { header: 'seeds', format: { style: 'fixed', digits: 0 } },
            { header: 'clone error', format: { style: 'scientific', digits: 1 } },
            { header: 'error on digits', format: { style: 'scientific', digits: 1 } },
            { header: 'plain', format: { style: 'percent' } },
            { header: 'moved', format: { style: 'percent' } },
          ],
          rows: summaries.map((row) => [
            row.value,
            row.seeds,
            row.cloneError?.mean ?? '–',
            row.onData.mean,
            row.plain.mean,
            row.moved.mean,
          ]),
        },
      ];

const inferenceBlocks = ({ inference }: CloningDocument): Block[] =>
  inference.length === 0
    ? []
    : [
        {
          kind: 'table',
          caption: `Inference of ${inference[0]!.batch} images in onnxruntime-node on one thread.`,
          columns: [
            { header: 'group' },
            { header: 'teacher', unit: 'ms', format: { style: 'fixed', digits: 2 } },
            { header: 'clone', unit: 'ms', format: { style: 'fixed', digits: 2 } },
            { header: "teacher's accuracy", format: { style: 'percent' } },
            { header: "clone's accuracy", format: { style: 'percent' } },
          ],
          rows: inference.map(({ group, teacher, clone, accuracy }) => [
            ...[group, teacher, clone],
            accuracy?.teacher.mean ?? '–',
            accuracy?.clone.mean ?? '–',
          ]),
        },
      ];

const studentBlocks = (summaries: readonly StudentSummary[]): Block[] =>
  summaries.length === 0
    ? []
    : [
        {
          kind: 'table',
          columns: [
            { header: 'student' },
            { header: 'parameters', format: { style: 'fixed', digits: 0 } },
            { header: 'clone error', format: { style: 'scientific', digits: 1 } },
            { header: 'equivariance error', format: { style: 'scientific', digits: 1 } },
            { header: 'seconds', format: { style: 'fixed', digits: 1 } },
          ],
          rows: summaries.map((row) => [
            row.key,
            row.parameters,
            row.error,
            row.equivarianceError,
            row.milliseconds / 1000,
          ]),
        },
      ];

/** One line for each student: what more steps buy. */
function costBlocks(summaries: readonly StudentSummary[]): Block[] {
  const lines = new Map<string, StudentSummary[]>();
  for (const summary of summaries) {
    const student = summary.key.slice(0, summary.key.lastIndexOf('/'));
    lines.set(student, [...(lines.get(student) ?? []), summary]);
  }
  const series = [...lines].filter(([, points]) => points.length > 1);
  if (series.length === 0) return [];
  return [
    {
      kind: 'lines',
      caption: 'Clone error against the operations of training; each line is one student.',
      x: { label: 'floating-point operations', scale: 'log' },
      y: { label: 'normalised error of the clone', scale: 'log' },
      series: series.map(([name, points]) => ({
        name,
        x: points.map(({ operations }) => operations),
        y: points.map(({ error }) => error),
      })),
    },
  ];
}

const cloned = [
  ['first', 'first layer'],
  ['second', 'second layer'],
  ['both', 'both'],
  ['independent', '√(first² + second²)'],
] as const;

const compoundingBlocks = (summaries: readonly CompoundingSummary[]): Block[] =>
  summaries.length < 2
    ? []
    : [
        {
          kind: 'lines',
          caption: 'Equivariance error of the logits on noise before stage 2, by what is cloned.',
          x: { label: 'steps of stage 1', scale: 'log' },
          y: { label: '‖f(g·x) − f(x)‖ / ‖f(x)‖', scale: 'log' },
          series: cloned.map(([name, title]) => ({
            name: title,
            x: summaries.map(({ steps }) => steps),
            y: summaries.map((row) => row[name].mean),
          })),
        },
      ];

const filterBlocks = (summaries: readonly FilterSummary[]): Block[] =>
  summaries.length === 0
    ? []
    : [
        {
          kind: 'table',
          caption: "The C4 clone's first layer with filters unlike those it was cloned on.",
          columns: [
            { header: 'τ' },
            { header: 'seeds', format: { style: 'fixed', digits: 0 } },
            { header: 'clone error', format: { style: 'scientific', digits: 1 } },
          ],
          rows: summaries.map(({ filters, seeds, error }) => [filters, seeds, error.mean]),
        },
      ];
