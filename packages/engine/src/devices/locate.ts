/** Where the packages of optional devices are. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The file that a module name stands for, beside this package or, failing that, in the folder the
 * process was started in: a command that is installed globally finds what a project has installed.
 * Null where neither has it.
 */
export function locateModule(name: string): string | null {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // The other place may have it.
    }
  }
  return null;
}
