/** Packs every package that gets published, as publishing would. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPnpm } from '../lib/pnpm.mjs';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, unknown>} [exports]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * @typedef {object} Packed
 * @property {string} name
 * @property {string} folder in the repository
 * @property {string} tarball
 * @property {Manifest} manifest as in the repository
 */

/**
 * @param {string} root
 * @returns {Omit<Packed, 'tarball'>[]} the packages that get published
 */
export function publishable(root) {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
    .map((folder) => {
      /** @type {Manifest} */
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { name: manifest.name, folder, manifest };
    })
    .filter(({ manifest }) => !manifest.private);
}

/**
 * @param {string} root
 * @param {string} destination an existing folder
 * @param {{ build?: boolean }} [options] whether to build first, which is the default
 * @returns {Promise<Packed[]>}
 */
export async function pack(root, destination, { build = true } = {}) {
  const packages = publishable(root);
  const filters = packages.flatMap(({ name }) => ['--filter', name]);
  if (build) await pnpm(root, ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
  await pnpm(root, ['-r', ...filters, 'pack', '--pack-destination', destination]);
  return packages.map((one) => {
    const file = `${one.name.replace('@', '').replace('/', '-')}-${one.manifest.version}.tgz`;
    return { ...one, tarball: join(destination, file) };
  });
}

/** @param {string} root @param {string[]} args @returns {Promise<void>} */
function pnpm(root, args) {
  return new Promise((resolve, reject) => {
    const child = startPnpm(root, args, ['ignore', 'ignore', 'inherit']);
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`pnpm ${args.join(' ')} failed (${code})`)),
    );
  });
}
