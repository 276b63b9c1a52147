import * as tf from '@tensorflow/tfjs';
import { group, natural } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  invariant,
  vectorAction,
  VectorNeighbours,
  vnDgcnn,
  vnPointNet,
} from '@intertwiner/layers';
import { freeWeights, gaussian, maxDifference, reload, withoutLeak } from './support.js';

const points = 12;
const small = { points, classes: 3, neighbours: 4, head: 8 };
const networks = [
  {
    name: 'VN-PointNet',
    symmetry: 'SO(3)',
    make: () => vnPointNet({ ...small, channels: [4, 4] }),
  },
  { name: 'VN-DGCNN', symmetry: 'O(3)', make: () => vnDgcnn({ ...small, channels: [4, 5] }) },
  {
    name: 'VN-DGCNN with maxima',
    symmetry: 'O(3)',
    make: () => vnDgcnn({ ...small, channels: [4, 4], pool: 'max', name: 'vnmax' }),
  },
] as const;

describe.each(networks)('$name', ({ symmetry, make }) => {
  it('is invariant under rotations and permutations', async () => {
    const model = make();
    const g = group(symmetry);
    const turned = await withoutLeak(() =>
      equivarianceError(model, {
        group: g,
        input: vectorAction(natural(g), [points]),
        output: invariant(g),
        samples: 3,
      }),
    );
    // A dozen layers with quotients by lengths.
    expect(turned.max).toBeLessThan(1e-4);
    const orders = [1, 2, 3].map((i) => {
      return Int32Array.from({ length: points }, (_, at) => (at * 5 + i) % points);
    });
    tf.tidy(() => {
      const x = gaussian([2, points, 3], 'x');
      const y = model.predict(x) as tf.Tensor;
      for (const order of orders) {
        const moved = model.predict(tf.gather(x, tf.tensor1d(order, 'int32'), 1)) as tf.Tensor;
        expect(maxDifference(moved, y)).toBeLessThan(1e-4);
      }
    });
    freeWeights(model);
  });

  it('has gradients in every weight, and survives saving and loading', async () => {
    const model = make();
    const loaded = await reload(model);
    tf.tidy(() => {
      const x = gaussian([3, points, 3], 'x');
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
      const loss = () => tf.sum(tf.square(model.apply(x) as tf.Tensor)) as tf.Scalar;
      const { grads } = tf.variableGrads(loss);
      for (const { name } of model.trainableWeights) {
        // The choice of the furthest vector passes no gradient to the directions it is made along.
        if (name.startsWith('vnmax_pool')) continue;
        expect(tf.norm(grads[name]).dataSync()[0]).toBeGreaterThan(0);
      }
    });
    freeWeights(model, loaded);
  });
});

describe('VectorNeighbours', () => {
  it('finds the nearest points, each first among its own', () => {
    const layer = new VectorNeighbours({ neighbours: 2, cross: true });
    tf.tidy(() => {
      // Points on a line at 0, 1, 10, 12: nearest pairs (0 1) and (10 12).
      const x = tf.tensor4d(
        [0, 1, 10, 12].flatMap((at) => [at, 1, 0]),
        [1, 4, 3, 1],
      );
      const y = (layer.apply(x) as tf.Tensor).arraySync() as number[][][][];
      const edge = (row: number, part: number) => y[0][row].map((entry) => entry[part]);
      expect(edge(0, 0)).toEqual([0, 0, 0]);
      expect(edge(1, 0)).toEqual([1, 0, 0]);
      expect(edge(5, 0)).toEqual([2, 0, 0]);
      expect(edge(5, 1)).toEqual([10, 1, 0]);
      // (12, 1, 0) × (10, 1, 0) = (0, 0, 2)
      expect(edge(5, 2)).toEqual([0, 0, 2]);
    });
  });

  it('refuses what does not fit', () => {
    const layer = new VectorNeighbours({ neighbours: 5, cross: true, name: 'mine' });
    tf.tidy(() => {
      expect(() => layer.apply(tf.zeros([1, 4, 3, 1]))).toThrow(
        'mine: needs a known number of at least 5',
      );
      expect(() => layer.apply(tf.zeros([1, 6, 2, 1]))).toThrow('vectors of R³, got 2 dimensions');
    });
  });
});
