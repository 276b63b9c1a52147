/** What an installed package must satisfy: its size, and that it declares what it imports. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { node } from '../lib/command.mjs';
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

/**
 * @param {string} folder of the installed package
 * @param {import('./pack.mjs').Manifest} manifest
 * @throws {Error} if a module of a library has no source map that ends in a file of the package
 */
export function checkSourceMaps(folder, manifest) {
  // Stack traces of the command end in its modules, which are as readable as their sources.
  if (!manifest.exports) return;
  const missing = files(join(folder, 'dist'))
    .filter((file) => file.endsWith('.js'))
    .filter((file) => {
      if (!existsSync(`${file}.map`)) return true;
      const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
      return !sources.every((/** @type {string} */ one) => existsSync(join(dirname(file), one)));
    });
  if (missing.length > 0) throw new Error(`no source map to a source: ${missing.join(', ')}`);
  if (!('sideEffects' in manifest)) throw new Error('the manifest does not say `sideEffects`');
}

/**
 * @param {string} project
 * @param {string} name of a package of which two copies would not work together
 */
export function checkOneCopy(project, name) {
  const copies = files(join(project, 'node_modules')).filter((file) =>
    file.endsWith(join('node_modules', name, 'package.json')),
  );
  if (copies.length > 1) throw new Error(`${copies.length} copies: ${copies.join(', ')}`);
}

/**
 * Imports a package and looks at the libraries that the process has loaded: runtimes are to be loaded
 * by the first model that needs them.
 *
 * @param {string} project
 * @param {import('./pack.mjs').Packed} packed
 */
export async function checkLazy(project, { name, manifest }) {
  if (!manifest.exports) return;
  const code =
    `await import('${name}'); ` +
    "const { sharedObjects } = process.report.getReport(); console.log(sharedObjects.join('\\n'));";
  const loaded = await node(['--input-type=module', '-e', code], { cwd: project });
  if (!/node|libc|System/i.test(loaded)) throw new Error('this system lists no libraries');
  const native = loaded.split('\n').filter((line) => /onnxruntime|tensorflow|\.node$/.test(line));
  if (native.length > 0) throw new Error(`loaded at import: ${native.join(', ')}`);
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
