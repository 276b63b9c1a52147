import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  checkProjectable,
  constant,
  cosine,
  custom,
  hold,
  linear,
  perEpoch,
  perStep,
  RelaxationError,
  stepwise,
  triangle,
  within,
  type Schedule,
} from '@intertwiner/relaxation';

const all: readonly Schedule[] = [
  triangle(),
  triangle({ start: 0.2, peak: 2, end: 0, turn: 0.3 }),
  linear(),
  linear({ start: 0.5, end: 0.1 }),
  cosine(),
  constant(0.7),
  hold(),
  stepwise([1, 0.5, 0], [0.3, 0.9]),
  custom((p) => (1 - p) ** 2, 'square'),
  within(triangle(), { from: 0.1, until: 0.6 }),
];

describe('schedules', () => {
  it.each(all)('$name is a finite pure function of progress', (schedule) => {
    const progress = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(progress, (p) => {
        const theta = schedule.at(p);
        return Number.isFinite(theta) && theta === schedule.at(p);
      }),
      { seed: 1 },
    );
    expect(schedule.endsAtZero).toBe(schedule.at(1) === 0);
  });

  it('the triangle rises from 0 to 1 at the middle and falls back to exactly 0', () => {
    const values = [0, 0.25, 0.5, 0.75, 1].map(triangle().at);
    expect(values).toEqual([0, 0.5, 1, 0.5, 0]);
  });

  it('start, peak, turn and end are met exactly', () => {
    const schedule = triangle({ start: 0.2, peak: 2, end: 0.1, turn: 0.3 });
    expect([0, 0.3, 1].map(schedule.at)).toEqual([0.2, 2, 0.1]);
  });

  it('within goes through a schedule in its part of the training and holds its ends elsewhere', () => {
    const schedule = within(hold({ start: 2 }), { from: 0.2, until: 0.6 });
    const near = [0, 0.1, 0.2, 0.4, 0.5, 0.6, 1].map(schedule.at);
    [2, 2, 2, 2, 1, 0, 0].forEach((theta, i) => expect(near[i]).toBeCloseTo(theta, 12));
    expect(schedule.at(1)).toBe(0);
    expect(within(cosine()).at(0.3)).toBe(cosine().at(0.3));
    for (const options of [
      { from: -0.1 },
      { until: 1.1 },
      { from: 0.5, until: 0.5 },
      { until: NaN },
    ]) {
      expect(() => within(linear(), options)).toThrow(/expected 0 ≤ from < until ≤ 1/);
    }
  });

  it('linear and cosine agree at the ends and the middle, and fall monotonically', () => {
    // cos(π/2) is 6e-17 in float64, not 0.
    expect(cosine().at(0.5)).toBeCloseTo(linear().at(0.5), 15);
    for (const schedule of [linear(), cosine(), hold(), stepwise()]) {
      const values = Array.from({ length: 101 }, (_, i) => schedule.at(i / 100));
      expect([values[0], values[100]]).toEqual([1, 0]);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    }
  });

  it('hold stays, then falls; stepwise jumps at its boundaries', () => {
    expect([0, 0.49, 0.75, 1].map(hold().at)).toEqual([1, 1, 0.5, 0]);
    expect([0, 0.29, 0.3, 0.9].map(all[7].at)).toEqual([1, 1, 0.5, 0]);
  });

  it('refuses progress outside [0, 1], θ that is not finite and shapes that make no sense', () => {
    expect(() => triangle().at(1.1)).toThrow(/progress must lie between 0 and 1/);
    expect(() => linear().at(NaN)).toThrow(RelaxationError);
    expect(() => custom((p) => 1 / (1 - p))).toThrow(/must be finite/);
    expect(() => triangle({ turn: 1 })).toThrow(/turn must lie/);
    expect(() => stepwise([1, 0], [0.7, 0.3])).toThrow(/one value more than boundaries/);
    expect(() => stepwise([1, 0, 0], [0.7, 0.3])).toThrow(/rise strictly/);
  });

  it('per step: first and last step have the ends of the schedule', () => {
    const theta = perStep(triangle(), 5);
    expect([0, 1, 2, 3, 4].map(theta)).toEqual([0, 0.5, 1, 0.5, 0]);
    expect(perStep(linear(), 1)(0)).toBe(0);
  });

  it('per epoch: constant within an epoch, 0 in the last', () => {
    const theta = perEpoch(triangle(), 3, 2);
    expect([0, 1, 2, 3, 4, 5].map(theta)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(() => perEpoch(triangle(), 0, 2)).toThrow(/epochs must be a positive integer/);
  });

  it('dropping W is refused, with the remedy, where the schedule does not end at 0', () => {
    for (const schedule of all.filter(({ endsAtZero }) => endsAtZero)) {
      expect(() => checkProjectable(schedule, 'drop')).not.toThrow();
    }
    expect(() => checkProjectable(constant(1), 'drop')).toThrow(
      /ends at θ = 1.*Use a schedule that ends at 0 .*'fold'/,
    );
    expect(() => checkProjectable(constant(1), 'fold')).not.toThrow();
    expect(() => checkProjectable(constant(1), 'none')).not.toThrow();
  });
});
