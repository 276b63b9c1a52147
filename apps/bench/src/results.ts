/**
 * Runs of `intertwiner clone` that differ in their seed alone, as a table of means with intervals:
 * docs/results/<name>.json holds the numbers of every run, and the table stands in docs/results.md
 * between two comments that bear the name. docs/images/<name>.svg shows the accuracies.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { writeFileAtomic } from '@intertwiner/engine';
import { barChartSvg } from '@intertwiner/report';

const models = ['teacher', 'clone', 'scratch', 'wrongGroup'] as const;
type Model = (typeof models)[number];

interface Pair {
  readonly mean: number;
  readonly max: number;
}

/** What is read of a run's report.json. */
interface Run {
  readonly group: string;
  readonly task: string;
  readonly seed: number;
  readonly mode: string;
  readonly student: string;
  readonly data: string;
  readonly accuracy: Record<Model, { plain: number; transformed: number }>;
  readonly equivarianceError: Record<Model, { data: Pair; noise: Pair }>;
  readonly invariantCap: number;
  readonly parameters: Record<Model, number>;
  readonly stage1: { readonly normalisedMse: number; readonly steps: number };
  readonly onnx: { readonly parity: readonly { device: string; maxRelDiff: number }[] };
  readonly config: Record<string, unknown>;
}

/** A mean over runs with its 95 % interval (Student's t). */
interface Estimate {
  readonly mean: number;
  readonly halfWidth: number;
}

/** Reads the runs and writes both files; returns the path of the page. */
export async function writeResults(
  name: string,
  folders: readonly string[],
  docs: string,
): Promise<string> {
  const runs = await Promise.all(folders.map(readRun));
  checkComparable(runs);
  const path = join(docs, 'results.md');
  const kept = runs.map(({ config: { data: _, ...config }, onnx: { parity }, ...run }) => ({
    ...run,
    config,
    onnx: { parity },
  }));
  await writeFileAtomic(
    join(docs, 'results', `${name}.json`),
    `${JSON.stringify(kept, null, 1)}\n`,
  );
  await writeFileAtomic(join(docs, 'images', `${name}.svg`), picture(runs));
  const page = await readFile(path, 'utf8');
  await writeFileAtomic(path, replaceBetween(page, name, table(runs)));
  return path;
}

/** Writes numbers to docs/results, a picture to docs/images, and a table into docs/results.md. */
export async function writeComparison(
  docs: string,
  name: string,
  numbers: object,
  { table, picture }: { readonly table: string; readonly picture?: string },
): Promise<void> {
  await writeFileAtomic(
    join(docs, 'results', `${name}.json`),
    `${JSON.stringify(numbers, null, 1)}\n`,
  );
  if (picture) await writeFileAtomic(join(docs, 'images', `${name}.svg`), picture);
  const path = join(docs, 'results.md');
  await writeFileAtomic(path, replaceBetween(await readFile(path, 'utf8'), name, table));
}

const readRun = async (folder: string): Promise<Run> =>
  JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Run;

function checkComparable(runs: readonly Run[]): void {
  if (runs.length < 2) throw new Error('Intervals need at least two runs.');
  const settings = ({ config: { seed: _, ...config } }: Run) => JSON.stringify(config);
  if (runs.some((run) => settings(run) !== settings(runs[0]!))) {
    throw new Error('The runs differ in more than their seeds.');
  }
  if (new Set(runs.map(({ seed }) => seed)).size < runs.length) {
    throw new Error('Two runs have the same seed.');
  }
}

export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, halfWidth: tQuantile(0.975, n - 1) * Math.sqrt(variance / n) };
}

/** The page with the text between `<!-- name -->` and `<!-- /name -->` replaced. */
export function replaceBetween(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) {
    throw new Error(`The page needs the comments ${open} and ${close} around the table.`);
  }
  return `${page.slice(0, start + open.length)}\n\n${text}\n\n${page.slice(end)}`;
}

const modelNames = ({ group, mode, config }: Run): Record<Model, string> => ({
  teacher: `${group} network (the teacher's kind)`,
  clone: `clone, ${mode === 'retain' ? 'θ held' : 'θ trained'}`,
  scratch: 'scratch MLP',
  wrongGroup: `clone of ${String(config['wrongGroup'])}`,
});

/** Accuracy on moved digits, with intervals. */
function picture(runs: readonly Run[]): string {
  const names = modelNames(runs[0]!);
  return barChartSvg({
    kind: 'bars',
    y: { label: 'accuracy in all poses' },
    bars: ['all poses'],
    groups: models.map((model) => {
      const { mean, halfWidth } = estimate(runs.map((run) => run.accuracy[model].transformed));
      const interval = { value: mean, low: mean - halfWidth, high: mean + halfWidth };
      return { name: names[model].replace(/ \(.*\)/, ''), values: [interval] };
    }),
    references: [{ value: 0.1, label: 'chance' }],
  });
}

function table(runs: readonly Run[]): string {
  const { group, task, student, data } = runs[0]!;
  const names = modelNames(runs[0]!);
  const row = (model: Model) =>
    [
      names[model],
      share(runs.map((run) => run.accuracy[model].plain)),
      share(runs.map((run) => run.accuracy[model].transformed)),
      error(runs.map((run) => run.equivarianceError[model].data.mean)),
      error(runs.map((run) => run.equivarianceError[model].noise.mean)),
      runs[0]!.parameters[model].toLocaleString('en-US'),
    ].join(' | ');
  const seeds = runs.map(({ seed }) => seed).join(', ');
  return `${data}, group ${group}, task ${task}, ${student.toUpperCase()} students, seeds ${seeds}; mean ± half of the 95 % interval (Student's t, ${runs.length} runs).

| network | accuracy, plain | accuracy, moved | equivariance error on digits | on noise | parameters |
| --- | --- | --- | --- | --- | --- |
${models.map((model) => `| ${row(model)} |`).join('\n')}

${differences(runs)}

${stageOne(runs)}`;
}

const share = (values: readonly number[]): string => {
  const { mean, halfWidth } = estimate(values);
  return `${(100 * mean).toFixed(1)} ± ${(100 * halfWidth).toFixed(1)} %`;
};

const error = (values: readonly number[]): string => {
  const { mean, halfWidth } = estimate(values);
  return mean < 1e-4 ? mean.toExponential(1) : `${mean.toFixed(3)} ± ${halfWidth.toFixed(3)}`;
};

/** Differences of accuracies within each run, which share data and seed. */
function differences(runs: readonly Run[]): string {
  const moved = (run: Run, model: Model) => run.accuracy[model].transformed;
  const against = (model: Model) =>
    `${model === 'wrongGroup' ? 'the clone of the wrong group' : `the ${model}`}: ` +
    `${share(runs.map((run) => moved(run, 'clone') - moved(run, model))).replace(' %', ' points')}`;
  const ratio = runs.map(({ equivarianceError: e }) => e.clone.data.mean / e.scratch.data.mean);
  return (
    `On moved digits the clone is ahead, run by run, of ${(['teacher', 'scratch', 'wrongGroup'] as const).map(against).join('; of ')}. ` +
    `Its equivariance error on digits is ${estimate(ratio).mean.toFixed(3)} ± ${estimate(ratio).halfWidth.toFixed(3)} of the scratch MLP's.`
  );
}

function stageOne(runs: readonly Run[]): string {
  const errors = runs.map(({ stage1 }) => stage1.normalisedMse);
  const parity = Math.max(...runs.flatMap(({ onnx }) => onnx.parity.map((p) => p.maxRelDiff)));
  return (
    `Stage 1: ${runs[0]!.stage1.steps} steps for both clones, normalised error of the worse ` +
    `${estimate(errors).mean.toExponential(2)} ± ${estimate(errors).halfWidth.toExponential(1)}. ` +
    `student.onnx against TensorFlow.js: at most ${parity.toExponential(1)} relative in every runtime.`
  );
}
