/** The built page in a real Chromium, by clicks. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const executablePath = [
  process.env['CHROMIUM'],
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
].find((path) => path !== undefined && existsSync(path));

test('the models of the page fit in a megabyte', async () => {
  const sizes = await Promise.all(
    ['teacher', 'clone', 'scratch'].map((name) => stat(`${root}/public/models/${name}.onnx`)),
  );
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1e6);
});

test('the command that trains them still runs', { timeout: 240_000 }, async () => {
  const out = await mkdtemp(join(tmpdir(), 'playground-'));
  const sizes = ['--steps', '2', '--epochs', '1', '--digits', '64'];
  const args = [`${root}/scripts/trainModels.mjs`, ...sizes, '--out', out];
  await promisify(execFile)(process.execPath, args);
  expect((await readdir(out)).sort()).toEqual(['clone.onnx', 'scratch.onnx', 'teacher.onnx']);
  await rm(out, { recursive: true });
});

const skipped = executablePath ? '' : ' SKIPPED: no Chromium; install one or name it in CHROMIUM';

describe.skipIf(!executablePath)(`the page in Chromium${skipped}`, { timeout: 240_000 }, () => {
  let server: PreviewServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    if (!existsSync(`${root}/dist/index.html`)) {
      throw new Error('The page is not built. Run `pnpm build` first.');
    }
    server = await preview({ root, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'silent' });
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await open(page);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (page: Page) => {
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForSelector('main[data-state="ready"]', { timeout: 120_000 });
  };
  const label = (name: string) => page.textContent(`#answer-${name} .label`);
  const poses = async (name: string) => page.locator(`#poses-${name} td`).allTextContents();
  /** Clicks, and waits until the networks have answered. */
  const click = async (selector: string) => {
    const answered = () => page.evaluate<string>("document.querySelector('main').dataset.answered");
    const before = await answered();
    await page.click(selector);
    await page.waitForFunction(`document.querySelector('main').dataset.answered !== '${before}'`);
  };

  // How long that takes is measured by `bench page`; what it costs is the same on every machine.
  test('is ready after eight requests and 16 MB at most', async () => {
    const context = await browser.newContext();
    const finished: Request[] = [];
    context.on('requestfinished', (request) => finished.push(request));
    const fresh = await context.newPage();
    await open(fresh);
    const sizes = await Promise.all(finished.map((request) => request.sizes()));
    await context.close();
    // The page, its style and script, the runtime, three networks; browsers may ask for an icon.
    expect(sizes.length).toBeGreaterThanOrEqual(7);
    expect(sizes.length).toBeLessThanOrEqual(8);
    // 14.2 MB are onnxruntime-web, 0.9 the networks: room for code, not for a second runtime.
    const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    expect(bytes).toBeGreaterThan(1e6);
    expect(bytes).toBeLessThan(16e6);
  });

  test('all three networks know most upright digits', async () => {
    const right = { teacher: 0, clone: 0, scratch: 0 };
    for (let digit = 0; digit < 10; digit++) {
      await click(`#take-${digit}`);
      for (const name of Object.keys(right) as (keyof typeof right)[]) {
        if ((await label(name)) === String(digit)) right[name]++;
      }
    }
    // Drawn digits at 8 × 8 pixels: each network knows some 85 to 99 % of them.
    for (const count of Object.values(right)) expect(count).toBeGreaterThanOrEqual(6);
  });

  test('a quarter turn changes nothing for the C4 network, little for the clone', async () => {
    await click('#take-4');
    const before = { teacher: await label('teacher'), scratch: await label('scratch') };
    await click('#left');
    expect(await label('teacher')).toBe(before.teacher);
    const error = async (name: string) => Number((await poses(name))[4]);
    // Half precision has 11 bits; sums in another order differ by a few roundings.
    expect(await error('teacher')).toBeLessThan(0.01);
    expect(await error('scratch')).toBeGreaterThan(0.2);
    expect(await error('clone')).toBeLessThan((await error('scratch')) / 2);
    expect((await poses('teacher')).slice(0, 4)).toEqual(Array(4).fill(before.teacher));
    await click('#right');
    expect(await label('scratch')).toBe(before.scratch);
  });

  test('a drawing and a turn of the slider are answered', async () => {
    await click('#clear');
    const { x, y } = (await page.locator('#digit').boundingBox())!;
    await page.mouse.move(x + 160, y + 60);
    await page.mouse.down();
    await page.mouse.move(x + 160, y + 260, { steps: 12 });
    await page.mouse.up();
    const ink = () =>
      page.evaluate<number>(`(() => {
        const canvas = document.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 0 && value > 128).length;
      })()`);
    // A stroke of 200 × 32 screen pixels.
    expect(await ink()).toBeGreaterThan(4000);
    expect(await ink()).toBeLessThan(12_000);
    const upright = await poses('scratch');
    await page.locator('#angle').fill('45');
    expect(await page.textContent('#degrees')).toBe('45°');
    const error = "document.querySelectorAll('#poses-scratch td')[4].textContent";
    await page.waitForFunction(`${error} !== '${upright[4]}'`);
    const path = process.env['INTERTWINER_SCREENSHOT'];
    const picture = await page.screenshot(path ? { path } : {});
    expect(picture.length).toBeGreaterThan(10_000);
    expect(complaints).toEqual([]);
  });

  test('says so when a network is missing', async () => {
    const other = await browser.newPage();
    await other.route('**/clone.onnx', (route) => route.fulfill({ status: 404, body: '' }));
    await other.goto(server.resolvedUrls!.local[0]!);
    await other.waitForSelector('main[data-state="failed"]', { timeout: 120_000 });
    expect(await other.textContent('#status')).toMatch(/did not load.*clone\.onnx: 404/);
    await other.close();
  });

  test('needs nothing but its folder', async () => {
    const html = await readFile(`${root}/dist/index.html`, 'utf8');
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});
