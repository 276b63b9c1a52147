import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { group, natural, regular, trivial } from '@intertwiner/groups';
import {
  EquivariantLinear,
  equivarianceError,
  fieldType,
  GroupConv2d,
  LiftingConv2d,
  imageAction,
  SetLinear,
  SteerableConv2d,
  vectorAction,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';
import {
  activationPenalty,
  elementPenalty,
  foldRelaxation,
  generatorPenalty,
  layerPenalties,
  penaltyOf,
  projectionPenalty,
  relax,
  RelaxationScope,
  spectralPenalty,
  type Penalty,
  type RelaxedLayer,
} from '@intertwiner/relaxation';
import { gaussian, randomise, relativeGap } from './support.js';

const d4 = group('D4');
const c4 = group('C4');
const so3 = group('SO(3)');

const v3 = fieldType([natural(so3), 3], [trivial(so3), 2]);
const w3 = fieldType([trivial(so3), 2], [natural(so3), 2], [trivial(so3), 1]);
const r4 = fieldType([regular(d4), 2], [natural(d4), 1]);
const s4 = fieldType([regular(d4), 1], [trivial(d4), 2]);
const [q, p] = [fieldType([natural(c4), 1], [trivial(c4), 1]), fieldType([regular(c4), 2])];

interface Case {
  readonly name: string;
  readonly make: () => tf.layers.Layer;
  readonly shape: readonly number[];
}

const cases: readonly Case[] = [
  {
    name: 'EquivariantLinear of SO(3)',
    make: () => new EquivariantLinear({ input: v3, output: w3 }),
    shape: [11],
  },
  {
    name: 'EquivariantLinear of D4',
    make: () => new EquivariantLinear({ input: r4, output: s4 }),
    shape: [18],
  },
  { name: 'VectorLinear', make: () => new VectorLinear({ units: 4 }), shape: [2, 3, 5] },
  { name: 'SetLinear', make: () => new SetLinear({ units: 3 }), shape: [5, 2] },
  {
    name: 'LiftingConv2d',
    make: () => new LiftingConv2d({ group: 'D4', filters: 2, kernelSize: 3 }),
    shape: [5, 5, 2],
  },
  {
    name: 'GroupConv2d',
    make: () => new GroupConv2d({ group: 'C4', filters: 2, kernelSize: 3, padding: 'circular' }),
    shape: [4, 4, 8],
  },
  {
    name: 'SteerableConv2d',
    make: () => new SteerableConv2d({ input: q, output: p, kernelSize: 3 }),
    shape: [5, 5, 3],
  },
];

const penalties: readonly Penalty[] = [
  generatorPenalty(),
  generatorPenalty({ measure: 'weights' }),
  elementPenalty(),
  projectionPenalty(),
  spectralPenalty(),
  activationPenalty({ part: 'asymmetric' }),
];

/** A relaxed layer with normal weights throughout, biases included. */
function relaxed({ make, shape }: Case, useBias = false): { layer: RelaxedLayer; x: tf.Tensor } {
  const layer = relax(make(), { useBias });
  const x = gaussian([4, ...shape], 'x');
  tf.tidy(() => void layer.apply(x));
  randomise(layer, 0.5);
  return { layer, x };
}

const at = (layer: RelaxedLayer, theta: number, x: tf.Tensor) =>
  layer.scope.run(theta, () => layer.apply(x) as tf.Tensor);

/** The penalties of one application, as numbers. */
const measured = (layer: RelaxedLayer, x: tf.Tensor, list: readonly Penalty[] = penalties) =>
  tf.tidy(() =>
    layer.scope.run(
      1,
      () => layer.apply(x) as tf.Tensor,
      (_, calls) => list.map((penalty) => penaltyOf([penalty], calls).dataSync()[0]),
    ),
  );

beforeAll(() => void tf.setBackend('cpu'));

describe.each(cases)('$name', (testCase) => {
  it('adds θ·Wx to the equivariant layer', () => {
    tf.tidy(() => {
      const { layer, x } = relaxed(testCase, true);
      const strict = layer.inner.apply(x) as tf.Tensor;
      expect(relativeGap(at(layer, 0, x), strict)).toBe(0);
      const half = tf.sub(at(layer, 0.5, x), strict);
      const full = tf.sub(at(layer, 1, x), strict);
      // float32 sums of up to 72 products.
      expect(relativeGap(tf.mul(half, 2), full)).toBeLessThan(2e-6);
      expect(tf.max(tf.abs(full)).dataSync()[0]).toBeGreaterThan(0.1);
      layer.disposeRelaxation();
    });
  });

  it('every penalty is 0 on an intertwiner, and not on a free W', () => {
    const { layer, x } = relaxed(testCase, true);
    for (const value of measured(layer, x)) expect(value).toBeGreaterThan(0.05);
    for (const { variable, space } of layer.relaxation) {
      tf.tidy(() => variable.assign(space.project(variable)));
    }
    // Rounding of float32 (6e-8) in sums of up to 72 products of order 1, four times that.
    for (const value of measured(layer, x)) expect(value).toBeLessThan(5e-6);
  });

  it('every penalty is exactly 0, with a finite gradient, where W starts', () => {
    const { layer, x } = relaxed(testCase, true);
    for (const { variable } of layer.relaxation) {
      tf.tidy(() => variable.assign(tf.zerosLike(variable)));
    }
    expect(measured(layer, x, [...penalties, activationPenalty()])).toEqual(
      Array.from({ length: 7 }, () => 0),
    );
    tf.tidy(() => {
      const loss = () =>
        layer.scope.run(
          1,
          () => layer.apply(x),
          (_, calls) => penaltyOf([...penalties, activationPenalty()], calls),
        );
      const variables = layer.relaxation.map(({ variable }) => variable as tf.Variable);
      const { grads } = tf.variableGrads(loss, variables);
      for (const gradient of Object.values(grads)) {
        expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
      }
    });
  });

  it('the equivariant part that the layer expands to is in the space and a fixed point of P_G', () => {
    tf.tidy(() => {
      const { layer } = relaxed(testCase, true);
      for (const { own, space } of layer.relaxation) {
        if (!own) continue;
        const kernel = own.expand();
        expect(kernel.shape).toEqual(space.shape);
        expect(relativeGap(space.project(kernel), kernel)).toBeLessThan(2e-6);
        const squared = (x: tf.Tensor) => tf.sum(tf.square(x)).dataSync()[0];
        const expected = own.variables.reduce((s, v) => s + v.scale * squared(v.variable), 0);
        expect(squared(kernel) / expected).toBeCloseTo(1, 5);
      }
    });
  });

  it('folding keeps the relaxed layer and puts P_G W into the equivariant one', () => {
    tf.tidy(() => {
      const useBias = testCase.name !== 'VectorLinear';
      const { layer, x } = relaxed(testCase, useBias);
      const before = at(layer, 0.7, x);
      const expected = layer.relaxation.map(({ own, space, variable }) =>
        tf.add(own!.expand(), tf.mul(space.project(variable), 0.7)),
      );
      foldRelaxation([layer], 0.7);
      layer.relaxation.forEach(({ own, space, variable }, i) => {
        expect(relativeGap(own!.expand(), expected[i])).toBeLessThan(5e-6);
        expect(tf.max(tf.abs(space.project(variable))).dataSync()[0]).toBeLessThan(5e-6);
      });
      expect(relativeGap(at(layer, 0.7, x), before)).toBeLessThan(5e-6);
    });
  });

  it('leaves no tensor behind', () => {
    const layer = testCase.make();
    const x = gaussian([4, ...testCase.shape], 'x');
    tf.tidy(() => void layer.apply(x));
    const before = tf.memory().numTensors;
    const own = relax(layer, { initial: 0.1 });
    tf.tidy(() => void own.apply(x));
    measured(own, x);
    foldRelaxation([own], 0.5);
    own.disposeRelaxation();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the folded layer is the group average of the relaxed one', () => {
  const average = (
    layer: RelaxedLayer,
    x: tf.Tensor,
    order: readonly number[],
    act: (g: number, y: tf.Tensor, side: 'input' | 'output') => tf.Tensor,
    inverse: (g: number) => number,
  ) => {
    const terms = order.map((g) => act(inverse(g), at(layer, 0.7, act(g, x, 'input')), 'output'));
    return tf.div(tf.addN(terms), order.length);
  };

  it.each([
    {
      ...cases[4],
      input: imageAction(d4, { height: 5, width: 5, channels: 2 }),
      output: imageAction(d4, { height: 5, width: 5, channels: 16, field: 'regular' }),
    },
    {
      ...cases[5],
      input: imageAction(c4, { height: 4, width: 4, channels: 8, field: 'regular' }),
      output: imageAction(c4, { height: 4, width: 4, channels: 8, field: 'regular' }),
    },
  ])('$name, by turning images', ({ input, output, ...testCase }) => {
    tf.tidy(() => {
      const { layer, x } = relaxed(testCase);
      const { elements, inverse } = input.group;
      const action = { input, output };
      const mean = average(layer, x, elements, (g, y, side) => action[side].apply(g, y), inverse);
      foldRelaxation([layer], 0.7);
      expect(relativeGap(layer.inner.apply(x) as tf.Tensor, mean)).toBeLessThan(5e-6);
    });
  });

  it('EquivariantLinear of D4, by its representations', () => {
    tf.tidy(() => {
      const { layer, x } = relaxed(cases[1]);
      const [repIn, repOut] = [
        regular(d4).plus(regular(d4)).plus(natural(d4)),
        regular(d4).plus(trivial(d4)).plus(trivial(d4)),
      ];
      const action = { input: vectorAction(repIn), output: vectorAction(repOut) };
      const mean = average(
        layer,
        x,
        d4.elements,
        (e, y, side) => action[side].apply(e as never, y),
        d4.inverse,
      );
      foldRelaxation([layer], 0.7);
      expect(relativeGap(layer.inner.apply(x) as tf.Tensor, mean)).toBeLessThan(5e-6);
    });
  });
});

describe('penalties and layers', () => {
  it('do not depend on the batch size', () => {
    const { layer, x } = relaxed(cases[2]);
    const twice = tf.concat([x, x], 0);
    const [once, doubled] = [measured(layer, x), measured(layer, twice)];
    once.forEach((value, i) => expect(doubled[i] / value).toBeCloseTo(1, 5));
  });

  it.each([cases[2], cases[5]])(
    'of some samples are those of a smaller batch: $name',
    (testCase) => {
      const { layer, x } = relaxed(testCase);
      const part = tf.slice(x, [0], [2]);
      for (const penalty of [
        generatorPenalty,
        elementPenalty,
        projectionPenalty,
        activationPenalty,
      ]) {
        const [some] = measured(layer, x, [penalty({ samples: 2 })]);
        const [all] = measured(layer, part, [penalty()]);
        expect(some).toBe(all);
      }
    },
  );

  it('count a layer that is applied twice once, and each layer for itself', () => {
    const scope = new RelaxationScope();
    const x = gaussian([4, 3, 5], 'x');
    const [a, b] = [
      relax(new VectorLinear({ units: 5 }), { scope }),
      relax(new VectorLinear({ units: 5 }), { scope }),
    ];
    tf.tidy(() => {
      a.apply(x);
      b.apply(x);
    });
    randomise(a);
    tf.tidy(() => {
      const squares = (fn: () => void) =>
        scope.run(1, fn, (_, calls) =>
          layerPenalties(generatorPenalty(), calls).map((s) => s.dataSync()[0]),
        );
      const [once] = squares(() => void a.apply(x));
      const both = squares(() => {
        a.apply(x);
        b.apply(x);
        a.apply(x);
      });
      expect(both).toHaveLength(2);
      expect(both[0] / once).toBeCloseTo(1, 6);
      // b's W is 0: nothing of a's penalty lands on it.
      expect(both[1]).toBe(0);
    });
  });

  it('the features are constants: no gradient reaches the layers before', () => {
    tf.tidy(() => {
      const { layer, x } = relaxed(cases[2]);
      const before = tf.variable(tf.scalar(1.3));
      const { grads } = tf.variableGrads(
        () =>
          layer.scope.run(
            1,
            () => layer.apply(tf.mul(x, before)),
            (_, calls) => tf.add(penaltyOf([generatorPenalty()], calls), tf.mul(2, before)),
          ) as tf.Scalar,
        [before, layer.relaxation[0].variable],
      );
      expect(grads[before.name].dataSync()[0]).toBe(2);
      expect(tf.norm(grads[layer.relaxation[0].variable.name]).dataSync()[0]).toBeGreaterThan(0);
      before.dispose();
    });
  });

  it('refuses layers without equivariant structure, by name', () => {
    expect(() => relax(tf.layers.dense({ units: 3, name: 'plain' }))).toThrow(
      /plain: a Dense has no equivariant linear map to relax\. Relaxable are EquivariantLinear/,
    );
    const so2 = fieldType([natural(group('SO(2)')), 1]);
    const ring = new SteerableConv2d({ input: so2, output: so2, kernelSize: 3, name: 'ring' });
    expect(() => relax(ring).apply(gaussian([1, 5, 5, 2]))).toThrow(
      /ring: SO\(2\) does not move the taps/,
    );
  });
});

describe('models', () => {
  const makeModel = () => {
    const x = tf.input({ shape: [3, 2], name: 'vectors' });
    const shared = new VectorLinear({ units: 4, name: 'shared', seed: 1 });
    const first = shared.apply(x) as tf.SymbolicTensor;
    const bent = new VectorLeakyReLU({ name: 'bend' }).apply(first) as tf.SymbolicTensor;
    const last = new VectorLinear({ units: 2, name: 'last', seed: 2 }).apply(bent);
    return tf.model({ inputs: x, outputs: last as tf.SymbolicTensor });
  };

  it('relax the layers that can be, and share their equivariant weights', () => {
    const strict = makeModel();
    const relaxedModel = relax(strict);
    expect(relaxedModel.layers.map(({ inner }) => inner.name)).toEqual(['shared', 'last']);
    expect(relaxedModel.model.trainableWeights).toHaveLength(strict.trainableWeights.length + 2);
    tf.tidy(() => {
      const x = gaussian([4, 3, 2]);
      randomise(relaxedModel.model);
      const y = relaxedModel.model.apply(x) as tf.Tensor;
      expect(relativeGap(y, strict.apply(x) as tf.Tensor)).toBe(0);
      const free = relaxedModel.scope.run(1, () => relaxedModel.model.apply(x) as tf.Tensor);
      expect(relativeGap(free, y)).toBeGreaterThan(0.1);
    });
    relaxedModel.dispose();
  });

  it('relax only what is chosen, and refuse a choice that cannot be', () => {
    const strict = makeModel();
    expect(relax(strict, { layers: ['last'] }).layers.map(({ inner }) => inner.name)).toEqual([
      'last',
    ]);
    expect(() => relax(strict, { layers: [strict.layers[0].name] })).toThrow(/a InputLayer has no/);
    const bend = relax(strict, { layers: ['bend'] });
    expect(bend.layers.map(({ inner }) => inner.name)).toEqual(['bend']);
    expect(relax(strict, { layers: () => true }).layers).toHaveLength(3);
    expect(() => relax(strict, { layers: () => false })).toThrow(
      /no layer of this model is chosen/,
    );
  });

  it('take one θ for all, or one for each', () => {
    const { model, layers, scope } = relax(makeModel(), { initial: 0.5 });
    tf.tidy(() => {
      const x = gaussian([4, 3, 2]);
      const seen = (thetas: number | number[]) =>
        scope.run(
          thetas,
          () => model.apply(x),
          (_, calls) => calls.map(({ layer, theta }) => [layer.name, theta]),
        );
      expect(seen(0.25)).toEqual(layers.map(({ name }) => [name, 0.25]));
      expect(seen([0.5, 0.75])).toEqual([
        [layers[0].name, 0.5],
        [layers[1].name, 0.75],
      ]);
      expect(() => seen([1])).toThrow(/expected one θ, or 2/);
    });
  });

  it('are exactly equivariant once W is dropped, and were not before', async () => {
    const { model, strict, scope } = relax(makeModel(), { initial: 0.5 });
    const o3 = group('O(3)');
    const options = {
      group: o3,
      input: vectorAction(natural(o3), [], [2]),
      output: vectorAction(natural(o3), [], [2]),
    };
    const broken = await equivarianceError(
      (x) => scope.run(1, () => model.apply(x) as tf.Tensor),
      options as never,
    );
    expect(broken.max).toBeGreaterThan(0.1);
    foldRelaxation(scope.layers, 1);
    const report = await equivarianceError(strict, options as never);
    // Rounding of float32 through two layers of a few products each.
    expect(report.max).toBeLessThan(5e-6);
  });
});
