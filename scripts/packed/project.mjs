/** A user's project: an empty folder into which packed packages are installed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../lib/command.mjs';
import { readPage } from '../lib/markdown.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

/**
 * Packages to try in one project. Those without a tensor library have a project each, which shows
 * that they need nothing else; the others share one with TensorFlow.js and one with ONNX Runtime
 * too, since installing these takes hundreds of megabytes.
 *
 * @param {readonly Packed[]} all
 * @returns {{ name: string, packages: Packed[] }[]}
 */
export function projects(all) {
  /** @type {Map<string, Packed[]>} */
  const byName = new Map();
  for (const packed of all) {
    const needs = outside(packed, all);
    const name = needs.has('onnxruntime-node')
      ? 'with TensorFlow.js and ONNX Runtime'
      : needs.has('@tensorflow/tfjs')
        ? 'with TensorFlow.js'
        : packed.name;
    byName.set(name, [...(byName.get(name) ?? []), packed]);
  }
  return [...byName].map(([name, packages]) => ({ name, packages }));
}

/**
 * @param {Packed} packed
 * @param {readonly Packed[]} all
 * @returns {Set<string>} the packages by others that it is installed with
 */
function outside({ folder, manifest }, all) {
  const names = [
    ...Object.keys(manifest.dependencies ?? {}),
    ...installLine(folder).filter((name) => name !== manifest.name),
  ];
  const found = new Set(names);
  for (const name of names) {
    const ours = all.find((packed) => packed.name === name);
    if (ours) for (const other of outside(ours, all)) found.add(other);
  }
  return found;
}

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
 * Installs the packages as their READMEs say; ours come from the tarballs at whatever depth.
 * Install scripts do not run: the only one is onnxruntime-node's, which downloads CUDA.
 *
 * @param {string} folder to be made
 * @param {readonly Packed[]} packages
 * @param {readonly Packed[]} all
 */
export async function install(folder, packages, all) {
  mkdirSync(folder);
  const tarballs = Object.fromEntries(all.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const dependencies = Object.fromEntries(
    packages.flatMap(({ folder }) =>
      installLine(folder).map((name) => [name, tarballs[name] ?? versionOf(name, folder)]),
    ),
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
