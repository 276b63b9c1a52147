import * as tf from '@tensorflow/tfjs';
import { group as groupOf, regular } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  FieldActivation,
  fieldType,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupLayerNormalization,
  GroupPool,
  LiftingConv2d,
  SetLinear,
  SpatialPool2d,
  toPlain,
} from '@intertwiner/layers';
import {
  freeWeights,
  gaussian,
  maxDifference,
  paddings,
  randomiseWeights,
  reload,
} from './support.js';

const modes = ['mean', 'max'] as const;
const cases = paddings.flatMap((padding) => modes.map((mode) => ({ padding, mode })));
const group = 'D4';

/** Class names of all layers, those of nested models too. */
function classNames(model: tf.LayersModel): string[] {
  return model.layers.flatMap((layer) =>
    layer instanceof tf.LayersModel ? classNames(layer) : [layer.getClassName()],
  );
}

function expectPlainTwin(model: tf.LayersModel, plain: tf.LayersModel, shape: number[]): void {
  const own = new Set([
    'LiftingConv2d',
    'GroupConv2d',
    'GroupBatchNormalization',
    'FieldActivation',
    'GroupLayerNormalization',
    'SetLinear',
    'GroupPool',
    'GlobalPool',
    'SpatialPool2d',
  ]);
  expect(classNames(plain).filter((name) => own.has(name))).toEqual([]);
  tf.tidy(() => {
    const x = gaussian([3, ...shape], 'x');
    const [a, b] = [model.predict(x), plain.predict(x)] as [tf.Tensor, tf.Tensor];
    // The same sums in the same order but for pooling: float32 rounding of values of order 1.
    expect(maxDifference(a, b)).toBeLessThan(1e-5);
  });
}

describe('toPlain', () => {
  it.each(cases)('keeps a sequential model ($padding, $mode)', async ({ padding, mode }) => {
    const model = tf.sequential({
      layers: [
        new LiftingConv2d({ group, filters: 2, kernelSize: 3, padding, inputShape: [6, 6, 2] }),
        new GroupBatchNormalization({ group }),
        tf.layers.reLU(),
        new SpatialPool2d({ mode }),
        new GroupConv2d({ group, filters: 3, kernelSize: 3, padding, useBias: false }),
        new GroupPool({ group, mode }),
        new GlobalPool({ mode }),
        tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.randomNormal({ seed: 1 }) }),
      ],
    });
    const before = tf.memory().numTensors;
    const plain = toPlain(model);
    expectPlainTwin(model, plain, [6, 6, 2]);
    const loaded = await reload(plain);
    expectPlainTwin(plain, loaded, [6, 6, 2]);
    freeWeights(plain, loaded);
    expect(tf.memory().numTensors).toBe(before);
    freeWeights(model);
  });

  it('writes out layer normalisation, activations and set layers', () => {
    const c4 = groupOf('C4');
    const type = fieldType([regular(c4), 3]);
    const names = ['relu', 'leakyRelu', 'elu', 'sigmoid', 'silu', 'softplus', 'tanh'] as const;
    const fields = tf.sequential({
      layers: [
        new GroupLayerNormalization({ group: 'C4', inputShape: [5, 12] }),
        ...names.map((activation) => new FieldActivation({ type, activation })),
      ],
    });
    const sets = tf.sequential({
      layers: [
        new SetLinear({ units: 4, inputShape: [5, 3] }),
        new SetLinear({ units: 2, useBias: false }),
      ],
    });
    expect.hasAssertions();
    for (const [model, shape] of [
      [fields, [5, 12]],
      [sets, [5, 3]],
    ] as const) {
      randomiseWeights(model);
      const plain = toPlain(model);
      expectPlainTwin(model, plain, [...shape]);
      freeWeights(model, plain);
    }
  });

  it('keeps shared layers, branches, several outputs and nested models', () => {
    const shared = new LiftingConv2d({ group, filters: 2, kernelSize: 3 });
    const inner = tf.sequential({
      layers: [new GroupConv2d({ group, filters: 2, kernelSize: 3, inputShape: [5, 5, 16] })],
    });
    const [a, b] = [tf.input({ shape: [5, 5, 1] }), tf.input({ shape: [5, 5, 1] })];
    const sum = tf.layers.add().apply([shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[]);
    const deep = inner.apply(sum) as tf.SymbolicTensor;
    const pooled = new GlobalPool().apply(sum) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: [deep, pooled] });
    const plain = toPlain(model);
    expect(classNames(plain)).not.toContain('LiftingConv2d');
    tf.tidy(() => {
      const x = [gaussian([2, 5, 5, 1], 'a'), gaussian([2, 5, 5, 1], 'b')];
      const [expected, actual] = [model, plain].map((m) => m.predict(x) as tf.Tensor[]);
      for (const [i, y] of expected.entries()) {
        expect(maxDifference(y, actual[i])).toBeLessThan(1e-5);
      }
    });
    freeWeights(model, plain);
  });

  it('copies weights: training the twin leaves the model as it is', () => {
    const layer = new LiftingConv2d({ group, filters: 1, kernelSize: 3, inputShape: [4, 4, 1] });
    const model = tf.sequential({ layers: [layer] });
    const plain = toPlain(model);
    const kernel = layer.getWeights()[0].dataSync();
    randomiseWeights(plain);
    expect(layer.getWeights()[0].dataSync()).toEqual(kernel);
    freeWeights(model, plain);
  });
});
