import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asFiniteGroup, gridAction, group, InexactActionError } from '@intertwiner/groups';

const exact: [string, number, number][] = [
  ['C1', 3, 5],
  ['C2', 3, 5],
  ['D1', 4, 5],
  ['D2', 4, 5],
  ['C4', 5, 5],
  ['C4', 6, 6],
  ['D4', 5, 5],
  ['D4', 6, 6],
  ['T(4,5)', 4, 5],
  ['T(2,5)', 4, 10],
  ['T(1,7)', 3, 7],
];

describe.each(exact)('%s on a %d×%d grid', (spec, height, width) => {
  const g = asFiniteGroup(group(spec as string));
  const action = gridAction(g, { height, width });

  it('is a left action by permutations', () => {
    const element = fc.integer({ min: 0, max: g.order - 1 });
    const pixels = height * width;
    const image = fc.array(fc.float({ noNaN: true }), { minLength: pixels, maxLength: pixels });
    fc.assert(
      fc.property(element, element, image, (a, b, values) => {
        const x = Float32Array.from(values);
        expect(action.apply(a, action.apply(b, x))).toEqual(action.apply(g.multiply(a, b), x));
        expect(action.apply(0, x)).toEqual(x);
        expect(action.apply(a, x)).toEqual(x.map((_, p) => x[action.permutation(a)[p]]));
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  it('is faithful', () => {
    expect(new Set(g.elements.map((a) => action.permutation(a).join())).size).toBe(g.order);
  });
});

describe('orientation', () => {
  it('r turns counter-clockwise on the screen, f flips top to bottom', () => {
    const action = gridAction(group('D4'), { height: 2, width: 2 });
    const x = Uint8Array.of(1, 2, 3, 4);
    expect([...action.apply(1, x)]).toEqual([2, 4, 1, 3]);
    expect([...action.apply(4, x)]).toEqual([3, 4, 1, 2]);
  });

  it('T(h,w) rolls down and to the right', () => {
    const action = gridAction(group('T(2,3)'), { height: 2, width: 3 });
    const x = Int32Array.of(1, 2, 3, 4, 5, 6);
    expect([...action.apply(1, x)]).toEqual([3, 1, 2, 6, 4, 5]);
    expect([...action.apply(3, x)]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('moves every image of a batch', () => {
    const action = gridAction(group('C2'), { height: 1, width: 2 });
    expect([...action.apply(1, Float64Array.of(1, 2, 3, 4))]).toEqual([2, 1, 4, 3]);
  });
});

describe('refusals', () => {
  it('says what is not exact, and what would be', () => {
    expect(() => gridAction(group('C5'), { height: 14, width: 14 })).toThrow(InexactActionError);
    expect(() => gridAction(group('C5'), { height: 14, width: 14 })).toThrow(
      'C5 does not map a 14×14 pixel grid onto itself; ' +
        'exact there: C1, C2, C4, D1, D2, D4, T(14,14).',
    );
    expect(() => gridAction(group('C4'), { height: 2, width: 3 })).toThrow(
      'C4 does not map a 2×3 pixel grid onto itself; exact there: C1, C2, D1, D2, T(2,3).',
    );
    expect(() => gridAction(group('T(3,3)'), { height: 14, width: 14 })).toThrow(
      InexactActionError,
    );
    expect(() => gridAction(group('S3'), { height: 3, width: 1 })).toThrow(InexactActionError);
  });

  it('names wrong sizes', () => {
    expect(() => gridAction(group('C2'), { height: 0, width: 2 })).toThrow('positive integers');
    const action = gridAction(group('C2'), { height: 2, width: 2 });
    expect(() => action.apply(1, new Float32Array(5))).toThrow(
      'expected a multiple of 2×2 = 4 values, got 5',
    );
  });
});
