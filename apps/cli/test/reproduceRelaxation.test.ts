import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const quick = (out: string, ...more: string[]) =>
  intertwiner([
    ...['reproduce', 'relaxation', '--quick', '--parts', 'n-body-depth1', '--seeds', '0'],
    ...['--out', out, '--json', ...more],
  ]);

describe('reproduce relaxation', { timeout: runTimeout }, () => {
  it('tunes, trains, compares by seed, and takes no result of other settings', async () => {
    const out = join(folder(), 'run');
    const first = await quick(out);
    expect(first.code).toBe(0);
    const [part] = JSON.parse(first.stdout).parts;
    const [strict, triangle] = part.rows;
    expect([strict.arm, triangle.arm]).toEqual(['strict', 'triangle-0.01']);
    expect(strict.change).toBeNull();
    const change = triangle.projected.mean / strict.projected.mean - 1;
    expect(triangle.change.mean).toBeCloseTo(change, 10);
    expect(triangle.trained).toBeGreaterThan(triangle.parameters);
    expect(await readFile(join(out, 'tables.md'), 'utf8')).toContain('| triangle, λ = 0.01 | 1 |');
    expect(await readFile(join(out, 'picture.svg'), 'utf8')).toContain('n-body-depth1');
    expect((await quick(out, '--report-only')).stdout).toBe(first.stdout);

    const report = join(out, 'report.json');
    const beside = await quick(join(folder(), 'other'), '--report-only', '--beside', report);
    expect(JSON.parse(beside.stdout).parts).toEqual([part]);
    const refused = await quick(out, '--report-only', '--beside', join(out, 'tables.md'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('tables.md is no report.json');

    const records = join(out, 'records.jsonl');
    const text = await readFile(records, 'utf8');
    await writeFile(records, text.replaceAll('"epochs":2', '"epochs":3'));
    const other = await quick(out);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('of other settings');
  });
});
