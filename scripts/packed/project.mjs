/** A user's project: an empty folder into which one packed package is installed, and nothing else. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../lib/command.mjs';
import { readPage } from '../lib/markdown.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

/**
 * @param {string} folder of a package in the repository
 * @returns {string[]} the packages on the `npm install` line of its README
 */
export function installLine(folder) {
  const { blocks } = readPage(readFileSync(join(folder, 'README.md'), 'utf8'));
  const line = blocks
    .flatMap(({ code }) => code.split('\n'))
    .find((text) => text.startsWith('npm install '));
  if (!line) throw new Error(`${join(folder, 'README.md')} has no line 'npm install …'`);
  return line
    .split(/\s+/)
    .slice(2)
    .filter((word) => !word.startsWith('-'));
}

/**
 * Installs a package as its README says; ours come from the tarballs at whatever depth. Install
 * scripts do not run: the only one is onnxruntime-node's, which downloads CUDA.
 *
 * @param {string} folder to be made
 * @param {Packed} packed
 * @param {readonly Packed[]} all
 */
export async function install(folder, packed, all) {
  mkdirSync(folder);
  const tarballs = Object.fromEntries(all.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const dependencies = Object.fromEntries(
    installLine(packed.folder).map((name) => [
      name,
      tarballs[name] ?? versionOf(name, packed.folder),
    ]),
  );
  const manifest = { name: 'a-users-project', private: true, dependencies, overrides: tarballs };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await command('npm', ['install', '--loglevel=error', ...flags], { cwd: folder });
}

/**
 * The version of a package by others that the repository itself is tested with.
 *
 * @param {string} name
 * @param {string} folder of the package whose README installs it
 * @returns {string}
 */
function versionOf(name, folder) {
  const path = join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(path))
    throw new Error(`The README in ${folder} installs ${name}, which is no dependency there`);
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
