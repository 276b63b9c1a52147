/**
 * Every penalty of every layer in float64, by the layers' own code: what each expands to, its space of
 * maps with moves and projection, and the penalties as trainings compute them.
 *
 * tfjs has no float64. Its cpu backend computes in JavaScript numbers, though, and rounds to float32
 * only where it stores them in a Float32Array; in this file that class is Float64Array. Gone is the
 * rounding, and nothing else.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { random } from '@intertwiner/random';
import {
  activationPenalty,
  elementPenalty,
  generatorPenalty,
  layerPenalties,
  projectionPenalty,
  relax,
  spectralPenalty,
  type Penalty,
  type RelaxedLayer,
} from '@intertwiner/relaxation';
import { layerCases, relaxableClasses, type LayerCase } from './layerCases.js';
import { gaussian, randomise } from './support.js';

vi.hoisted(() => {
  globalThis.Float32Array = Float64Array as unknown as Float32ArrayConstructor;
});

beforeAll(() => {
  tf.setBackend('cpu');
  tf.env().platform.isTypedArray = (x): x is Float32Array => ArrayBuffer.isView(x);
});

const penalties: readonly (readonly [string, Penalty])[] = [
  ['generators on features', generatorPenalty()],
  ['generators on weights', generatorPenalty({ measure: 'weights' })],
  ['elements on features', elementPenalty()],
  ['elements on weights', elementPenalty({ measure: 'weights' })],
  ['the projection on features', projectionPenalty()],
  ['the projection on weights', projectionPenalty({ measure: 'weights' })],
  ['the spectral norm', spectralPenalty()],
  ['asymmetric activations', activationPenalty({ part: 'asymmetric' })],
];

/**
 * Sums of up to 72 products of order 1, in each of up to three products of matrices that are accurate
 * to a few units of float64's rounding, 1.1e-16: 1e-13, and a factor 10 for the sum of all parts.
 */
const tolerance = 1e-12;

interface Relaxed {
  readonly layer: RelaxedLayer;
  readonly x: tf.Tensor | tf.Tensor[];
}

/** A relaxed layer with normal weights throughout, biases included, and inputs. */
function relaxed({ make, shapes }: LayerCase): Relaxed {
  const layer = relax(make(), { useBias: true });
  const inputs = shapes.map((shape, i) => gaussian([3, ...shape], 'x', i));
  const x = inputs.length === 1 ? inputs[0]! : inputs;
  tf.tidy(() => void layer.apply(x));
  randomise(layer, 0.5);
  return { layer, x };
}

/**
 * The penalties of one application, by name: roots of their squares, without what `penaltyOf` adds
 * under the root so that it has a gradient at 0, which would hide what is below 1e-6.
 */
const measured = ({ layer, x }: Relaxed): Record<string, number> =>
  tf.tidy(() =>
    layer.scope.run(
      1,
      () => layer.apply(x) as tf.Tensor,
      (_, calls) =>
        Object.fromEntries(
          penalties.map(([name, penalty]) => {
            const [squared] = layerPenalties(penalty, calls);
            return [name, Math.sqrt(squared.dataSync()[0]!)];
          }),
        ),
    ),
  );

/** The penalties whose value is such, as a failure should show them. */
const those = (values: Record<string, number>, isSuch: (value: number) => boolean) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => isSuch(value)));

const assign = (variable: tf.Variable, value: () => tf.Tensor) =>
  tf.tidy(() => variable.assign(value()));

it('tensors hold float64, and keep it through kernels', () => {
  const third = tf.div(tf.scalar(1), tf.scalar(3));
  expect(third.dtype).toBe('float32');
  expect(tf.matMul(third.reshape([1, 1]), tf.ones([1, 1])).dataSync()[0]).toBe(1 / 3);
  expect(tf.variable(tf.tensor1d([0.1])).dataSync()[0]).toBe(0.1);
});

it('every layer that can be relaxed is here', () => {
  const names = new Set(layerCases.map(({ make }) => make().getClassName()));
  const known = relaxableClasses(relax, tf.layers.dense({ units: 1 }));
  expect([...names].toSorted()).toEqual(known.toSorted());
});

describe.each(layerCases)('$name', (layerCase) => {
  it('has penalties that are 0 on what the layer itself expands to', () => {
    const own = relaxed(layerCase);
    for (const { variable, own: weights } of own.layer.relaxation) {
      assign(variable, () => weights?.expand() ?? tf.zerosLike(variable));
    }
    expect(those(measured(own), (value) => !(Math.abs(value) < tolerance))).toEqual({});
    // A tensor product's weights are no matrix: it has nothing to expand.
    const expands = own.layer.relaxation.some(({ own: weights }) => weights);
    expect(expands).toBe(layerCase.name !== 'FullyConnectedTensorProduct');
  });

  it('has penalties that are 0 on every projection onto the intertwiners, which is not 0', () => {
    const own = relaxed(layerCase);
    for (const { variable, space } of own.layer.relaxation) {
      assign(variable, () => space.project(variable));
    }
    expect(those(measured(own), (value) => !(Math.abs(value) < tolerance))).toEqual({});
    const [{ variable }] = own.layer.relaxation;
    expect(tf.norm(variable).dataSync()[0]).toBeGreaterThan(0.1);
  });

  it('has penalties that are not 0 on a W without structure', () => {
    expect(those(measured(relaxed(layerCase)), (value) => !(value > 0.05))).toEqual({});
  });

  it('has penalties that see one broken entry of 0.01, in each weight by itself', () => {
    const count = relaxed(layerCase).layer.relaxation.length;
    for (let at = 0; at < count; at++) {
      const own = relaxed(layerCase);
      own.layer.relaxation.forEach(({ variable, space }, i) => {
        assign(variable, () => {
          const projected = space.project(variable);
          return i === at ? tf.add(projected, oneEntry(variable.shape, 0.01)) : projected;
        });
      });
      // The entry's share of a mean over up to 10⁴ entries, on features of order 1.
      expect(those(measured(own), (value) => !(value > 1e-5))).toEqual({});
    }
  });
});

/** One entry that is not 0, drawn by the shape. */
function oneEntry(shape: tf.Variable<tf.Rank.R3>['shape'], value: number): tf.Tensor3D {
  const size = tf.util.sizeFromShape(shape);
  const values = new Float64Array(size);
  values[random(1, 'entry', ...shape).integer(size)] = value;
  return tf.tensor3d(values as unknown as Float32Array, shape);
}
