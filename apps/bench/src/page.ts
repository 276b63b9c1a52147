/** How long the built playground takes to answer in a headless Chromium, and what it fetches for that. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Request } from 'playwright-core';
import { Command } from 'commander';
import { findChromium } from './inference/browser.js';
import { serve } from './serve.js';
import { spread } from './train/statistics.js';

/** What the page promises: a visitor does not wait longer on a machine like those in use. */
export const pageLimitMs = 3000;

const playground = fileURLToPath(new URL('../../playground/dist', import.meta.url));

export interface PageLoad {
  /** Milliseconds from the address to the state `ready`, in which all networks have answered. */
  readonly ms: number;
  readonly requests: number;
  /** Of the answers' bodies; nothing is compressed here. */
  readonly bytes: number;
}

/**
 * Loads the page again and again, each time without a cache.
 *
 * @throws {Error} if there is no Chromium, the page is not built, or does not become ready.
 */
export async function benchPage(rounds: number, folder = playground): Promise<PageLoad[]> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium here; install one, or name it in CHROMIUM');
  if (!existsSync(join(folder, 'index.html'))) {
    throw new Error('The page is not built. Run `pnpm build` first.');
  }
  const { chromium } = await import('playwright-core');
  const { server, origin } = await serve({ page: () => folder });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const loads: PageLoad[] = [];
    for (let i = 0; i < rounds; i++) loads.push(await load(browser, `${origin}/page/index.html`));
    return loads;
  } finally {
    await browser.close();
    server.close();
  }
}

async function load(browser: Browser, url: string): Promise<PageLoad> {
  // A context of its own has an empty cache.
  const context = await browser.newContext();
  const finished: Request[] = [];
  context.on('requestfinished', (request) => finished.push(request));
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('main[data-state="ready"]', { timeout: 120_000 });
  const ms = performance.now() - start;
  const sizes = await Promise.all(finished.map((request) => request.sizes()));
  await context.close();
  const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
  return { ms, requests: sizes.length, bytes };
}

/** A line for people. */
export function formatPage(loads: readonly PageLoad[]): string {
  const { median, min, max } = spread(loads.map(({ ms }) => ms));
  const { requests, bytes } = loads.at(-1)!;
  return (
    `playground, ready in: best ${min.toFixed(0)} ms, median ${median.toFixed(0)} ms, ` +
    `slowest ${max.toFixed(0)} ms of ${loads.length} loads; ` +
    `${requests} requests, ${(bytes / 1e6).toFixed(1)} MB`
  );
}

export const pageCommand = new Command('page')
  .description('loads of the built playground in a headless Chromium, without a cache')
  .option('--rounds <n>', 'loads', Number, 7)
  .action(async ({ rounds }: { rounds: number }) => {
    const loads = await benchPage(rounds);
    process.stdout.write(`${formatPage(loads)}\n`);
    const { median } = spread(loads.map(({ ms }) => ms));
    process.exitCode = median > pageLimitMs ? 1 : 0;
  });
