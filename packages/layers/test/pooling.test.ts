import * as tf from '@tensorflow/tfjs';
import { group, regular } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  GlobalPool,
  GroupPool,
  imageAction,
  invariant,
  SpatialPool2d,
  vectorAction,
  type Action,
} from '@intertwiner/layers';
import { gaussian, maxDifference, planarGroups, reload, withoutLeak } from './support.js';

const modes = ['mean', 'max'] as const;
/** Means of ≤ 128 numbers in another order: √128·2⁻²⁴ ≈ 7e-7; maxima are exact. */
const tolerance = 2e-6;
const side = 4;

const cases = planarGroups.flatMap((name) => modes.map((mode) => ({ name, mode })));

describe.each(cases)('pooling under $name by $mode', ({ name, mode }) => {
  const g = group(name);
  const size = { height: side, width: side };
  const channels = 2 * g.order;
  const input = imageAction(g, { ...size, channels, field: 'regular' });
  const largestError = async (layer: tf.layers.Layer | tf.Sequential, output: Action) => {
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const options = { group: g, input, output, samples: 4 };
    return (await withoutLeak(() => equivarianceError(f, options))).max;
  };

  it('GroupPool turns a regular into a scalar field', async () => {
    const output = imageAction(g, { ...size, channels: 2 });
    const error = await largestError(new GroupPool({ group: name, mode }), output);
    expect(error).toBeLessThan(tolerance);
  });

  it('GlobalPool leaves two copies of the regular representation', async () => {
    const perChannel = tf.sequential({
      layers: [
        new GlobalPool({ mode, inputShape: [side, side, channels] }),
        tf.layers.reshape({ targetShape: [2, g.order] }),
      ],
    });
    const error = await largestError(perChannel, vectorAction(regular(g), [2]));
    expect(error).toBeLessThan(tolerance);
  });

  it('SpatialPool2d keeps a regular field', async () => {
    const half = { height: side / 2, width: side / 2 };
    const output = imageAction(g, { ...half, channels, field: 'regular' });
    expect(await largestError(new SpatialPool2d({ mode }), output)).toBeLessThan(tolerance);
  });

  it('GlobalPool and GroupPool together are invariant, also after saving and loading', async () => {
    const model = tf.sequential({
      layers: [
        new GlobalPool({ mode, inputShape: [side, side, channels] }),
        new GroupPool({ group: g, mode }),
      ],
    });
    expect(await largestError(model, invariant(g))).toBeLessThan(tolerance);
    const loaded = await reload(model);
    tf.tidy(() => {
      const x = gaussian([3, side, side, channels], 'x');
      expect(maxDifference(model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor)).toBe(0);
    });
    expect(loaded.layers.map((layer) => layer.getConfig())).toEqual(
      model.layers.map((layer) => layer.getConfig()),
    );
  });
});

describe('pooling of bad input', () => {
  const named = { name: 'mine' };

  it('names what does not fit', () => {
    tf.tidy(() => {
      const image = tf.zeros([1, 5, 4, 6]);
      expect(() => new SpatialPool2d(named).apply(image)).toThrow(
        'mine: blocks of 2 do not tile a side of 5 pixels',
      );
      expect(() => new GroupPool({ group: 'C4', ...named }).apply(image)).toThrow(
        'mine: expected a feature axis that is a multiple of |C4| = 4, got 6.',
      );
    });
    expect(() => new GlobalPool({ mode: 'sum' as 'mean' })).toThrow("got 'sum'");
    expect(() => new SpatialPool2d({ size: 1.5 })).toThrow('positive integer, got 1.5');
  });

  it('lets tf.layers infer shapes with unknown sides', () => {
    const pool = new SpatialPool2d();
    expect(pool.computeOutputShape([null, null, 8, 3])).toEqual([null, null, 4, 3]);
  });
});
