/**
 * Packages that claim to run in browsers, built into a page by Vite from the installed files, as a
 * user would, and run in a headless Chromium where there is one.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { readPage } from '../lib/markdown.mjs';
import { programs } from '../lib/programs.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

/** @param {Packed} packed @returns {boolean} whether its README says that it runs in browsers */
export const claimsBrowsers = ({ folder, manifest }) =>
  Boolean(manifest.exports) && /browser/i.test(readFileSync(join(folder, 'README.md'), 'utf8'));

/** @returns {string | null} */
export function findChromium() {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'];
  return places.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/**
 * Builds a page of the README's examples that need no Node, or of the package's entry point where all
 * do, and compares what it prints in Chromium with what the README shows.
 *
 * @param {string} folder the user's project
 * @param {Packed} packed
 * @returns {Promise<string>} what was done
 */
export async function usePage(folder, packed) {
  const site = join(folder, `page-${packed.name.replaceAll(/[^a-z0-9]+/g, '-')}`);
  mkdirSync(site);
  const example = exampleOf(packed);
  writeFileSync(join(site, 'index.html'), '<script type="module" src="./main.ts"></script>');
  writeFileSync(join(site, 'main.ts'), `${example.code}\nconsole.log('THE END');\n`);
  const outDir = join(site, 'dist');
  await build({ root: site, logLevel: 'error', build: { outDir, target: 'es2022' } });
  const executablePath = findChromium();
  if (!executablePath) return 'built; SKIPPED in Chromium, of which there is none';
  const server = await preview({
    root: site,
    logLevel: 'silent',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const printed = await print(browser, server.resolvedUrls?.local[0] ?? '');
    check(printed, example.output);
    return `${printed.length} lines printed in Chromium`;
  } finally {
    await browser.close();
    await server.close();
  }
}

/** @param {Packed} packed @returns {{ code: string, output: string | null }} */
function exampleOf({ name, folder }) {
  const page = readPage(readFileSync(join(folder, 'README.md'), 'utf8'));
  const runnable = programs(page).find(
    ({ notRun, code }) => notRun === null && !/['"](?:node:|[^'"]+\/node['"])/.test(code),
  );
  if (runnable) return runnable;
  const code = `import * as all from '${name}';\nconsole.log(Object.keys(all).length > 0);`;
  return { code, output: 'true' };
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @returns {Promise<string[]>} the lines that the page printed
 */
async function print(browser, url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const lines = [];
  /** @type {Error[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error));
  const ended = page.waitForEvent('console', {
    predicate: (message) => message.text() === 'THE END',
    timeout: 60_000,
  });
  page.on('console', (message) => lines.push(message.text()));
  await page.goto(url);
  await ended.catch(() => {
    throw new Error(`the page did not end: ${errors.map(String).join('; ') || 'no error'}`);
  });
  return lines.slice(0, -1);
}

/**
 * Objects and arrays are printed in other words by a browser; their number of lines is not compared.
 *
 * @param {string[]} printed
 * @param {string | null} expected
 */
function check(printed, expected) {
  if (printed.length === 0) throw new Error('the page printed nothing');
  const simple = expected?.trim().split('\n') ?? [];
  const comparable =
    simple.length === printed.length && simple.every((line) => !/[[{(]/.test(line));
  if (comparable && simple.join('\n') !== printed.join('\n')) {
    throw new Error(`the page printed\n${printed.join('\n')}\ninstead of\n${simple.join('\n')}`);
  }
}
