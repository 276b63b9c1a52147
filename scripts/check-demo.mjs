#!/usr/bin/env node
/* eslint-disable no-console */
// Whether a demo has the results that hold at any size: the equivariant network is invariant up to
// rounding, the exported file computes what was trained, and the report is there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '';
const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
const page = readFileSync(join(folder, 'report.html'), 'utf8');

// float32 rounds to 1.2e-7; through two layers and sums of hundreds of terms, 1e-5 is left.
const bound = 1e-5;
const parity = report.onnx.parity.map(
  (/** @type {{ maxRelDiff: number }} */ { maxRelDiff }) => maxRelDiff,
);
const checks = {
  'the equivariant network is invariant': report.equivarianceError.teacher.max < bound,
  'the exported file agrees with TensorFlow.js':
    parity.length > 0 && parity.every((/** @type {number} */ difference) => difference < bound),
  // Predicting 0 gives 1; the clone of the second layer needs more steps than a check can take.
  'the first clone learned something': report.stage1.layers[0].normalisedMse < 0.9,
  'the page shows plots': page.includes('<svg'),
};
for (const [name, holds] of Object.entries(checks))
  console.log(`${holds ? 'ok     ' : 'FAILED '} ${name}`);
process.exitCode = Object.values(checks).every(Boolean) ? 0 : 1;
