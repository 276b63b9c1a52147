import * as tf from '@tensorflow/tfjs';
import {
  asFiniteGroup,
  group,
  homBasis,
  irreps,
  natural,
  regular,
  tensor,
  trivial,
  type Group,
  type Representation,
} from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  describeType,
  EquivariantLinear,
  equivarianceError,
  FieldActivation,
  fieldType,
  GatedActivation,
  gatedType,
  GroupConv2d,
  LiftingConv2d,
  NormActivation,
  toPlain,
  vectorAction,
  type Action,
  type FieldType,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  withoutLeak,
} from './support.js';

/** The whole feature axis as one representation, copies written out. */
function wholeOf(type: FieldType): Representation {
  const copies = type.terms.flatMap(({ representation, multiplicity }) =>
    Array.from({ length: multiplicity }, () => representation!),
  );
  return copies.reduce((sum, rep) => sum.plus(rep));
}

function actionOn(type: FieldType): Action<Group> {
  return vectorAction(wholeOf(type));
}

const typesOf = (spec: string): { input: FieldType; output: FieldType } => {
  const g = group(spec);
  const v = natural(g);
  return {
    input: fieldType([v, 2], [trivial(g), 3], [v.times(v), 1]),
    output: fieldType([trivial(g), 2], [v, 3], [tensor(v, 2), 2]),
  };
};

const specs = ['C4', 'D3', 'S4', 'Q8', 'Z5', 'SO(2)', 'SO(3)', 'O(3)', 'SU(2)'];

describe.each(specs)('EquivariantLinear of %s', (spec) => {
  const { input, output } = typesOf(spec);
  const g = wholeOf(input).group;

  it('is equivariant with any weights and bias', async () => {
    const layer = build(new EquivariantLinear({ input, output }), [input.size]);
    for (const weight of layer.trainableWeights) {
      tf.tidy(() => void weight.write(gaussian(weight.shape as number[], weight.name)));
    }
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const options = { group: g, input: actionOn(input), output: actionOn(output), samples: 4 };
    const report = await withoutLeak(() => equivarianceError(f, options));
    // Sums of ≤ 50 float32 products in another order, and one rotation: a few roundings of 6e-8.
    expect(report.max).toBeLessThan(3e-6);
    freeWeights(layer);
  });

  it('has as many weights as there are intertwiners between the whole types', () => {
    const layer = build(new EquivariantLinear({ input, output }), [input.size]);
    const [repIn, repOut] = [wholeOf(input), wholeOf(output)];
    const expected = homBasis(repIn, repOut).rank + homBasis(trivial(g), repOut).rank;
    const counts = layer.trainableWeights.map(({ shape }) =>
      tf.util.sizeFromShape(shape as number[]),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected);
    freeWeights(layer);
  });
});

describe.each(['S4', 'Q8', 'C5', 'A4'])('EquivariantLinear on the real irreps of %s', (spec) => {
  it('keeps each to itself (Schur), and is equivariant', async () => {
    const g = asFiniteGroup(group(spec));
    const parts = irreps(g, 'R');
    const type = fieldType(...parts.map((irrep) => [irrep, 2] as const));
    const layer = build(new EquivariantLinear({ input: type, output: type, useBias: false }), [
      type.size,
    ]);
    const counts = layer.trainableWeights.map((w) => tf.util.sizeFromShape(w.shape as number[]));
    // Hom(ρ, ρ) has dimension 1, 2 or 4 over R; between different irreps there is nothing.
    expect(counts).toEqual(parts.map(({ endomorphisms }) => 4 * endomorphisms));
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const options = { group: g, input: actionOn(type), output: actionOn(type), samples: 4 };
    expect((await withoutLeak(() => equivarianceError(f, options))).max).toBeLessThan(3e-6);
    freeWeights(layer);
  });
});

describe('EquivariantLinear', () => {
  const { input, output } = typesOf('D3');

  it('survives saving and loading, without its group', async () => {
    expect.hasAssertions();
    await expectSavedTwin(new EquivariantLinear({ input, output, gain: 2 }), [4, input.size]);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const layer = build(new EquivariantLinear({ input, output, name: 'g' }), [input.size]);
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    expectGradients(f, layer.trainableWeights, [input.size]);
    freeWeights(layer);
  });

  it('converts to a dense layer', () => {
    const layer = new EquivariantLinear({ input, output, inputShape: [input.size] });
    const model = tf.sequential({ layers: [layer] });
    randomiseWeights(layer);
    const plain = toPlain(model);
    expect(plain.layers[1].getClassName()).toBe('Dense');
    tf.tidy(() => {
      const x = gaussian([3, input.size], 'x');
      expect(maxDifference(model.predict(x) as tf.Tensor, plain.predict(x) as tf.Tensor)).toBe(0);
    });
    freeWeights(model, plain);
  });

  it.each(['C4', 'S4', 'SO(3)'])('keeps the variance of every component of %s', (spec) => {
    const g = group(spec);
    const v = natural(g);
    // V ⊗ V is reducible, with components of different dimension and multiplicity.
    const type = fieldType([v.times(v), 24], [v, 24], [trivial(g), 24]);
    const layers = Array.from(
      { length: 10 },
      (_, i) =>
        new EquivariantLinear({ input: type, output: type, name: `variance${spec.length}${i}` }),
    );
    tf.tidy(() => {
      const x = gaussian([64, type.size], 'x');
      const y = layers.reduce<tf.Tensor>((value, layer) => layer.apply(value) as tf.Tensor, x);
      const invariants = homBasis(v.times(v), v.times(v));
      const square = v.dimension ** 2;
      const part = y.slice([0, 0], [64, 24 * square]).reshape([-1, square]);
      // Projections on two invariant subspaces: swaps of the factors ±1.
      const swap = tf.tensor2d(swapMatrix(v.dimension), [square, square]);
      expect(invariants.rank).toBeGreaterThan(1);
      const symmetric = part.add(part.matMul(swap)).div(2);
      const antisymmetric = part.sub(part.matMul(swap)).div(2);
      const dims = [(square + v.dimension) / 2, (square - v.dimension) / 2];
      for (const [i, component] of [symmetric, antisymmetric].entries()) {
        const power = tf.mean(tf.sum(tf.square(component), 1)).dataSync()[0] / dims[i];
        // A layer multiplies a component's variance by 1 ± √(2/(d·channels)) with random weights;
        // for d = 1 and 24 channels that is 0.29, after ten layers a factor of e^{±0.9}.
        expect(power).toBeGreaterThan(0.3);
        expect(power).toBeLessThan(3);
      }
    });
    freeWeights(...layers);
  });

  it('refuses types that do not fit and names both', () => {
    const [c4, d4] = [group('C4'), group('D4')];
    const a = fieldType([natural(c4), 4]);
    const b = fieldType([trivial(c4), 8]);
    const x = tf.input({ shape: [8] });
    const first = new EquivariantLinear({ input: a, output: b }).apply(x) as tf.SymbolicTensor;
    const second = new EquivariantLinear({ input: a, output: b, name: 'mine' });
    expect(() => second.apply(first)).toThrow(
      'mine: expected 4×V of C4, but its input carries 8×1 of C4',
    );
    const mixed = { input: a, output: fieldType([natural(d4), 1]) };
    expect(() => new EquivariantLinear(mixed).apply(x)).toThrow(
      'no intertwiners from 4×V of C4 to 1×V of D4',
    );
    expect(() => second.apply(tf.input({ shape: [6] }))).toThrow('expected a feature axis of 8');
    expect(() => fieldType([natural(c4), 1], [natural(d4), 1])).toThrow('one group, got C4, D4');
    expect(() => fieldType([natural(c4), 0])).toThrow('positive integer, got 0');
  });
});

/** e_i ⊗ e_j → e_j ⊗ e_i */
function swapMatrix(n: number): Float32Array {
  const matrix = new Float32Array(n ** 4);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) matrix[(i * n + j) * n * n + j * n + i] = 1;
  return matrix;
}

describe('nonlinearities', () => {
  const largestError = async (layer: tf.layers.Layer, input: FieldType, output: FieldType) => {
    build(layer, [input.size]);
    randomiseWeights(layer);
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const g = wholeOf(input).group;
    const options = { group: g, input: actionOn(input), output: actionOn(output), samples: 4 };
    const { max } = await withoutLeak(() => equivarianceError(f, options));
    freeWeights(layer);
    return max;
  };
  // Three or so float32 roundings per entry.
  const tolerance = 2e-6;

  it.each(['C4', 'S4', 'SO(3)', 'SU(2)'])(
    'of norms and gates are equivariant under %s',
    async (spec) => {
      const { output: type } = typesOf(spec);
      const norm = new NormActivation({ type, activation: 'softplus' });
      expect(await largestError(norm, type, type)).toBeLessThan(tolerance);
      const gated = new GatedActivation({ type });
      expect(await largestError(gated, gatedType(type), type)).toBeLessThan(tolerance);
    },
  );

  it('of entries are equivariant on permutations, and odd ones on signs', async () => {
    const g = group('D4');
    const type = fieldType([regular(g), 2], [trivial(g), 1]);
    expect(await largestError(new FieldActivation({ type }), type, type)).toBe(0);
    const c4 = group('C4');
    const signed = fieldType([natural(c4), 2]);
    const tanh = new FieldActivation({ type: signed, activation: 'tanh' });
    expect(await largestError(tanh, signed, signed)).toBe(0);
  });

  it('survive saving and loading', async () => {
    expect.hasAssertions();
    const { output: type } = typesOf('C4');
    const input = gatedType(type);
    await expectSavedTwin(new NormActivation({ type, activation: 'leakyRelu' }), [type.size]);
    await expectSavedTwin(new GatedActivation({ type }), [input.size]);
    const entries = fieldType([regular(group('Q8')), 2]);
    await expectSavedTwin(new FieldActivation({ type: entries, activation: 'elu' }), [16]);
  });

  it('are refused where they break the symmetry, with what to use instead', () => {
    const so3 = group('SO(3)');
    const type = fieldType([natural(so3), 2]);
    expect(() => new FieldActivation({ type, name: 'mine' })).toThrow(
      'mine: relu is not equivariant on V of SO(3) (orthogonal); use NormActivation or GatedActivation',
    );
    const c4 = fieldType([natural(group('C4')), 1]);
    expect(() => new FieldActivation({ type: c4 })).toThrow('(signed permutation)');
    const boosts = fieldType([natural(group('SO(1,3)')), 1]);
    expect(() => new NormActivation({ type: boosts })).toThrow('does not keep lengths');
    expect(() => new NormActivation({ type, activation: 'sin' as 'relu' })).toThrow(
      "unknown activation 'sin'; known are relu",
    );
  });

  it('of tfjs are refused on the way to the next layer', () => {
    const type = fieldType([natural(group('SO(3)')), 2]);
    const linear = (name: string) => new EquivariantLinear({ input: type, output: type, name });
    const relu = tf.layers.reLU({ name: 'bad' });
    const x = relu.apply(linear('a').apply(tf.input({ shape: [6] })) as tf.SymbolicTensor);
    expect(() => linear('b').apply(x)).toThrow('bad: a nonlinearity of single entries is not');
  });
});

it('GroupConv2d refuses a regular field of another group of the same size', () => {
  const lifted = new LiftingConv2d({ group: 'D4', filters: 1, kernelSize: 3 });
  const normal = tf.layers.reLU().apply(lifted.apply(tf.input({ shape: [5, 5, 1] })));
  const next = new GroupConv2d({ group: 'C4', filters: 1, kernelSize: 3, name: 'next' });
  expect(() => next.apply(normal)).toThrow(
    'next: expected a regular field of C4, but its input carries 1×R of D4',
  );
  expect(describeType(lifted.outputType)).toBe('1×R of D4');
});
