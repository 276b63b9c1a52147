#!/usr/bin/env node
/* eslint-disable no-console */
// `npm test`, `npm run demo` and `npm run bench` on a machine with nothing but Node and npm:
// fetches pnpm through npx, installs, builds, and runs the job.
'use strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const extra = process.argv.slice(3);

const jobs = {
  test: [['exec', 'vitest', 'run', ...extra]],
  demo: [['exec', 'node', 'apps/cli/bin/intertwiner.js', 'clone', '--preset', 'demo', ...extra]],
  bench: [['--filter', '@intertwiner/bench', 'exec', 'node', 'dist/main.js', ...extra]],
};

const job = jobs[process.argv[2]];
if (!job) fail(`Usage: node scripts/run.mjs ${Object.keys(jobs).join('|')}`);
checkNode();

let child = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // The terminal has sent Ctrl-C to the whole group; a signal sent to us alone is passed on.
    if (child && signal === 'SIGTERM') child.kill(signal);
    if (!child) process.exit(128 + constants.signals[signal]);
  });
}

await pnpm(['install', '--frozen-lockfile', '--prefer-offline']);
await pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
for (const args of job) await pnpm(args);

function checkNode() {
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const found = process.versions.node.split('.').map(Number);
  const older = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1]);
  if (older) {
    fail(
      `Node ${wanted.join('.')} or newer is needed, this is Node ${process.versions.node}. ` +
        'Install a newer one from https://nodejs.org and run the command again.',
    );
  }
}

function pnpm(args) {
  return new Promise((resolve) => {
    child = spawn('npx', ['--yes', packageManager, ...args], {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    });
    child.on('error', (error) => fail(`Cannot start npx: ${error.message}. Is npm on the PATH?`));
    child.on('exit', (code, signal) => {
      child = null;
      if (signal === 'SIGINT' || code === 130) {
        fail('Interrupted. Nothing is lost: run the same command again to go on.', 130);
      }
      if (code !== 0) process.exit(code ?? 1);
      resolve();
    });
  });
}

function fail(message, code = 2) {
  console.error(message);
  process.exit(code);
}
