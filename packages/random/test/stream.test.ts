import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random, resumeRandom } from '@intertwiner/random';

const draws = 200_000;

describe('random', () => {
  it('repeats itself for the same seed and path, and differs for any other', () => {
    const first = (seed: number, ...path: string[]) =>
      random(seed, ...path).fillNormal(new Float64Array(4));
    expect(first(1, 'a')).toEqual(first(1, 'a'));
    const others = [
      first(1, 'a'),
      first(2, 'a'),
      first(1, 'b'),
      first(1),
      first(1, 'a', 'b'),
      first(-1, 'a'),
    ];
    expect(new Set(others.map(String)).size).toBe(others.length);
  });

  it('continues exactly from a saved state, also between the two normals of a pair', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 50 }), (seed, before) => {
        const stream = random(seed, 'resume');
        for (let i = 0; i < before; i++) stream.normal();
        const copy = resumeRandom(JSON.parse(JSON.stringify(stream.state())));
        expect(Array.from({ length: 8 }, () => copy.normal())).toEqual(
          Array.from({ length: 8 }, () => stream.normal()),
        );
      }),
      { seed: 1 },
    );
  });

  it('draws normals with the moments of N(0, 1) (5 standard errors)', () => {
    const x = random(3, 'moments').fillNormal(new Float64Array(draws));
    const moment = (power: number) => x.reduce((sum, value) => sum + value ** power, 0) / draws;
    const within = (power: number, expected: number, variance: number) =>
      expect(Math.abs(moment(power) - expected)).toBeLessThan(5 * Math.sqrt(variance / draws));
    within(1, 0, 1);
    within(2, 1, 2);
    within(3, 0, 15);
    within(4, 3, 96);
  });

  it('draws integers without bias (chi-square, 6 degrees of freedom, p > 1e-4)', () => {
    const stream = random(4, 'integers');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < draws; i++) counts[stream.integer(7)]!++;
    const expected = draws / 7;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(27.9);
  });

  it('streams of neighbouring seeds are uncorrelated (5 standard errors)', () => {
    const n = 20_000;
    const [a, b] = [0, 1].map((seed) => random(seed, 'x').fillNormal(new Float64Array(n)));
    const covariance = a!.reduce((sum, value, i) => sum + value * b![i]!, 0) / n;
    expect(Math.abs(covariance)).toBeLessThan(5 / Math.sqrt(n));
  });

  it('permutes', () => {
    expect([...random(5).permutation(9)].sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it('refuses seeds and bounds that are not integers', () => {
    expect(() => random(0.5)).toThrow('expected an integer seed, got 0.5');
    expect(() => random(1).integer(0)).toThrow('expected an integer n from 1 to 2^32, got 0');
  });
});
