#!/usr/bin/env node
/* eslint-disable no-console */
// `node scripts/release.mjs`: rehearses a release. In a copy of the last commit the changesets set the
// versions and changelogs, every package is packed, and npm publishes the packed files to a registry
// on this machine, which looks at what it gets. Nothing leaves the machine and nothing here changes.
//
// `node scripts/release.mjs --publish`, on a clean main with an npm login, does it: versions are set
// and committed here, and what the registry does not have yet is published to it.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, node } from './lib/command.mjs';
import { pack, publishable } from './packed/pack.mjs';
import { startRegistry } from './release/registry.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const publish = process.argv.includes('--publish');
const work = mkdtempSync(join(tmpdir(), 'intertwiner-release-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

await (publish ? release() : rehearse());

async function rehearse() {
  const copy = join(work, 'copy');
  await command('git', ['clone', '--quiet', '--shared', root, copy]);
  linkInstalled(copy);
  await setVersions(copy);
  const packages = await pack(copy, work, { build: false });
  const registry = await startRegistry();
  try {
    for (const { tarball } of packages) {
      await npmPublish(tarball, ['--registry', registry.url, `--${registry.tokenKey}=rehearsal`]);
    }
  } finally {
    await registry.close();
  }
  const problems = packages.flatMap((packed) => problemsOf(copy, packed, registry.published));
  for (const { name, version } of registry.published.values()) console.log(`${name} ${version}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log(`${packages.length} packages would be published.`);
}

/**
 * The copy uses what is installed and built here; only manifests and changelogs differ.
 *
 * @param {string} copy
 */
function linkInstalled(copy) {
  for (const { folder } of publishable(root)) {
    const target = join(copy, relative(root, folder));
    const dist = join(folder, 'dist');
    if (!existsSync(dist)) throw new Error(`${folder} is not built. Run 'pnpm build' first.`);
    cpSync(dist, join(target, 'dist'), { recursive: true });
  }
}

/** @param {string} folder of a repository @returns {Promise<string>} */
function setVersions(folder) {
  return node([join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: folder });
}

/** @param {string} tarball @param {string[]} [options] */
function npmPublish(tarball, options = []) {
  const flags = ['--access', 'public', '--loglevel', 'error', ...options];
  return command('npm', ['publish', tarball, ...flags], { cwd: work });
}

/**
 * @param {string} copy
 * @param {import('./packed/pack.mjs').Packed} packed
 * @param {Awaited<ReturnType<typeof startRegistry>>['published']} published
 * @returns {string[]} what is wrong with what the registry got
 */
function problemsOf(copy, { name, folder }, published) {
  const got = published.get(name);
  if (!got) return [`${name} was not published.`];
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const manifest = JSON.stringify(got.manifest);
  return [
    ...(got.version === version ? [] : [`${name}: version ${got.version}, not ${version}`]),
    ...(version.startsWith('0.0.') ? [`${name}: no changeset names it`] : []),
    ...(/workspace:|catalog:/.test(manifest) ? [`${name}: a manifest that only pnpm reads`] : []),
    ...(existsSync(join(folder, 'CHANGELOG.md')) ? [] : [`${name}: no changelog in ${copy}`]),
    ...(got.access === 'public' ? [] : [`${name}: not public`]),
  ];
}

async function release() {
  const dirty = await command('git', ['status', '--porcelain'], { cwd: root });
  if (dirty !== '') throw new Error(`Commit first:\n${dirty}`);
  if (readdirSync(join(root, '.changeset')).some((file) => file.endsWith('.md'))) {
    await setVersions(root);
    await command('git', ['add', '--all'], { cwd: root });
    await command('git', ['commit', '--message', 'Versions'], { cwd: root });
  }
  // What a renamed source once compiled to is not to be published.
  for (const { folder } of publishable(root))
    rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const packages = await pack(root, work);
  for (const { name, tarball, manifest } of packages) {
    const spec = `${name}@${manifest.version}`;
    if (await isPublished(spec)) {
      console.log(`${spec} is there already`);
      continue;
    }
    await npmPublish(tarball);
    console.log(`${spec} published`);
  }
}

/** @param {string} spec */
async function isPublished(spec) {
  try {
    return (await command('npm', ['view', spec, 'version'])).trim() !== '';
  } catch (error) {
    if (/E404/.test(String(error))) return false;
    throw error;
  }
}
