import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();

describe('groups', { timeout: runTimeout }, () => {
  it('prints a character table, and the same as JSON', async () => {
    const text = await intertwiner(['groups', 'S4']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain('order 24, 5 conjugacy classes');
    const { stdout } = await intertwiner(['groups', 'S4', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ order: 24 });
  });

  it('refuses what it does not know, with the nearest that it does', async () => {
    const { code, stderr } = await intertwiner(['groups', 'SO3']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Did you mean 'SO\(3\)'/);
  });
});

describe('basis', { timeout: runTimeout }, () => {
  it('finds the 15 equivariant maps of order two (Bell number 4)', async () => {
    const { code, stdout } = await intertwiner(['basis', 'S5', 'V^2', 'V^2', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rank: 15 });
  });

  it('writes its record, its text and a picture', async () => {
    const out = join(folder(), 'basis');
    const { code, stdout } = await intertwiner(['basis', 'S3', 'V', 'V', '--out', out]);
    expect(code).toBe(0);
    expect(await readFile(join(out, 'basis.txt'), 'utf8')).toBe(stdout);
    expect(JSON.parse(await readFile(join(out, 'basis.json'), 'utf8'))).toMatchObject({ rank: 2 });
    expect(await readFile(join(out, 'basis.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>$/s);
  });

  it('says how many bytes would be needed, and what to do instead', async () => {
    const { code, stderr } = await intertwiner(['basis', 'SO(3)', 'V^9', 'V^9']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^intertwiner: One intertwiner V\^9 → V\^9 .*bytes \(.*GiB\); take bases/,
    );
  });

  it('refuses an expression that names no representation', async () => {
    const { code, stderr } = await intertwiner(['basis', 'S5', 'V^', 'V']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Cannot read the representation 'V\^'/);
  });
});

describe('predict', { timeout: runTimeout }, () => {
  it('says that a pooled network learns cyclic shifts, and writes a report', async () => {
    const out = join(folder(), 'predict');
    const { code, stdout } = await intertwiner([
      ...['predict', '--group', 'Z7', '--arch', 'conv-gap', '--ridge', '1e-6', '--pairs', '4'],
      ...['--digits', '100', '--out', out, '--json'],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ group: 'Z7', n: 7, verdict: 'learns' });
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Will it learn Z7?');
  });

  it('says what would change it: classes, architecture, poses, settings', async () => {
    const out = join(folder(), 'what-if');
    const { code, stdout } = await intertwiner([
      ...['predict', '--group', 'C4', '--pairs', '6', '--digits', '60', '--what-if', '--json'],
      ...['--bias-variance', '0.1', '--input-scaling', 'norm', '--wanted', '0.9', '--out', out],
    ]);
    expect(code).toBe(0);
    const { whatIf, kernel } = JSON.parse(stdout);
    expect(kernel).toContain('biases 0.1');
    expect(whatIf.architectures[0]).toMatchObject({ name: 'pooled', verdict: 'learns' });
    expect(whatIf.poses.curve.map(({ n }: { n: number }) => n)).toEqual([2, 4, 8, 16]);
    expect(whatIf.sensitivities).toHaveLength(4);
    const errors = whatIf.classPairs.map((pair: { exact: { mean: number } }) => pair.exact.mean);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('What would change it');
  });

  it('refuses shifts that do not fit the image, and groups without end', async () => {
    const shifts = await intertwiner(['predict', '--group', 'Z5', '--pairs', '2']);
    expect(shifts.code).toBe(2);
    expect(shifts.stderr).toContain('n must divide it');
    const rotations = await intertwiner(['predict', '--group', 'SO(2)', '--pairs', '2']);
    expect(rotations.code).toBe(2);
    expect(rotations.stderr).toContain('finite group of poses');
  });
});
