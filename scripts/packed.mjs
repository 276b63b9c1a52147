#!/usr/bin/env node
/* eslint-disable no-console */
// `npm run packed`: packs every package as publishing would, lints the tarballs, installs them into
// empty projects and uses them there as their READMEs say.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkImports, checkSize } from './packed/installed.mjs';
import { lintTarball } from './packed/lint.mjs';
import { pack } from './packed/pack.mjs';
import { install, projects } from './packed/project.mjs';
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
/** @type {ReturnType<typeof projects>} */
let users = [];
await step('install lines of the READMEs', () => (users = projects(all)));
for (const [i, { name, packages }] of users.entries()) {
  const folder = join(work, `project${i}`);
  if (!(await step(`install ${name}`, () => install(folder, packages, all)))) continue;
  for (const one of packages) {
    const installed = join(folder, 'node_modules', one.name);
    await step(`size of ${one.name}`, () => (sizes[one.name] = checkSize(installed, one.name)));
    await step(`imports of ${one.name}`, () => checkImports(installed));
  }
  await step(`use ${name}`, () => usePackages(root, folder, packages));
  if (packages.some(({ manifest }) => manifest.bin)) {
    await step('use the command', () => useCommand(folder));
  }
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
    await job();
    console.log(`ok      ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    failures += 1;
    console.error(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}
