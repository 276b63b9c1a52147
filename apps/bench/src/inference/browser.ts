/** Contestants in a real Chromium, without a window: served from here, driven by playwright-core. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { firstRun, loadMessage, type Contestant } from '@intertwiner/engine';
import { serve } from '../serve.js';

const require = createRequire(import.meta.url);
const distOf = (name: string): string =>
  join(dirname(require.resolve(`${name}/package.json`)), 'dist');

/** Folders by the first part of the path. */
const folders: Readonly<Record<string, () => string>> = {
  workers: () => fileURLToPath(new URL('../../workers', import.meta.url)),
  'onnxruntime-web': () => dirname(require.resolve('onnxruntime-web')),
  tfjs: () => distOf('@tensorflow/tfjs'),
  'tfjs-backend-wasm': () => distOf('@tensorflow/tfjs-backend-wasm'),
  'tfjs-backend-webgpu': () => distOf('@tensorflow/tfjs-backend-webgpu'),
};

/** Chromium's usual places on Debian and elsewhere; CHROMIUM names another. */
export function findChromium(): string | null {
  const places = [
    process.env['CHROMIUM'],
    ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return places.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** Pages are isolated, which gives them threads and clocks of microseconds. */
const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

type Answer = Record<string, unknown>;

/**
 * A runtime in a Chromium of its own.
 *
 * @throws {Error} if there is no Chromium, or the runtime does not start in it.
 */
export async function browserContestant(
  name: string,
  library: 'onnxruntime' | 'tfjs',
  backend: string,
): Promise<Contestant> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium here; install one, or name it in CHROMIUM');
  const started = performance.now();
  const { server, origin } = await serve(folders, isolated);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
  };
  try {
    // Software rendering, where there is no graphics card: SwiftShader for WebGL.
    const args = ['--no-sandbox', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu'];
    // Not loaded where nothing is asked of it: a packed folder (scripts/gpu-pack.sh) has none.
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath, args, headless: true });
    const page = await browser.newPage();
    await page.goto(`${origin}/workers/page.html`);
    await page.waitForFunction('globalThis.ready !== undefined');
    await page.evaluate(`ready(${JSON.stringify(library)}, ${JSON.stringify(backend)})`);
    return pageContestant(name, page, performance.now() - started, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function pageContestant(
  name: string,
  page: Page,
  startMs: number,
  close: () => Promise<void>,
): Contestant {
  const ask = async (message: Answer): Promise<Answer> => {
    const answer: Answer = await page.evaluate(
      `answer(${JSON.stringify(message)}).catch((error) => ({ error: error.message }))`,
    );
    if (answer['error']) throw new Error(String(answer['error']));
    return answer;
  };
  return {
    name,
    close,
    started: () => true,
    load: async (work) => firstRun(await ask(loadMessage(work)), startMs),
    run: async (milliseconds) => (await ask({ do: 'run', milliseconds }))['times'] as number[],
    memory: async () => (await ask({ do: 'memory' }))['megabytes'] as number | null,
  };
}
