/** What a tarball must satisfy on its own. */
import { join } from 'node:path';
import { node } from '../lib/command.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

/**
 * publint and arethetypeswrong, both strict. Only ES modules are published, so CommonJS and the
 * resolution of Node 10 are not looked at.
 *
 * @param {string} root
 * @param {Packed} packed
 */
export async function lintTarball(root, { tarball, manifest }) {
  const tools = join(root, 'node_modules');
  await node([join(tools, 'publint/src/cli.js'), '--strict', tarball]);
  // A command has no entry points to import.
  if (!manifest.exports) return;
  const attw = join(tools, '@arethetypeswrong/cli/dist/index.js');
  await node([attw, '--profile', 'esm-only', '--no-color', tarball]);
}
