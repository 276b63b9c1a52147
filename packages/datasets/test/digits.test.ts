import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DatasetError,
  relabelMoved,
  selectDigits,
  splitDigits,
  type Digits,
} from '@intertwiner/datasets';

/** `count` images of 1 × 2 pixels that carry their own index. */
function numbered(count: number): Digits<Uint8Array> {
  return {
    name: 'numbered',
    source: 'test',
    images: Uint8Array.from({ length: 2 * count }, (_, i) => i >> 1),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
    count,
    height: 1,
    width: 2,
  };
}

describe('splitDigits', () => {
  it('parts share no image, keep each image with its label, and depend on the seed', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.integer(), (train, test, seed) => {
        const split = splitDigits(numbered(200), { train, test, seed });
        expect([split.train.count, split.test.count]).toEqual([train, test]);
        const seen = [...split.train.images, ...split.test.images].filter((_, i) => i % 2 === 0);
        expect(new Set(seen).size).toBe(train + test);
        expect([...split.train.labels, ...split.test.labels]).toEqual(seen.map((i) => i % 10));
      }),
      { seed: 1 },
    );
    const order = (seed: number) => splitDigits(numbered(200), { train: 99, test: 1, seed }).train;
    expect(order(1)).toEqual(order(1));
    expect(order(1).images).not.toEqual(order(2).images);
  });

  it('refuses to split more than there is', () => {
    const split = () => splitDigits(numbered(10), { train: 8, test: 3, seed: 1 });
    expect(split).toThrow(DatasetError);
    expect(split).toThrow(
      'numbered: expected at least 8 + 3 images for training and test, found 10',
    );
  });
});

it('selectDigits keeps the order asked for and refuses indices that do not exist', () => {
  expect([...selectDigits(numbered(20), [7, 7, 3]).labels]).toEqual([7, 7, 3]);
  expect(() => selectDigits(numbered(2), [2])).toThrow('expected indices from 0 to 1, got 2');
});

describe('relabelMoved', () => {
  it('keeps what was not moved and adds modulo the number of classes', () => {
    expect([...relabelMoved([3, 9, 9], [0, 0, 2])]).toEqual([3, 9, 0]);
    expect([...relabelMoved([3, 9, 0], [1, 3, 1], { by: -1 })]).toEqual([2, 8, 9]);
    expect([...relabelMoved([2, 1], [1, 1], { by: 5, classes: 3 })]).toEqual([1, 0]);
  });

  it('refuses marks that do not match the labels', () => {
    expect(() => relabelMoved([1], [0, 1])).toThrow(
      'expected as many marks as labels, got 2 and 1',
    );
  });
});
