/** The inference suite on a small size and a few runtimes; all of them run in `bench inference`. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { benchInference, inferenceMarkdown } from '../src/inference.js';
import { findChromium } from '../src/inference/browser.js';
import { modelSizes } from '../src/inference/models.js';

const python = process.env['INTERTWINER_PYTHON'] ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch, onnx']).status === 0;
const tiny = {
  ...modelSizes[0]!,
  name: 'tiny',
  side: 8,
  channels: [2, 2],
  widths: [16, 8],
} as const;

describe('bench inference', { timeout: 300_000 }, () => {
  it('times ONNX Runtime and TensorFlow.js, which agree', async () => {
    const only = ['onnxruntime-node cpu', 'tfjs-cpu'];
    const options = { sizes: [tiny], rounds: 1, turnMs: 1, python, only };
    const report = await benchInference(options);
    const seen = report.rows.map(({ model, batch, runtime }) => `${model} ${batch} ${runtime}`);
    for (const batch of [1, 64]) {
      expect(seen).toContain(`the same as plain layers, tiny ${batch} tfjs-cpu`);
      expect(seen).toContain(`C4 network, tiny ${batch} onnxruntime-node cpu`);
    }
    // float32 in another order: a few roundings of 6e-8.
    for (const { difference } of report.rows) expect(difference).toBeLessThan(1e-5);
    const reasons = report.absent.map(({ model, reason }) => `${model}: ${reason}`);
    expect(reasons).toContain(
      'C4 network, tiny: layers of this project are no layers of tfjs itself',
    );
    expect(inferenceMarkdown(report)).toMatch(/\| onnxruntime-node cpu \| \d+ ms \|/);
    const absent = [
      { ...report.absent[0]!, runtime: 'x', reason: 'no /a/b/node_modules/c/d.node' },
    ];
    expect(inferenceMarkdown({ ...report, absent })).toContain('- x: no node_modules/c/d.node');
  });

  const noBrowser = findChromium() ? '' : ' SKIPPED: no Chromium';
  it.skipIf(noBrowser)(`runs in Chromium too${noBrowser}`, async () => {
    const only = ['onnxruntime-node cpu', 'wasm, Chromium'];
    const options = { sizes: [tiny], rounds: 1, turnMs: 1, python, only };
    const { rows } = await benchInference(options);
    const runtimes = new Set(rows.map(({ runtime }) => runtime));
    expect([...runtimes].sort()).toEqual([
      ...['onnxruntime-node cpu', 'onnxruntime-web wasm, Chromium', 'tfjs wasm, Chromium'],
    ]);
    for (const { difference } of rows) expect(difference).toBeLessThan(1e-5);
  });

  const noTorch = hasTorch ? '' : ' SKIPPED: no Python with torch and onnx (INTERTWINER_PYTHON)';
  it.skipIf(noTorch)(`agrees with PyTorch${noTorch}`, async () => {
    const only = ['onnxruntime-node cpu', 'PyTorch'];
    const options = { sizes: [tiny], rounds: 1, turnMs: 1, python, only };
    const { rows } = await benchInference(options);
    const torch = rows.filter(({ runtime }) => runtime === 'PyTorch');
    expect(torch).toHaveLength(6);
    for (const { difference } of torch) expect(difference).toBeLessThan(1e-5);
  });
});
