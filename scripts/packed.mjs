#!/usr/bin/env node
/* eslint-disable no-console */
// `npm run packed`: packs every package as publishing would, lints the tarballs, installs them into
// empty projects, each alone, and uses them there as their READMEs say.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claimsBrowsers, usePage } from './packed/browser.mjs';
import {
  checkImports,
  checkLazy,
  checkOneCopy,
  checkSize,
  checkSourceMaps,
} from './packed/installed.mjs';
import { lintTarball } from './packed/lint.mjs';
import { pack } from './packed/pack.mjs';
import { install } from './packed/project.mjs';
import { useCommand, usePackages } from './packed/use.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'intertwiner-packed-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

let failures = 0;
const all = await pack(root, work);
for (const packed of all) await step(`lint ${packed.name}`, () => lintTarball(root, packed));

/** @type {Record<string, { kilobytes: number, ceiling: number, why: string }>} */
const sizes = {};
for (const [i, packed] of all.entries()) {
  const { name, manifest } = packed;
  const folder = join(work, `project${i}`);
  if (!(await step(`install ${name} alone`, () => install(folder, packed, all)))) continue;
  const installed = join(folder, 'node_modules', name);
  await step(`size of ${name}`, () => (sizes[name] = checkSize(installed, name)));
  await step(`imports of ${name}`, () => checkImports(installed));
  await step(`source maps of ${name}`, () => checkSourceMaps(installed, manifest));
  await step(`one TensorFlow.js with ${name}`, () => checkOneCopy(folder, '@tensorflow/tfjs-core'));
  await step(`use ${name}`, () => usePackages(root, folder, [packed]));
  await step(`nothing native loaded by ${name}`, () => checkLazy(folder, packed));
  if (claimsBrowsers(packed)) {
    await step(`${name} in a browser`, () => usePage(folder, packed));
  }
  if (manifest.bin) await step('use the command', () => useCommand(folder));
  rmSync(folder, { recursive: true, force: true });
}
console.table(sizes);
console.log(failures === 0 ? 'All packages install and work.' : `${failures} FAILED.`);
process.exitCode = failures === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {() => unknown} job
 * @returns {Promise<boolean>}
 */
async function step(name, job) {
  const started = performance.now();
  try {
    const said = await job();
    const remark = typeof said === 'string' ? `: ${said}` : '';
    console.log(
      `ok      ${name}${remark} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    );
    return true;
  } catch (error) {
    failures += 1;
    console.error(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}
