import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const quick = (out: string, parts: string, ...more: string[]) =>
  intertwiner(['reproduce', 'kernels', '--quick', '--out', out, '--parts', parts, ...more]);

describe('reproduce kernels', { timeout: runTimeout }, () => {
  it('goes on where it was interrupted, and ends with the same bytes', async () => {
    const [whole, broken] = [join(folder(), 'whole'), join(folder(), 'broken')];
    const first = await quick(whole, 'toy,spectra,trained-pairs,trained-classes', '--json');
    expect(first.code).toBe(0);
    const document = JSON.parse(first.stdout);
    expect(document.toy).toHaveLength(11);
    // The values of papers on two circles.
    expect(document.toy[0].spectral).toBeCloseTo(0.539969512802, 11);
    expect(document.cyclic.exact[0]).toBeCloseTo(document.cyclic.direct[0], 9);
    expect(Math.abs(document.cyclic.exact[0] - document.cyclic.circularised)).toBeGreaterThan(0.1);
    expect(document.trainedPairs).toHaveLength(4);
    for (const { lacking, seen, othersLacking } of document.trainedClasses) {
      for (const { mean } of [lacking, seen, othersLacking]) {
        expect(mean).toBeGreaterThanOrEqual(0);
        expect(mean).toBeLessThanOrEqual(1);
      }
      // Sixty steps are enough to be better than chance on what was seen.
      expect(seen.mean).toBeGreaterThan(0.2);
    }
    await quick(broken, 'toy,spectra');
    const records = join(broken, 'records.jsonl');
    const text = await readFile(records, 'utf8');
    await truncate(records, Math.floor(text.length / 2));
    await appendFile(records, '{"key":"toy/');
    const second = await quick(broken, 'toy,spectra,trained-pairs,trained-classes', '--json');
    expect(second.stdout).toBe(first.stdout);
    const page = (at: string) => readFile(join(at, 'report.html'), 'utf8');
    expect(await page(broken)).toBe(await page(whole));
    expect(await page(whole)).toContain('Trained on pairs');
  });

  it('sees invariance go with θ, in a folder that knew fewer settings', async () => {
    const out = join(folder(), 'relaxation');
    expect((await quick(out, 'toy')).code).toBe(0);
    const path = join(out, 'settings.json');
    const { relaxation, ...older } = JSON.parse(await readFile(path, 'utf8'));
    expect(relaxation.thetas).toEqual([0, 1]);
    await writeFile(path, JSON.stringify(older));
    const { stdout } = await quick(out, 'toy,relaxation', '--json');
    const [strict, free] = JSON.parse(stdout).relaxation;
    // Float32 Jacobians of a strictly equivariant network; W is left out of what is measured.
    for (const { mean } of [strict.before.invariantShare, strict.after.invariantShare]) {
      expect(mean).toBeCloseTo(1, 6);
    }
    for (const { mean } of [free.before.invariantShare, free.after.invariantShare]) {
      expect(mean).toBeLessThan(0.999);
    }
    expect(free.measured.moved.mean).toBe(free.measured.plain.mean);
  });

  it('refuses results of other settings, and parts that do not exist', async () => {
    const out = join(folder(), 'settings');
    expect((await quick(out, 'toy')).code).toBe(0);
    const other = await quick(out, 'toy', '--seed', '1');
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('holds results of other settings');
    const unknown = await quick(out, 'toys');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("There is no part 'toys'");
  });
});

describe('reproduce cloning', { timeout: runTimeout }, () => {
  it('measures what its parts are for', async () => {
    const { code, stdout } = await intertwiner([
      ...['reproduce', 'cloning', '--quick', '--seeds', '0', '--out', join(folder(), 'cloning')],
      ...['--parts', 'compounding,filters,students,inference', '--json'],
    ]);
    expect(code).toBe(0);
    const { compounding, filters, students, inference } = JSON.parse(stdout);
    expect(compounding.map(({ steps }: { steps: number }) => steps)).toEqual([50, 100]);
    for (const { first, second, independent } of compounding) {
      expect(first.mean).toBeGreaterThan(0);
      expect(independent.mean).toBeCloseTo(Math.hypot(first.mean, second.mean), 9);
    }
    expect(filters).toHaveLength(7);
    for (const { key, parameters, operations } of students) {
      const steps = Number(key.split('/').at(-1));
      expect(operations).toBe(6 * parameters * steps * 64);
    }
    // Two networks of the quick sizes, both measured.
    for (const { teacher, clone } of inference) {
      expect(teacher).toBeGreaterThan(0);
      expect(clone).toBeGreaterThan(0);
    }
  });
});
