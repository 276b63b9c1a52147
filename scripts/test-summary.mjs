#!/usr/bin/env node
/* eslint-disable no-console */
// The last lines of .ci/run, from vitest's JSON report: the failed tests by name, since a log may be
// cut in the middle, then the counts. Fails where there is no report, or a failure in it.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * What is read of the report.
 * @typedef {{ status: string, fullName: string, failureMessages: string[] | null }} Assertion
 * @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} TestFile
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number,
 *   numTodoTests: number, testResults: TestFile[] }} Report
 */

/** @type {Report} */
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
} catch {
  console.log('tests: 0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
const failures = report.testResults.flatMap(failuresOf);
const { numPassedTests: passed } = report;
// A file that does not load, or whose hooks fail, may have no failed test and yet has failed.
const failed = Math.max(report.numFailedTests, failures.length);
const skipped = report.numPendingTests + report.numTodoTests;
for (const failure of failures) console.log(failure);
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** @param {TestFile} file */
function failuresOf({ name, status, message, assertionResults }) {
  const path = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`FAILED ${path}: ${firstLine(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `FAILED ${path} > ${fullName}: ${firstLine(failureMessages?.[0])}`,
  );
}

/** @param {string | undefined} message */
function firstLine(message) {
  return message?.trim().split('\n', 1)[0] || 'no message';
}
