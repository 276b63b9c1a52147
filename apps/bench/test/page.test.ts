/** `bench page` on pages of a few bytes: what it counts, and what it says of a page that fails. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../src/inference/browser.js';
import { benchPage, formatPage } from '../src/page.js';

const noBrowser = findChromium() ? '' : ' SKIPPED: no Chromium';

describe.skipIf(noBrowser)(`bench page${noBrowser}`, { timeout: 120_000 }, () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-page-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('waits for the state ready, and counts requests and bytes of each load anew', async () => {
    const delay = 300;
    const html = '<main>a page</main><script type="module" src="./script.js"></script>';
    const script =
      `const text = await (await fetch('./models/a.onnx')).text();` +
      `setTimeout(() => (document.querySelector('main').dataset.state = text), ${delay});`;
    await writeFile(join(folder, 'index.html'), html);
    await writeFile(join(folder, 'script.js'), script);
    await mkdir(join(folder, 'models'));
    await writeFile(join(folder, 'models/a.onnx'), 'ready');
    const loads = await benchPage(2, folder);
    expect(loads).toHaveLength(2);
    for (const { ms, requests, bytes } of loads) {
      expect(ms).toBeGreaterThan(delay);
      expect({ requests, bytes }).toEqual({
        requests: 3,
        bytes: html.length + script.length + 'ready'.length,
      });
    }
    expect(formatPage(loads)).toMatch(
      /^playground, ready in: best \d+ ms, median \d+ ms, slowest \d+ ms of 2 loads; 3 requests, 0\.0 MB$/,
    );
  });

  it('refuses a page that is not built', async () => {
    await expect(benchPage(1, folder)).rejects.toThrow('Run `pnpm build` first');
  });
});

it('tells best, median and slowest', () => {
  const loads = [900, 700, 2000].map((ms) => ({ ms, requests: 7, bytes: 15.3e6 }));
  expect(formatPage(loads)).toBe(
    'playground, ready in: best 700 ms, median 900 ms, slowest 2000 ms of 3 loads; 7 requests, 15.3 MB',
  );
});
