#!/usr/bin/env node
/* eslint-disable no-console */
// `npm run changesets`: what the next release would be, tried out in a copy. Fails if a changeset
// names a package that does not exist, or if a package that was never released has no changeset.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, node } from './lib/command.mjs';
import { publishable } from './packed/pack.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const copy = mkdtempSync(join(tmpdir(), 'intertwiner-changesets-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));

const manifests = publishable(root).map(({ folder }) =>
  join(relative(root, folder), 'package.json'),
);
for (const path of ['package.json', 'pnpm-workspace.yaml', '.changeset', ...manifests]) {
  cpSync(join(root, path), join(copy, path), { recursive: true });
}
// changesets looks up in git when a changeset was written.
for (const args of [
  ['init', '--quiet'],
  ['add', '--all'],
  [...author(), 'commit', '--quiet', '-m', 'copy'],
]) {
  await command('git', args, { cwd: copy });
}
await node([join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: copy });

const releases = manifests.map((path) => JSON.parse(readFileSync(join(copy, path), 'utf8')));
for (const { name, version } of releases) console.log(`${name} ${version}`);
// 0.0.1 is what a package gets that no changeset names, because one that it needs has changed.
const unreleased = releases
  .filter(({ version }) => version.startsWith('0.0.'))
  .map(({ name }) => name);
if (unreleased.length > 0) {
  console.error(`No changeset names ${unreleased.join(', ')}. Write one with: pnpm changeset`);
  process.exitCode = 1;
}

function author() {
  return ['-c', 'user.name=changesets', '-c', 'user.email=changesets@localhost'];
}
