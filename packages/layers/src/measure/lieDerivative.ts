/**
 * The Lie derivative of a function along the generators of a continuous group (Gruver et al., The
 * Lie Derivative for Measuring Learned Equivariance, 2022): how fast f stops commuting with the
 * group as one leaves the identity.
 */
import * as tf from '@tensorflow/tfjs';
import type { LieGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { exponential } from './exponential.js';
import { jacobianVector } from './jacobianVector.js';
import { evaluate, type BatchFunction } from './run.js';
import {
  checkFinite,
  checkMeasure,
  forEachBatch,
  mean,
  ratio,
  sampleNorms,
  take,
  type MeasureOptions,
} from './sampling.js';

export interface LieDerivativeOptions extends MeasureOptions<LieGroup> {
  /**
   * `'exact'`: a Jacobian-vector product; needs a synchronous f of operations that tfjs differentiates
   * twice, and actions that know their derivative. `'difference'`: a difference quotient, of any f.
   * Default `'auto'`: exact where it can be.
   */
  readonly method?: 'auto' | 'exact' | 'difference';
  /**
   * Step h of the difference quotient, default 1/32: its error is h⁴/30 times the fifth derivative,
   * and 1.5/h float32 roundings of f (3e-6 relative); exactly equivariant functions show only these.
   */
  readonly step?: number;
}

export interface GeneratorDerivative {
  /** Index of the generator in `group.generators`. */
  readonly generator: number;
  /** Mean over the samples of ‖L_X f(x)‖ / ‖f(x)‖. */
  readonly error: number;
  /** Largest over the samples. */
  readonly max: number;
}

export interface LieDerivativeReport {
  /** The group's name. */
  readonly group: string;
  /** How it was measured. */
  readonly method: 'exact' | 'difference';
  /** Mean over samples and generators. */
  readonly mean: number;
  /** Largest over samples and generators. */
  readonly max: number;
  readonly perGenerator: readonly GeneratorDerivative[];
}

/**
 * Measures ‖L_X f(x)‖ / ‖f(x)‖ for every generator X of a Lie group, where
 * L_X f(x) = d/dt ρ_out(e^{−tX}) f(ρ_in(e^{tX}) x) at t = 0, which is J_f(x)·dρ_in(X)x − dρ_out(X)f(x):
 * exactly by a Jacobian-vector product, or by a fourth-order central difference.
 *
 * Zero for all generators exactly where f commutes with the identity component; discrete generators
 * (reflections) are a matter for `equivarianceError`.
 *
 * @param f takes a batch [B, ...] and returns one, or a `tf.LayersModel`.
 * @throws {LayerError} if an action is of another group, if there is nothing to measure on, if f
 *   returns values that are not finite, or if `'exact'` is asked for and cannot be.
 */
export async function lieDerivative(
  f: BatchFunction,
  options: LieDerivativeOptions,
): Promise<LieDerivativeReport> {
  checkMeasure('lieDerivative', options);
  const { group, method = 'auto' } = options;
  const obstacle = method === 'difference' ? '' : await obstacleToExact(f, options);
  if (method === 'exact' && obstacle !== null) {
    throw new LayerError('lieDerivative', `cannot be exact: ${obstacle}; use method 'difference'.`);
  }
  const isExact = method !== 'difference' && obstacle === null;
  const derivativeOf = isExact ? exactDerivative : differenceQuotient;
  const errors = group.generators.map((): number[] => []);
  await forEachBatch(options, async (x) => {
    const y = await evaluate(f, x);
    try {
      for (const [i, generator] of group.generators.entries()) {
        const derivative = await derivativeOf(f, x, y, generator, options);
        const sizes = tf.tidy(() => ratio(sampleNorms(derivative), sampleNorms(y)));
        derivative.dispose();
        errors[i].push(...(await take(sizes)));
      }
    } finally {
      y.dispose();
    }
  });
  return summarise(group, isExact ? 'exact' : 'difference', errors);
}

/** Why there is no exact derivative; null if there is one. Tried on the first input. */
async function obstacleToExact(
  f: BatchFunction,
  options: LieDerivativeOptions,
): Promise<string | null> {
  const unknown = [options.input, options.output].find(({ derivative }) => !derivative);
  if (unknown) return `the derivative of '${unknown.description}' is not known`;
  let obstacle: string | null = null;
  await forEachBatch({ ...options, samples: 1, batchSize: 1 }, async (x) => {
    if (obstacle !== null) return;
    const y = await evaluate(f, x);
    try {
      const [generator] = options.group.generators;
      (await exactDerivative(f, x, y, generator, options)).dispose();
    } catch (error) {
      obstacle = (error as Error).message.split('\n', 1)[0];
    } finally {
      y.dispose();
    }
  });
  return obstacle;
}

/** J_f(x)·dρ_in(X)x − dρ_out(X)y */
function exactDerivative(
  f: BatchFunction,
  x: tf.Tensor,
  y: tf.Tensor,
  generator: Float64Array,
  { input, output }: LieDerivativeOptions,
): Promise<tf.Tensor> {
  const evaluated = (z: tf.Tensor) => {
    const value = typeof f === 'function' ? f(z) : (f as tf.LayersModel).apply(z);
    if (value instanceof tf.Tensor) return value;
    throw new Error('the function is asynchronous');
  };
  return Promise.resolve(
    tf.tidy(() => {
      const tangent = input.derivative!(generator, x);
      return tf.sub(jacobianVector(evaluated, x, tangent), output.derivative!(generator, y));
    }),
  );
}

async function differenceQuotient(
  f: BatchFunction,
  x: tf.Tensor,
  _: tf.Tensor,
  generator: Float64Array,
  options: LieDerivativeOptions,
): Promise<tf.Tensor> {
  const { step = 1 / 32 } = options;
  const values: tf.Tensor[] = [];
  try {
    for (const t of [-2 * step, -step, step, 2 * step]) {
      values.push(await transported(f, x, generator, t, options));
    }
    const [a, b, c, d] = values;
    return tf.tidy(() => {
      const difference = tf.sub(tf.mul(tf.sub(c, b), 8), tf.sub(d, a));
      return tf.div(difference, 12 * step);
    });
  } finally {
    tf.dispose(values);
  }
}

/** ρ_out(e^{−tX}) f(ρ_in(e^{tX}) x) */
async function transported(
  f: BatchFunction,
  x: tf.Tensor,
  generator: Float64Array,
  t: number,
  { group, input, output }: LieDerivativeOptions,
): Promise<tf.Tensor> {
  const flow = (s: number) =>
    exponential(
      generator.map((value) => s * value),
      group.dimension,
    );
  const moved = input.apply(flow(t), x);
  const y = await evaluate(f, moved).finally(() => moved.dispose());
  try {
    return output.apply(flow(-t), y);
  } finally {
    y.dispose();
  }
}

function summarise(
  group: LieGroup,
  method: 'exact' | 'difference',
  errors: readonly number[][],
): LieDerivativeReport {
  for (const values of errors) checkFinite('lieDerivative', values);
  const perGenerator = errors.map((values, generator) => ({
    generator,
    error: mean(values),
    max: Math.max(...values),
  }));
  return {
    group: group.name,
    method,
    mean: mean(perGenerator.map(({ error }) => error)),
    max: Math.max(...perGenerator.map(({ max }) => max)),
    perGenerator,
  };
}
