#!/usr/bin/env node
/* eslint-disable no-console */
// The last line of .ci/run, from vitest's JSON report; fails where there is none, or a failure in it.
import { readFileSync } from 'node:fs';

/** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number }} */
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
} catch {
  console.log('tests: 0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
const { numPassedTests: passed, numFailedTests: failed } = report;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
