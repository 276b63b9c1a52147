#!/usr/bin/env node
/* eslint-disable no-console */
// `npm test`, `npm run demo`, `npm run bench` and `npm run api` on a machine with nothing but Node and npm:
// fetches pnpm through npx, installs, builds, and runs the job.
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './lib/node-version.mjs';
import { startPnpm } from './lib/pnpm.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const extra = process.argv.slice(3);

/** @type {Record<string, string[]>} */
const jobs = {
  test: ['exec', 'vitest', 'run', ...extra],
  demo: ['exec', 'node', 'apps/cli/bin/intertwiner.js', 'clone', '--preset', 'demo', ...extra],
  api: ['--filter', '@intertwiner/api-reference', 'exec', 'typedoc', ...extra],
  bench: ['--filter', '@intertwiner/bench', 'exec', 'node', 'dist/main.js', ...extra],
};

const job = jobs[process.argv[2] ?? ''];
if (!job) fail(`Usage: node scripts/run.mjs ${Object.keys(jobs).join('|')}`);
const problem = nodeProblem(process.versions.node, engines.node);
if (problem) fail(problem);

/** @type {import('node:child_process').ChildProcess | null} */
let child = null;
let interrupted = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    interrupted = true;
    // The terminal has sent Ctrl-C to the whole group; a signal sent to us alone is passed on.
    if (child && signal === 'SIGTERM') child.kill(signal);
    if (!child) process.exit(128 + constants.signals[signal]);
  });
}

const again = 'Nothing is lost: run the same command again.';
await pnpm(['install', '--frozen-lockfile', '--prefer-offline'], again);
await pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], again);
await pnpm(job, process.argv[2] === 'demo' ? goOn() : again);

/** How to go on with a demo: it has kept what it computed. */
function goOn() {
  const options = extra.filter((option) => option !== '--resume');
  return `Go on with: npm run demo -- ${[...options, '--resume'].join(' ')}`;
}

/**
 * @param {string[]} args
 * @param {string} remedy what to do after Ctrl-C
 * @returns {Promise<void>}
 */
function pnpm(args, remedy) {
  return new Promise((resolve) => {
    child = startPnpm(root, args);
    child.on('error', (error) => fail(`Cannot start npx: ${error.message}. Is npm on the PATH?`));
    child.on('exit', (code, signal) => {
      child = null;
      // The child may be gone before we hear of the Ctrl-C ourselves.
      if (interrupted || signal === 'SIGINT' || code === 130) fail(`Interrupted. ${remedy}`, 130);
      if (code !== 0) process.exit(code ?? 1);
      resolve();
    });
  });
}

/** @param {string} message @returns {never} */
function fail(message, code = 2) {
  console.error(message);
  process.exit(code);
}
