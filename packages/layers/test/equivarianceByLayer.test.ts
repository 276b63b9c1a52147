import * as tf from '@tensorflow/tfjs';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { expect, it } from 'vitest';
import {
  equivarianceByLayer,
  GlobalPool,
  GroupConv2d,
  GroupPool,
  imageAction,
  invariant,
  LiftingConv2d,
} from '@intertwiner/layers';
import { freeWeights, withoutLeak } from './support.js';

const g = group('C4') as FiniteGroup;
const side = 6;
const input = imageAction(g, { height: side, width: side });

/** A convolution whose bank is right for another order of the elements. */
class Muddled extends GroupConv2d {
  override expandedFilter(): tf.Tensor4D {
    return tf.tidy(() => tf.reverse(super.expandedFilter(), 3));
  }
}

it('shows in which layer a symmetry is lost', async () => {
  const conv = { group: g, filters: 2, kernelSize: 3 } as const;
  const model = tf.sequential({
    layers: [
      new LiftingConv2d({ ...conv, inputShape: [side, side, 1], name: 'lift' }),
      tf.layers.reLU({ name: 'relu' }),
      new Muddled({ ...conv, name: 'muddled' }),
      new GlobalPool({ name: 'pool' }),
      new GroupPool({ group: g, name: 'group' }),
      tf.layers.dense({ units: 2, kernelInitializer: 'ones', name: 'head' }),
    ],
  });
  const last = invariant(g);
  const rows = await withoutLeak(() =>
    equivarianceByLayer(model, { group: g, input, last, samples: 3 }),
  );
  const errors = Object.fromEntries(rows.map(({ layer, report }) => [layer, report!.max]));
  expect(Object.keys(errors)).toEqual(['lift', 'relu', 'muddled', 'pool', 'group', 'head']);
  for (const layer of ['lift', 'relu']) expect(errors[layer]).toBeLessThan(1e-5);
  for (const layer of ['muddled', 'pool']) expect(errors[layer]).toBeGreaterThan(0.01);
  const untold = await equivarianceByLayer(model, { group: g, input, samples: 1 });
  expect(untold.at(-1)!.report).toBeNull();
  freeWeights(model);
});
