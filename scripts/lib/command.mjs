/** Commands of which only the failures are shown. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 * @returns {Promise<string>} what it printed on stdout
 * @throws {Error} with the command and everything that it printed
 */
export async function command(file, args, options = {}) {
  try {
    const limits = { maxBuffer: 1 << 26, encoding: /** @type {const} */ ('utf8') };
    const { stdout } = await promisify(execFile)(file, args, { ...options, ...limits });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = /** @type {import('node:child_process').ExecException} */ (
      error
    );
    const printed = [stdout, stderr].filter(Boolean).join('\n').trim();
    const what = [file, ...args].join(' ');
    throw new Error(`${what}\n${printed || message}`, { cause: error });
  }
}

/** @param {string[]} args @param {import('node:child_process').ExecFileOptions} [options] */
export const node = (args, options) => command(process.execPath, args, options);
