/** What an installed package must satisfy: its size, and that it declares what it imports. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { ceilings } from './sizes.mjs';

/**
 * @param {string} folder of the installed package
 * @param {string} name
 * @returns {{ kilobytes: number, ceiling: number, why: string }}
 * @throws {Error} if it is larger than its ceiling
 */
export function checkSize(folder, name) {
  const bytes = files(folder).reduce((sum, file) => sum + statSync(file).size, 0);
  const kilobytes = Math.round(bytes / 1000);
  const ceiling = ceilings[name];
  if (!ceiling)
    throw new Error(`${name} (${kilobytes} kB) has no ceiling in scripts/packed/sizes.mjs`);
  if (kilobytes > ceiling.kilobytes) {
    throw new Error(
      `${name} has ${kilobytes} kB, more than its ceiling of ${ceiling.kilobytes} kB`,
    );
  }
  return { kilobytes, ceiling: ceiling.kilobytes, why: ceiling.why };
}

/**
 * @param {string} folder of the installed package
 * @throws {Error} if its code imports a package that its manifest does not name
 */
export async function checkImports(folder) {
  await init;
  /** @type {import('./pack.mjs').Manifest} */
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const undeclared = files(folder)
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => parse(readFileSync(file, 'utf8'))[0].map(({ specifier }) => specifier ?? ''))
    .map(packageOf)
    .filter((name) => name !== null && name !== manifest.name && !(name in declared));
  if (undeclared.length > 0) {
    const names = [...new Set(undeclared)].join(', ');
    throw new Error(`${manifest.name} imports ${names} without declaring it`);
  }
}

/** @param {string} specifier @returns {string | null} the package, unless it is a file or Node's */
function packageOf(specifier) {
  if (specifier === '' || specifier.startsWith('.') || isBuiltin(specifier)) return null;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** @param {string} folder @returns {string[]} */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
