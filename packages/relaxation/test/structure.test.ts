/** What is relaxed in which layer, and that a merged kernel computes what two separate ones do. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { group, natural, regular, trivial } from '@intertwiner/groups';
import {
  EgnnLayer,
  EquivariantLinear,
  equivarianceError,
  fieldType,
  GroupConv2d,
  LiftingConv2d,
  particleSegnn,
  SeparableGroupConv2d,
  SetLinear,
  SetTensorLinear,
  SteerableConv2d,
  TensorProduct,
  vectorAction,
  VectorBatchNormalization,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';
import { checkModel, exportModel } from '@intertwiner/onnx';
import {
  activationPenalty,
  canFold,
  elementPenalty,
  foldRelaxation,
  generatorPenalty,
  penaltyOf,
  projectionPenalty,
  relax,
  type RelaxedLayer,
  type RelaxedModel,
} from '@intertwiner/relaxation';
import { attentionBlock, nestedBlock } from './attentionBlock.js';
import { gaussian, randomise, relativeGap } from './support.js';

beforeAll(() => void tf.setBackend('cpu'));

const c4 = group('C4');
const so3 = group('SO(3)');
const o3 = group('O(3)');
const v3 = fieldType([natural(so3), 3], [trivial(so3), 2]);
const [q, p] = [fieldType([natural(c4), 1], [trivial(c4), 1]), fieldType([regular(c4), 2])];

const linear: readonly (readonly [string, () => tf.layers.Layer, readonly number[]])[] = [
  ['EquivariantLinear', () => new EquivariantLinear({ input: v3, output: v3 }), [4, 11]],
  ['VectorLinear', () => new VectorLinear({ units: 4 }), [2, 3, 5]],
  ['SetLinear', () => new SetLinear({ units: 3 }), [5, 2]],
  ['LiftingConv2d', () => new LiftingConv2d({ group: 'C4', filters: 2, kernelSize: 3 }), [6, 6, 2]],
  [
    'GroupConv2d, circular',
    () => new GroupConv2d({ group: 'C4', filters: 2, kernelSize: 3, padding: 'circular' }),
    [6, 6, 8],
  ],
  [
    'GroupConv2d with strides',
    () => new GroupConv2d({ group: 'C4', filters: 2, kernelSize: 3, strides: 2 }),
    [7, 7, 8],
  ],
  [
    'SteerableConv2d with strides',
    () => new SteerableConv2d({ input: q, output: p, kernelSize: 3, strides: 2 }),
    [7, 7, 3],
  ],
];

function built(layer: tf.layers.Layer, x: tf.Tensor | tf.Tensor[]): RelaxedLayer {
  const relaxed = relax(layer, { useBias: true });
  tf.tidy(() => void relaxed.apply(x));
  randomise(relaxed, 0.5);
  return relaxed;
}

describe.each(linear)('%s', (_, make, shape) => {
  it('merges kernels to what the layer and W give separately', () => {
    const x = gaussian([3, ...shape], 'x');
    const layer = built(make(), x);
    tf.tidy(() => {
      const together = layer.scope.run(0.7, () => layer.apply(x) as tf.Tensor);
      const parts = layer.relaxation.map(({ apply, variable }) => apply(x, variable));
      const free = parts.reduce((a, b) => tf.add(a, b));
      const separate = tf.add(layer.inner.apply(x) as tf.Tensor, tf.mul(free, 0.7));
      // float32 sums of up to 72 products in another order.
      expect(relativeGap(together, separate)).toBeLessThan(2e-6);
    });
  });

  it('has one product, as the strict layer', () => {
    const x = gaussian([3, ...shape], 'x');
    const layer = built(make(), x);
    const products = (apply: (x: tf.Tensor) => tf.Tensor) => {
      const inputs = [{ name: 'x', shape: [3, ...shape] }];
      const { operators } = checkModel(exportModel((given) => apply(given), { inputs }));
      return (operators['Conv'] ?? 0) + (operators['MatMul'] ?? 0) + (operators['Gemm'] ?? 0);
    };
    const theta = tf.variable(tf.scalar(0.7));
    const relaxed = products((y) => layer.scope.run(theta, () => layer.apply(y) as tf.Tensor));
    const strict = products((y) => layer.inner.apply(y) as tf.Tensor);
    // SetLinear's deviations and means are two products, which become one.
    expect(relaxed).toBeLessThanOrEqual(strict);
    expect(relaxed).toBeGreaterThan(0);
  });
});

describe('the penalties on features of dense layers', () => {
  it('by the moments of the features are those by the outputs', () => {
    const x = gaussian([400, 3, 5], 'x');
    const layer = built(new VectorLinear({ units: 4 }), x);
    tf.tidy(() => {
      const [kernel] = layer.relaxation;
      for (const penalty of [generatorPenalty(), elementPenalty(), activationPenalty()]) {
        const value = layer.scope.run(
          1,
          () => layer.apply(x),
          (_, calls) => penaltyOf([penalty], calls).dataSync()[0],
        );
        const outputs = tf.unstack(penalty.parts(kernel.variable, kernel.space)).map((part) =>
          tf
            .mean(tf.square(kernel.apply(x, part as tf.Tensor3D)))
            .dataSync<'float32'>()
            .at(0)!,
        );
        const bias = layer.relaxation[1];
        const ofBias = tf
          .unstack(penalty.parts(bias.variable, bias.space))
          .map((part) => tf.mean(tf.square(part)).dataSync()[0]);
        const sum = [...outputs, ...ofBias].reduce((a, b) => a + b, 0);
        // Two float32 sums of 1,200 products.
        expect(value / Math.sqrt(sum)).toBeCloseTo(1, 5);
      }
    });
  });
});

it('the trivial group breaks nothing: penalties of its filters are 0, with a gradient', () => {
  const x = gaussian([2, 5, 5, 1], 'x');
  const layer = built(new LiftingConv2d({ group: 'C1', filters: 2, kernelSize: 3 }), x);
  tf.tidy(() => {
    for (const penalty of [generatorPenalty(), elementPenalty()]) {
      const of = () =>
        layer.scope.run(
          1,
          () => layer.apply(x),
          (_, calls) => penaltyOf([penalty], calls),
        );
      const { value, grads } = tf.variableGrads(
        () => tf.add(of(), tf.sum(layer.relaxation[0].variable)) as tf.Scalar,
      );
      const own = tf.sum(layer.relaxation[0].variable).dataSync()[0];
      expect(value.dataSync()[0]).toBe(own);
      const gradient = grads[layer.relaxation[0].variable.name].dataSync();
      expect(gradient.every((g) => g === 1)).toBe(true);
    }
  });
});

const vectors = (channels: number) => vectorAction(natural(o3), [], [channels]);
const errorOf = async (f: Parameters<typeof equivarianceError>[0]) =>
  (await equivarianceError(f, { group: o3, input: vectors(5), output: vectors(5) } as never)).max;

describe.each([false, true])('the directions of VectorLeakyReLU, shared: %s', (shareDirection) => {
  const x = () => gaussian([40, 3, 5], 'x');

  it('are relaxed: broken with θ, exactly equivariant without', async () => {
    const layer = built(new VectorLeakyReLU({ shareDirection }), x());
    const error = await errorOf((y) => layer.scope.run(1, () => layer.apply(y) as tf.Tensor));
    expect(error).toBeGreaterThan(0.05);
    // Rounding of float32 in quotients of a few products.
    expect(await errorOf((y) => layer.inner.apply(y) as tf.Tensor)).toBeLessThan(5e-6);
  });

  it('are bent along xU + θ·Wx', () => {
    const inner = new VectorLeakyReLU({ shareDirection });
    const layer = built(inner, x());
    tf.tidy(() => {
      const [{ apply, variable }, bias] = layer.relaxation;
      const own = inner.weights[0].read() as tf.Tensor2D;
      const strict = tf.matMul(x().reshape([120, 5]), own).reshape([40, 3, -1]);
      const free = tf.add(apply(x(), variable), bias.apply(x(), bias.variable));
      const k = tf.add(strict, tf.mul(free, 0.3));
      const along = tf.minimum(tf.sum(tf.mul(x(), k), 1, true), 0);
      const part = tf.div(along, tf.add(tf.sum(tf.square(k), 1, true), 1e-6));
      const expected = tf.sub(x(), tf.mul(tf.mul(part, 0.8), k));
      const y = layer.scope.run(0.3, () => layer.apply(x()) as tf.Tensor);
      expect(relativeGap(y, expected)).toBeLessThan(5e-6);
    });
  });

  it('have penalties that are 0 on intertwiners alone, and fold into U', () => {
    const layer = relax(new VectorLeakyReLU({ shareDirection }));
    tf.tidy(() => void layer.apply(x()));
    randomise(layer, 0.5);
    const penalty = () =>
      tf.tidy(() =>
        layer.scope.run(
          1,
          () => layer.apply(x()),
          (_, calls) => penaltyOf([generatorPenalty()], calls).dataSync()[0],
        ),
      );
    expect(penalty()).toBeGreaterThan(0.05);
    const [{ variable, space }] = layer.relaxation;
    tf.tidy(() => variable.assign(space.project(variable)));
    expect(penalty()).toBeLessThan(5e-6);
    tf.tidy(() => {
      const before = layer.scope.run(1, () => layer.apply(x()) as tf.Tensor);
      foldRelaxation([layer], 1);
      expect(relativeGap(layer.inner.apply(x()) as tf.Tensor, before)).toBeLessThan(5e-6);
    });
  });
});

const isUpdate = ({ name }: tf.layers.Layer) => /_update\d+_\d$/.test(name);
/** Inputs of a particle network, moved by a matrix. */
const apply = (model: tf.LayersModel, x: readonly tf.Tensor[]) => model.apply([...x]) as tf.Tensor;

describe('SEGNN', () => {
  const make = (options = {}): RelaxedModel =>
    relax(particleSegnn({ points: 4, channels: 3, layers: 2, name: 'nodes' }), {
      layers: isUpdate,
      initial: 0.3,
      ...options,
    });
  const state = () => [
    gaussian([6, 4, 3], 'x'),
    gaussian([6, 4, 3], 'v'),
    tf.sign(gaussian([6, 4, 1], 'q')),
  ];
  const turned = ([x, v, charges]: tf.Tensor[], r: tf.Tensor2D) => [
    tf.matMul(x.reshape([24, 3]) as tf.Tensor2D, r, false, true).reshape(x.shape),
    tf.matMul(v.reshape([24, 3]) as tf.Tensor2D, r, false, true).reshape(v.shape),
    charges,
  ];
  /** Turns about z by 1 radian and reflects x. */
  const motion = () => {
    const [c, s] = [Math.cos(1), Math.sin(1)];
    return tf.tensor2d([-c, s, 0, s, c, 0, 0, 0, 1], [3, 3]);
  };
  const error = (f: (x: tf.Tensor[]) => tf.Tensor) =>
    tf.tidy(() => {
      const y = f(state());
      const moved = f(turned(state(), motion()));
      const expected = tf.matMul(y.reshape([24, 3]) as tf.Tensor2D, motion(), false, true);
      return relativeGap(moved.reshape([24, 3]), expected);
    });

  it('relaxes the updates of the nodes alone: broken with θ, exactly equivariant without', () => {
    const { layers, model, scope, strict } = make();
    expect(layers.map(({ inner }) => inner.name)).toEqual([
      'nodes_update0_0',
      'nodes_update0_1',
      'nodes_update1_0',
      'nodes_update1_1',
    ]);
    expect(error((x) => scope.run(1, () => apply(model, x)))).toBeGreaterThan(1e-3);
    // Rounding of float32 through some ten layers.
    expect(error((x) => apply(strict, x))).toBeLessThan(2e-5);
  });

  it('has penalties that are 0 on intertwiners alone, and no place to fold into', () => {
    const network = make();
    const penalty = () =>
      tf.tidy(() =>
        network.scope.run(
          1,
          () => apply(network.model, state()),
          (_, calls) => penaltyOf([generatorPenalty(), projectionPenalty()], calls).dataSync()[0],
        ),
      );
    expect(penalty()).toBeGreaterThan(0.1);
    expect(canFold(network.layers)).toBe(false);
    expect(() => foldRelaxation(network.layers, 1)).toThrow(
      /update0_0_relaxed: its weights are no matrix.*'drop'/,
    );
    for (const { relaxation } of network.layers) {
      for (const { variable, space } of relaxation) {
        tf.tidy(() => variable.assign(space.project(variable)));
      }
    }
    expect(penalty()).toBeLessThan(2e-5);
  });

  it('refuses what has no matrix to relax, with what to choose', () => {
    const model = particleSegnn({ points: 4, channels: 3, layers: 1, name: 'refused' });
    expect(() => relax(model, { layers: ['refused_messages0'] })).toThrow(
      /refused_messages0: a SteerableMessages.*relax the updates of the nodes/,
    );
    expect(() => relax(new EgnnLayer({ units: 4 }))).toThrow(/EgnnLayer.*act on invariants/);
    const scalar = fieldType([trivial(so3), 2]);
    const product = new TensorProduct({ left: scalar, right: scalar, output: scalar });
    expect(() => relax(product)).toThrow(/TensorProduct.*relax the EquivariantLinear around it/);
    expect(() => relax(new VectorBatchNormalization())).toThrow(/Relaxable are EquivariantLinear/);
    const separable = new SeparableGroupConv2d({ group: 'C4', filters: 2, kernelSize: 3 });
    expect(() => relax(separable)).toThrow(/SeparableGroupConv2d.*use GroupConv2d/);
    expect(() => relax(new SetTensorLinear({ units: 2, input: 1, output: 1 } as never))).toThrow(
      /SetTensorLinear/,
    );
    const sixfold = new LiftingConv2d({
      group: 'C6',
      filters: 1,
      kernelSize: 3,
      interpolation: 'bilinear',
    });
    expect(() => relax(sixfold).apply(gaussian([1, 5, 5, 1]))).toThrow(/C6 does not move the taps/);
  });
});

describe('an attention block of EquivariantLinear', () => {
  it.each([
    ['by itself', attentionBlock, ['forward', 'qkv']],
    ['nested in another model', nestedBlock, ['forward', 'last', 'qkv']],
  ] as const)('is relaxed %s', async (_, make, names) => {
    const network = relax(make(), { initial: 0.5 });
    expect(network.layers.map(({ inner }) => inner.name).toSorted()).toEqual(names);
    const rep = natural(so3).plus(natural(so3)).plus(trivial(so3, 2));
    const action = vectorAction(rep, [4]);
    const options = { group: so3, input: action, output: action } as never;
    const broken = await equivarianceError(
      (x) => network.scope.run(1, () => network.model.apply(x) as tf.Tensor),
      options,
    );
    expect(broken.max).toBeGreaterThan(0.05);
    const { max } = await equivarianceError(network.strict, options);
    // Rounding of float32 through four layers and a softmax.
    expect(max).toBeLessThan(1e-5);
    const seen = tf.tidy(() =>
      network.scope.run(
        0.25,
        () => network.model.apply(gaussian([2, 4, 8])),
        (__, calls) => calls.map(({ theta }) => theta),
      ),
    );
    expect(seen).toEqual(names.map(() => 0.25));
  });
});
