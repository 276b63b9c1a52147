/**
 * Timings of inference as a page. What it shows is declared here, field by field, as
 * `benchmarkInference` of @intertwiner/engine returns it: reports depend on no runtime.
 */
import type { Block, Report } from '../report.js';

/** One model and batch on one runtime; times in milliseconds. */
export interface InferenceTiming {
  readonly model: string;
  readonly batch: number;
  readonly runtime: string;
  readonly startMs: number;
  readonly loadMs: number;
  readonly firstMs: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly throughput: number;
  readonly megabytes: number | null;
  readonly difference: number;
}

export interface InferenceTimings {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly rows: readonly InferenceTiming[];
  readonly absent: readonly { readonly runtime: string; readonly reason: string }[];
}

/** Medians before and after, for the rows of two reports. */
export interface TimingChanges {
  readonly rows: readonly {
    readonly model: string;
    readonly batch: number;
    readonly runtime: string;
    readonly before: number;
    readonly after: number;
    readonly ratio: number;
    readonly verdict: string;
  }[];
}

/** A plot and a table for each model, what changed, and which runtimes are absent. */
export function inferenceReport(report: InferenceTimings, change: TimingChanges | null): Report {
  const { date, machine, rows, absent } = report;
  const models = [...new Set(rows.map(({ model }) => model))];
  return {
    title: 'Inference on each runtime',
    subtitle: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    details: [`measured ${date}, all runtimes in turns`],
    sections: [
      ...(change ? [{ title: 'What changed', blocks: [changes(change)] }] : []),
      ...models.map((model) => ({
        title: model,
        blocks: modelBlocks(rows.filter((row) => row.model === model)),
      })),
      {
        title: 'Absent',
        blocks: [
          {
            kind: 'table',
            columns: [{ header: 'runtime' }, { header: 'why' }],
            rows: [...new Map(absent.map(({ runtime, reason }) => [runtime, reason]))],
          },
        ],
      },
    ],
  };
}

function modelBlocks(rows: readonly InferenceTiming[]): Block[] {
  const batches = [...new Set(rows.map(({ batch }) => batch))];
  const runtimes = [...new Set(rows.map(({ runtime }) => runtime))];
  const median = (runtime: string, batch: number) => {
    const row = rows.find((one) => one.runtime === runtime && one.batch === batch);
    return row ? { value: row.p50, low: row.p50, high: row.p95 } : null;
  };
  return [
    {
      kind: 'bars',
      caption: 'Milliseconds of one run: the median, and the 95th percentile as the upper end.',
      y: { label: 'time of one run (ms)', scale: 'log' },
      bars: batches.map((batch) => `batch ${batch}`),
      groups: runtimes.map((runtime) => ({
        name: runtime,
        values: batches.map((batch) => median(runtime, batch)),
      })),
    },
    {
      kind: 'table',
      columns: [
        { header: 'runtime' },
        { header: 'batch' },
        { header: 'start', unit: 'ms' },
        { header: 'load', unit: 'ms' },
        { header: 'first run', unit: 'ms' },
        { header: 'p50', unit: 'ms' },
        { header: 'p95', unit: 'ms' },
        { header: 'p99', unit: 'ms' },
        { header: 'samples per second' },
        { header: 'memory', unit: 'MB' },
        { header: 'difference', format: { style: 'scientific', digits: 2 } },
      ],
      rows: rows.map((row) => [
        row.runtime,
        row.batch,
        ...[row.startMs, row.loadMs, row.firstMs, row.p50, row.p95, row.p99, row.throughput],
        row.megabytes,
        row.difference,
      ]),
    },
  ];
}

const changes = ({ rows }: TimingChanges): Block => ({
  kind: 'table',
  columns: [
    { header: 'model, batch, runtime' },
    { header: 'before', unit: 'ms' },
    { header: 'after', unit: 'ms' },
    { header: 'ratio' },
    { header: 'verdict' },
  ],
  rows: rows.map(({ model, batch, runtime, before, after, ratio, verdict }) => [
    `${model}, ${batch}, ${runtime}`,
    before,
    after,
    ratio,
    verdict,
  ]),
});
