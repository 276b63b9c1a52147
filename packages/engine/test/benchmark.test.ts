import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel } from '@intertwiner/onnx';
import {
  benchmarkInference,
  compareReports,
  onnxContestant,
  processContestant,
  type BenchmarkCase,
  type InferenceReport,
  type InferenceRow,
} from '@intertwiner/engine';
import { describe, expect, it } from 'vitest';
import { useTfjsCpu } from './support.js';

const work = (): BenchmarkCase => ({
  model: 'doubling',
  batch: 2,
  bytes: exportModel((x) => x.mul(2), { inputs: [{ name: 'x', shape: [null, 3] }] }),
  feeds: { x: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] } },
});

/** A contestant that answers wrongly by 0.5, takes 7 ms a run by its own word, and can break. */
const liar = `
import { createInterface } from 'node:readline';
const say = (m) => console.log(JSON.stringify(m));
if (process.argv[2] === 'dead') { console.error('no such library'); process.exit(3); }
say({ ready: true });
const out = Buffer.from(Float32Array.of(2, 4, 6, 8, 10, 12.5).buffer).toString('base64');
for await (const line of createInterface({ input: process.stdin })) {
  const { do: what } = JSON.parse(line);
  if (process.argv[2] === 'picky') say({ error: 'no such operator' });
  else if (what === 'load') say({ loadMs: 1, firstMs: 2, output: out });
  else if (what === 'run') say({ times: [5, 7, 9, 100] });
  else say({ megabytes: null });
}`;

describe('benchmarkInference', { timeout: 120_000 }, () => {
  useTfjsCpu();

  it('runs runtimes in turns, and says who is absent and why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'contestant-'));
    const script = join(folder, 'liar.mjs');
    await writeFile(script, liar);
    const start = (name: string) => () => processContestant(name, process.execPath, [script, name]);
    const refuse = () => {
      throw new Error('not here.\nSecond line.');
    };
    const { rows, absent } = await benchmarkInference(
      [work(), { ...work(), model: 'again' }],
      [
        ['absent', refuse],
        ['cpu', () => onnxContestant('cpu')],
        ['liar', start('liar')],
        ['dead', start('dead')],
        ['picky', start('picky')],
      ],
      { rounds: 2, turnMs: 5 },
    );
    await rm(folder, { recursive: true });
    expect(rows.map(({ model, runtime }) => `${model} ${runtime}`)).toEqual([
      ...['doubling onnxruntime-node cpu', 'doubling liar'],
      ...['again onnxruntime-node cpu', 'again liar'],
    ]);
    const [cpu, other] = rows as [InferenceRow, InferenceRow];
    expect(cpu.difference).toBe(0);
    expect(cpu.runs).toBeGreaterThanOrEqual(2);
    expect(cpu.p50).toBeLessThanOrEqual(cpu.p95);
    expect(cpu.startMs).toBeGreaterThan(cpu.p50);
    expect(cpu.megabytes).toBeGreaterThan(10);
    expect(other).toMatchObject({ runs: 8, p50: 7, p95: 100, p99: 100, megabytes: null });
    expect(other.throughput).toBeCloseTo(2000 / 7, 6);
    expect(other.difference).toBeCloseTo(0.5 / 12, 6);
    // What does not start is not tried with the second model; what refuses a model is.
    expect(absent.map(({ runtime, model, reason }) => [runtime, model, reason])).toEqual([
      ['absent', 'doubling', 'not here.'],
      ['dead', 'doubling', 'dead ended: no such library'],
      ['picky', 'doubling', 'no such operator'],
      ['picky', 'again', 'no such operator'],
    ]);
  });
});

describe('compareReports', () => {
  const report = (rows: Record<string, [p50: number, p95: number]>): InferenceReport => ({
    date: '',
    machine: { cpu: '', cores: 1, node: '' },
    absent: [],
    rows: Object.entries(rows).map(([runtime, [p50, p95]]) => ({
      ...{ model: 'm', batch: 1, runtime, startMs: 0, loadMs: 0, firstMs: 0, runs: 9 },
      ...{ p50, p95, p99: p95, throughput: 1000 / p50, megabytes: 1, difference: 0 },
    })),
  });

  it('calls slower what is so beyond the spread of before', () => {
    const before = report({
      slow: [10, 12],
      noisy: [10, 20],
      fast: [10, 12],
      same: [10, 11],
      old: [1, 1],
    });
    const after = report({
      slow: [15, 16],
      noisy: [15, 30],
      fast: [5, 6],
      same: [10.5, 12],
      new: [1, 1],
    });
    const { rows, gone, added } = compareReports(before, after);
    const verdicts = Object.fromEntries(rows.map(({ runtime, verdict }) => [runtime, verdict]));
    expect(verdicts).toEqual({ slow: 'slower', noisy: 'same', fast: 'faster', same: 'same' });
    expect(rows[0]).toMatchObject({ ratio: 1.5, before: 10, after: 15 });
    expect(gone).toEqual(['m, batch 1, old']);
    expect(added).toEqual(['m, batch 1, new']);
  });
});
