/** The document of `reproduce cloning` as Markdown. */
import { halfWidth, isSignificant, type Estimate } from '../statistics.js';
import type {
  ArmSummary,
  CloningDocument,
  CompoundingSummary,
  FewerSummary,
  FilterSummary,
  StudentSummary,
  TaskSummary,
  VariedSummary,
} from './summary.js';

export function tables(document: CloningDocument): string {
  const sections = [
    ...document.tasks.map(taskTable),
    fewerTable(document.fewer),
    variedTable(
      'How good the clone must be',
      'The C4 clone held in the symmetry task after fewer steps of stage 1.',
      'stage 1',
      document.survival,
    ),
    variedTable(
      'What stage 1 sees',
      'The C4 clone held in the symmetry task.',
      'inputs',
      document.inputs,
    ),
    variedTable(
      'Between retain and break',
      'C4, breaking task. `partial` keeps C2, `scheduled` lets the anchor fall from 10 to 0.',
      'mode',
      document.modes,
    ),
    variedTable(
      'Strength of the anchor of θ',
      'C4, breaking task, θ trained with ‖θ − θ₀‖² / 2σ².',
      '1/σ²',
      document.anchors,
    ),
    studentTable('Students', 'The lifting layer of C4, one seed.', document.students),
    studentTable('Groups', 'The same gated student, one seed.', document.orders),
    compoundingTable(document.compounding),
    filterTable(document.filters),
    inferenceTable(document.inference),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const section = (title: string, text: string, body: string): string =>
  `### ${title}\n\n${text}\n\n${body}`;

function taskTable(summary: TaskSummary): string {
  const { group, task, invariantCap, rows, gapClosed } = summary;
  const header = [
    'network',
    'seeds',
    'plain',
    'moved',
    'lead of the clone',
    'error on digits',
    'on noise',
    'parameters',
    'stage 2',
    'stage 1',
  ];
  const counts = [...new Set(rows.map((row) => row.seeds))].toSorted((a, b) => b - a);
  const seeds = `${counts.join(' or ')} ${counts[0] === 1 ? 'seed' : 'seeds'}`;
  const gap = gapClosed
    ? ` The clone closes ${share(gapClosed)} of the gap from the scratch MLP to the teacher.`
    : '';
  const cap =
    invariantCap < 1
      ? ` A strictly invariant network can have at most ${(100 * invariantCap).toFixed(1)} % on moved digits.`
      : '';
  return section(
    `${group}, ${task}`,
    `${seeds}, mean ± half of the 95 % interval.${gap}${cap}`,
    table(header, rows.map(armRow)),
  );
}

const armRow = (row: ArmSummary): string[] => [
  row.title,
  String(row.seeds),
  share(row.plain),
  share(row.moved),
  row.lead ? leadOf(row.lead) : '–',
  size(row.onData),
  size(row.onNoise),
  row.parameters.toLocaleString('en-US'),
  `${row.seconds.mean.toFixed(0)} s`,
  row.stage1Seconds ? `${row.stage1Seconds.mean.toFixed(0)} s` : '–',
];

const leadOf = (lead: Estimate): string =>
  `${points(lead)}${isSignificant(lead) || !Number.isFinite(lead.high) ? '' : ' (n.s.)'}`;

function fewerTable(summaries: readonly FewerSummary[]): string {
  if (summaries.length === 0) return '';
  const counts = [...new Set(summaries.flatMap(({ points: p }) => p.map(({ train }) => train)))];
  const rows = summaries.map(({ group, task, arm, points: found }) => [
    `${group} ${task}: ${arm}`,
    ...counts.map((count) => {
      const point = found.find(({ train }) => train === count);
      return point ? share(point.moved) : '–';
    }),
  ]);
  return section(
    'Fewer digits',
    'Accuracy on moved digits.',
    table(['network', ...counts.map((count) => `${count} digits`)], rows),
  );
}

function variedTable(
  title: string,
  text: string,
  what: string,
  summaries: readonly VariedSummary[],
): string {
  if (summaries.length < 2) return '';
  const header = [
    what,
    'seeds',
    'clone error',
    'error on digits before stage 2',
    'after',
    'plain',
    'moved',
  ];
  const rows = summaries.map((row) => [
    row.value,
    String(row.seeds),
    row.cloneError ? row.cloneError.mean.toExponential(1) : '–',
    row.before ? size(row.before) : '–',
    size(row.onData),
    share(row.plain),
    share(row.moved),
  ]);
  return section(title, text, table(header, rows));
}

function studentTable(title: string, text: string, summaries: readonly StudentSummary[]): string {
  if (summaries.length === 0) return '';
  const rows = summaries.map((row) => [
    row.key,
    row.parameters.toLocaleString('en-US'),
    row.error.toExponential(1),
    row.equivarianceError.toPrecision(2),
    (row.operations / 1e9).toFixed(0),
    (row.milliseconds / 1000).toFixed(0),
  ]);
  const header = [
    ...['student', 'parameters', 'clone error', 'equivariance error'],
    ...['training, 10⁹ operations', 'seconds'],
  ];
  return section(title, text, table(header, rows));
}

function compoundingTable(summaries: readonly CompoundingSummary[]): string {
  if (summaries.length === 0) return '';
  const rows = summaries.map((row) => [
    String(row.steps),
    String(row.seeds),
    ...row.cloneErrors.map(({ mean }) => mean.toExponential(1)),
    ...[row.first, row.second, row.both, row.independent].map(size),
  ]);
  return section(
    'Errors of layers, together',
    'C4, before stage 2: equivariance error of the logits on noise where one layer is a clone and the ' +
      'other exact, where both are, and what independent errors would give.',
    table(
      [
        ...['steps', 'seeds', 'clone error, first', 'second'],
        ...['first cloned', 'second cloned', 'both', '√(first² + second²)'],
      ],
      rows,
    ),
  );
}

function filterTable(summaries: readonly FilterSummary[]): string {
  if (summaries.length === 0) return '';
  const rows = summaries.map(({ filters, seeds, error }) => [filters, String(seeds), size(error)]);
  return section(
    'Filters',
    "The C4 clone's first layer with filters τ unlike those it was cloned on.",
    table(['τ', 'seeds', 'clone error'], rows),
  );
}

function inferenceTable(found: CloningDocument['inference']): string {
  if (found.length === 0) return '';
  const rows = found.map(({ group, teacher, clone, accuracy }) => [
    group,
    teacher.toFixed(2),
    clone.toFixed(2),
    (clone / teacher).toFixed(1),
    accuracy ? share(accuracy.teacher) : '–',
    accuracy ? share(accuracy.clone) : '–',
  ]);
  return section(
    'Inference',
    `Milliseconds for ${found[0]!.batch} images in onnxruntime-node, one thread, and the accuracy on moved digits in the symmetry task.`,
    table(
      ['group', 'teacher', 'clone, θ held', 'ratio', "teacher's accuracy", "clone's accuracy"],
      rows,
    ),
  );
}

const half = (scale: number, value: Estimate, digits: number): string =>
  Number.isFinite(value.high) ? ` ± ${(scale * halfWidth(value)).toFixed(digits)}` : '';

const share = (value: Estimate): string =>
  `${(100 * value.mean).toFixed(1)}${half(100, value, 1)} %`;

const points = (value: Estimate): string =>
  `${(100 * value.mean).toFixed(1)}${half(100, value, 1)}`;

const size = (value: Estimate): string =>
  value.mean < 1e-4
    ? value.mean.toExponential(0)
    : `${value.mean.toPrecision(2)}${Number.isFinite(value.high) ? ` ± ${halfWidth(value).toPrecision(1)}` : ''}`;
