import * as tf from '@tensorflow/tfjs';
import { group } from '@intertwiner/groups';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assertEquivariant,
  equivarianceError,
  GroupConv2d,
  imageAction,
  LiftingConv2d,
} from '@intertwiner/layers';
import {
  build,
  freeWeights,
  gaussian,
  maxDifference,
  paddings,
  planarGroups,
  randomiseWeights,
  reload,
  rounding,
  withoutLeak,
  type PlanarName,
} from './support.js';

const side = 6;
const filters = 3;
const cases = planarGroups.flatMap((name) => paddings.map((padding) => ({ name, padding })));
const kinds = ['LiftingConv2d', 'GroupConv2d'] as const;
type Kind = (typeof kinds)[number];
const classes = { LiftingConv2d, GroupConv2d };
const inputField = { LiftingConv2d: 'scalar', GroupConv2d: 'regular' } as const;

/** A layer of each kind with random weights, and the actions on its input and output. */
function setup(kind: Kind, name: PlanarName, config: object = {}) {
  const g = group(name);
  const size = { height: side, width: side };
  const Layer = classes[kind];
  const layer = new Layer({ group: name, filters, kernelSize: 3, ...config });
  const channels = 2 * (kind === 'LiftingConv2d' ? 1 : g.order);
  const field = inputField[kind];
  build(layer, [side, side, channels]);
  randomiseWeights(layer);
  const output = imageAction(g, { ...size, channels: filters * g.order, field: 'regular' });
  return { g, layer, channels, input: imageAction(g, { ...size, channels, field }), output };
}

let tensors = 0;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

describe.each(kinds)('%s', (kind) => {
  it.each(cases)('is equivariant under $name with $padding padding', async (c) => {
    const { g, layer, input, output } = setup(kind, c.name, { padding: c.padding });
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const options = { group: g, input, output, samples: 4, tolerance: rounding };
    const report = await withoutLeak(() => assertEquivariant(f, options));
    expect(report.perElement).toHaveLength(g.order);
    freeWeights(layer);
  });

  it('commutes with every cyclic shift under circular padding', async () => {
    const torus = group(`T(${side},${side})`);
    const { g, layer, channels } = setup(kind, 'D4', { padding: 'circular' });
    const action = (depth: number) =>
      imageAction(torus, { height: side, width: side, channels: depth });
    const report = await equivarianceError((x) => layer.apply(x) as tf.Tensor, {
      group: torus,
      input: action(channels),
      output: action(filters * g.order),
      samples: 2,
    });
    expect(report.max).toBeLessThan(rounding);
    freeWeights(layer);
  });

  it('is caught when one weight of one orientation is broken', async () => {
    const { g, layer, input, output } = setup(kind, 'D4');
    const broken = (x: tf.Tensor) => {
      const filter = layer.expandedFilter().bufferSync();
      filter.set(filter.get(0, 0, 0, 1) + 1, 0, 0, 0, 1);
      return tf.conv2d(x as tf.Tensor4D, filter.toTensor() as tf.Tensor4D, 1, 'same');
    };
    const report = await withoutLeak(() =>
      equivarianceError(broken, { group: g, input, output, samples: 4 }),
    );
    expect(report.mean).toBeGreaterThan(0.01);
    expect(report.perElement[0].error).toBe(0);
    freeWeights(layer);
  });

  it.each(paddings)('equals the ordinary convolution with its expanded weights (%s)', (padding) => {
    const { layer, channels } = setup(kind, 'C4', { padding });
    tf.tidy(() => {
      const x = gaussian([2, side, side, channels], 'x') as tf.Tensor4D;
      const tiled = tf.tile(x, [1, 3, 3, 1]) as tf.Tensor4D;
      const plain = (image: tf.Tensor4D) =>
        tf.conv2d(image, layer.expandedFilter(), 1, 'same').add(layer.expandedBias());
      // A circular convolution is the middle of the convolution of the tiled image.
      const expected =
        padding === 'same'
          ? plain(x)
          : plain(tiled).slice([0, side, side, 0], [2, side, side, filters * 4]);
      expect(maxDifference(layer.apply(x) as tf.Tensor, expected)).toBeLessThan(1e-4);
    });
    freeWeights(layer);
  });

  it('lets gradients through to kernel, bias and input: they match central differences', () => {
    const { layer, channels } = setup(kind, 'C4', { padding: 'circular' });
    tf.tidy(() => {
      const x = gaussian([2, side, side, channels], 'x');
      const weights = layer.trainableWeights.map((w) => w.read() as tf.Variable);
      const loss = (image: tf.Tensor) =>
        tf.mean(tf.square(layer.apply(image) as tf.Tensor)) as tf.Scalar;
      const { grads } = tf.variableGrads(() => loss(x), weights);
      for (const weight of weights) {
        const direction = gaussian(weight.shape, 'direction');
        const slope = tf.sum(tf.mul(grads[weight.name], direction)).dataSync()[0];
        const start = weight.clone();
        const at = (t: number) => {
          weight.assign(start.add(direction.mul(t)));
          return loss(x).dataSync()[0];
        };
        // The loss is quadratic in the weights, so the central difference has no truncation error.
        const difference = at(0.5) - at(-0.5);
        weight.assign(start);
        expect(Math.abs(slope - difference) / Math.abs(difference)).toBeLessThan(1e-3);
      }
      expect(tf.norm(tf.grad((image) => loss(image))(x)).dataSync()[0]).toBeGreaterThan(0);
    });
    freeWeights(layer);
  });

  it('survives saving and loading unchanged', async () => {
    const { layer, channels } = setup(kind, 'D2', { padding: 'circular', useBias: true });
    const model = tf.sequential({
      layers: [tf.layers.inputLayer({ inputShape: [side, side, channels] }), layer],
    });
    const loaded = await reload(model);
    expect(loaded.layers[1].getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const x = gaussian([2, side, side, channels], 'x');
      expect(maxDifference(model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor)).toBe(0);
    });
    freeWeights(model, loaded);
  });

  it('starts from N(0, 2/fan-in) weights of its seed (5 standard errors)', () => {
    const g = group('C4');
    const depth = kind === 'LiftingConv2d' ? 32 : 32 * g.order;
    const Layer = classes[kind];
    const values = ['a', 'a', 'b'].map((name) => {
      const layer = new Layer({ group: g, filters: 32, kernelSize: 3, seed: 5, name });
      layer.build([null, side, side, depth]);
      const kernel = layer.getWeights()[0].dataSync<'float32'>();
      freeWeights(layer);
      return kernel;
    });
    expect(values[0]).toEqual(values[1]);
    expect(values[0]).not.toEqual(values[2]);
    const kernel = values[0];
    const variance = kernel.reduce((sum, w) => sum + w * w, 0) / kernel.length;
    const expected = 2 / (9 * depth);
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / kernel.length));
  });

  it('takes a stride only where it keeps the symmetry', async () => {
    const strided = { group: 'D4', filters, kernelSize: 3, strides: 2 };
    const Layer = classes[kind];
    expect(() => new Layer(strided).build([null, 6, 6, 8])).toThrow(
      'strides of 2 on 6×6 pixels break the symmetry: D4 moves 100 % of the pixels kept onto others',
    );
    expect(() => new Layer(strided).build([null, null, null, 8])).toThrow('known height and width');
    const g = group('D4');
    const field = inputField[kind];
    const layer = new Layer(strided);
    await assertEquivariant((x) => layer.apply(x) as tf.Tensor, {
      group: g,
      input: imageAction(g, { height: 7, width: 7, channels: 8, field }),
      output: imageAction(g, { height: 4, width: 4, channels: 8 * filters, field: 'regular' }),
      samples: 2,
      tolerance: rounding,
    });
    freeWeights(layer);
  });

  it('keeps C2 and D2 on oblong images', async () => {
    const Layer = classes[kind];
    for (const name of ['C2', 'D2'] as const) {
      const g = group(name);
      const layer = new Layer({ group: g, filters, kernelSize: 5 });
      const size = { height: 4, width: 7 };
      const field = inputField[kind];
      const channels = filters * g.order;
      const report = await equivarianceError((x) => layer.apply(x) as tf.Tensor, {
        group: g,
        input: imageAction(g, { ...size, channels, field }),
        output: imageAction(g, { ...size, channels, field: 'regular' }),
        samples: 2,
      });
      expect(report.max).toBeLessThan(rounding);
      freeWeights(layer);
    }
  });

  it('refuses what it cannot be equivariant with', () => {
    const Layer = classes[kind];
    const args = { group: 'C4', filters: 2, kernelSize: 3, name: 'mine' };
    expect(() => new Layer({ ...args, group: 'C8' })).toThrow(
      'mine: the group C8 does not act exactly on a pixel grid; exact are C1, C2, C4, D1, D2, D4.',
    );
    expect(() => new Layer({ ...args, kernelSize: 4 })).toThrow('mine: kernelSize must be an odd');
    expect(() => new Layer({ ...args, filters: 0 })).toThrow('filters must be a positive integer');
    expect(() => new Layer({ ...args, padding: 'valid' as 'same' })).toThrow("got 'valid'");
    expect(() => new Layer(args).expandedFilter()).toThrow('has no weights before it is built');
  });
});

it('keeps the variance through 10 layers with ReLUs', () => {
  const args = { group: 'C4', filters: 64, kernelSize: 3, padding: 'circular' } as const;
  const layers = Array.from({ length: 10 }, (_, i) =>
    i === 0
      ? new LiftingConv2d({ ...args, name: 'variance0' })
      : new GroupConv2d({ ...args, name: `variance${i}` }),
  );
  tf.tidy(() => {
    // The first layer has no ReLU before it, and doubles the variance of its input 1/2.
    const x = gaussian([2, 4, 4, 8], 'x').mul(Math.SQRT1_2);
    const y = layers.reduce<tf.Tensor>(
      (value, layer, i) => layer.apply(i === 0 ? value : tf.relu(value)) as tf.Tensor,
      x,
    );
    const power = tf.mean(tf.square(y)).dataSync()[0];
    // Behind a ReLU the mean dominates, and is one random number per channel: with 64 of them a
    // layer multiplies the power by 1 ± √(5/64), ten by e^{±0.9}; two standard deviations.
    expect(Math.abs(Math.log(power))).toBeLessThan(1.8);
  });
  freeWeights(...layers);
});

it('GroupConv2d names the group when the feature axis is no regular field', () => {
  const layer = new GroupConv2d({ group: 'C4', filters: 2, kernelSize: 3 });
  expect(() => layer.build([null, 6, 6, 6])).toThrow('a multiple of |C4| = 4');
});

it('refuses to wrap more pixels than there are', () => {
  const layer = new LiftingConv2d({ group: 'C4', filters: 1, kernelSize: 7, padding: 'circular' });
  tf.tidy(() => {
    expect(() => layer.apply(tf.zeros([1, 2, 2, 1]))).toThrow('cannot wrap 3 pixels around');
  });
  freeWeights(layer);
});
