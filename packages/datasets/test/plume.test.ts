import { describe, expect, it } from 'vitest';
import { advect, smokePlumes, type Field } from '@intertwiner/datasets';
import { random } from '@intertwiner/random';

const n = 12;
const stream = random(3, 'test');
const noise = (): Field => stream.fillNormal(new Float64Array(n * n));
const positive = () => noise().map(Math.abs);
const sum = (field: Field) => field.reduce((a, b) => a + b, 0);
const steps = { steps: 50, timeStep: 0.05 };

/** Counter-clockwise: (y, x) → (n − 1 − x, y) for cells; corners are the upper left ones of cells. */
const turnCells = (field: Field): Field =>
  Float64Array.from(field, (_, at) => field[(at % n) * n + (n - 1 - Math.floor(at / n))]!);
const turnCorners = (field: Field): Field =>
  Float64Array.from(field, (_, at) => field[(at % n) * n + ((n - Math.floor(at / n)) % n)]!);

describe('advect', () => {
  it('keeps the amount of smoke, in any flow and wind', () => {
    const before = positive();
    const flow = { size: n, stream: noise(), wind: [0.7, -0.3], diffusion: 0.1 } as const;
    const after = advect(before, flow, steps);
    expect(sum(after)).toBeCloseTo(sum(before), 10);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(0);
    expect(after).not.toEqual(before);
  });

  it('leaves even smoke as it is, for what enters a cell leaves it', () => {
    const even = new Float64Array(n * n).fill(2);
    const flow = { size: n, stream: noise(), diffusion: 0.1 };
    for (const value of advect(even, flow, steps)) expect(value).toBeCloseTo(2, 12);
  });

  it('commutes with quarter turns, bit by bit, where there is no wind', () => {
    const [before, psi] = [positive(), noise()];
    const after = advect(before, { size: n, stream: psi, diffusion: 0.1 }, steps);
    const turned = advect(
      turnCells(before),
      { size: n, stream: turnCorners(psi), diffusion: 0.1 },
      steps,
    );
    expect(turned).toEqual(turnCells(after));
  });

  it('does not commute with quarter turns in a wind', () => {
    const before = positive();
    const flow = {
      size: n,
      stream: new Float64Array(n * n),
      diffusion: 0.1,
      wind: [1, 0],
    } as const;
    const after = advect(before, flow, steps);
    expect(advect(turnCells(before), flow, steps)).not.toEqual(turnCells(after));
  });

  it('lets a Fourier mode decay at the known rate', () => {
    const [a, b, diffusion] = [1, 2, 0.2];
    const mode = Float64Array.from({ length: n * n }, (_, at) =>
      Math.cos((2 * Math.PI * (a * (at % n) + b * Math.floor(at / n))) / n),
    );
    const flow = { size: n, stream: new Float64Array(n * n), diffusion };
    const after = advect(mode, flow, { steps: 400, timeStep: 0.01 });
    // The grid's own eigenvalue of the Laplacian; Euler's steps of 0.01 are within 1 % of exp.
    const eigenvalue =
      2 * Math.cos((2 * Math.PI * a) / n) + 2 * Math.cos((2 * Math.PI * b) / n) - 4;
    const decay = Math.exp(diffusion * eigenvalue * 4);
    for (const at of [0, 17, 100]) expect(after[at]! / mode[at]!).toBeCloseTo(decay, 2);
    const euler = (1 + 0.01 * diffusion * eigenvalue) ** 400;
    after.forEach((value, at) => expect(value).toBeCloseTo(euler * mode[at]!, 10));
  });

  it('moves smoke with the wind', () => {
    const before = new Float64Array(n * n);
    before[3 * n + 2] = 1;
    const flow = { size: n, stream: new Float64Array(n * n), diffusion: 0, wind: [1, 0] } as const;
    const after = advect(before, flow, { steps: 4, timeStep: 1 });
    expect(after[3 * n + 6]).toBe(1);
  });

  it('refuses a step that is not stable', () => {
    const flow = { size: n, stream: new Float64Array(n * n), diffusion: 1 };
    expect(() => advect(positive(), flow, { steps: 1, timeStep: 0.5 })).toThrow(
      /a step of 0.5 is too long; at most 0.250 is stable/,
    );
  });
});

describe('smokePlumes', () => {
  it('makes samples that depend on seed and place alone', () => {
    const some = smokePlumes({ count: 3, seed: 1 });
    const more = smokePlumes({ count: 5, seed: 1 });
    expect(more.given.subarray(0, some.given.length)).toEqual(some.given);
    expect(more.targets.subarray(0, some.targets.length)).toEqual(some.targets);
    expect(smokePlumes({ count: 3, seed: 2 }).given).not.toEqual(some.given);
  });

  it('keeps the smoke of every sample from frame to frame', () => {
    const { given, targets, size, count, frames } = smokePlumes({
      count: 4,
      seed: 5,
      wind: [1, 0],
    });
    const cells = size * size;
    for (let i = 0; i < count; i++) {
      const total = (from: (p: number) => number) =>
        Array.from({ length: cells }, (_, p) => from(i * cells + p)).reduce((a, b) => a + b, 0);
      const before = total((p) => given[2 * p]!);
      for (let frame = 0; frame < frames; frame++) {
        // float32.
        expect(total((p) => targets[frames * p + frame]!) / before).toBeCloseTo(1, 5);
      }
    }
  });

  it('has the asked for speed', () => {
    const { given, size } = smokePlumes({ count: 40, seed: 0, speed: 0.5 });
    const psi = (i: number, y: number, x: number) =>
      given[2 * ((i * size + ((y + size) % size)) * size + ((x + size) % size)) + 1]!;
    let squares = 0;
    for (let i = 0; i < 40; i++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          squares += ((psi(i, y, x + 1) - psi(i, y, x - 1)) / 2) ** 2;
          squares += ((psi(i, y + 1, x) - psi(i, y - 1, x)) / 2) ** 2;
        }
      }
    }
    // Central differences of corner means see waves of 8 cells some tenth too slow.
    const speed = Math.sqrt(squares / (40 * size * size));
    expect(speed).toBeGreaterThan(0.4);
    expect(speed).toBeLessThan(0.51);
  });

  it('refuses sizes that make no sense', () => {
    expect(() => smokePlumes({ count: 1, seed: 0, size: 2 })).toThrow(/got 1, 2 and 2/);
  });
});
