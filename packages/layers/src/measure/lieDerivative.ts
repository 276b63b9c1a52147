/**
 * The Lie derivative of a function along the generators of a continuous group (Gruver et al., The
 * Lie Derivative for Measuring Learned Equivariance, 2022): how fast f stops commuting with the
 * group as one leaves the identity.
 */
import * as tf from '@tensorflow/tfjs';
import type { LieGroup } from '@intertwiner/groups';
import { exponential } from './exponential.js';
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
  /** Mean over samples and generators. */
  readonly mean: number;
  /** Largest over samples and generators. */
  readonly max: number;
  readonly perGenerator: readonly GeneratorDerivative[];
}

/**
 * Measures ‖L_X f(x)‖ / ‖f(x)‖ for every generator X of a Lie group, where
 * L_X f(x) = d/dt ρ_out(e^{−tX}) f(ρ_in(e^{tX}) x) at t = 0, by a fourth-order central difference.
 *
 * Zero for all generators exactly where f commutes with the identity component; discrete generators
 * (reflections) are a matter for `equivarianceError`.
 *
 * @param f takes a batch [B, ...] and returns one, or a `tf.LayersModel`.
 * @throws {LayerError} if an action is of another group, if there is nothing to measure on, or if f
 *   returns values that are not finite.
 */
export async function lieDerivative(
  f: BatchFunction,
  options: LieDerivativeOptions,
): Promise<LieDerivativeReport> {
  checkMeasure('lieDerivative', options);
  const { group } = options;
  const errors = group.generators.map((): number[] => []);
  await forEachBatch(options, async (x) => {
    const y = await evaluate(f, x);
    try {
      for (const [i, generator] of group.generators.entries()) {
        errors[i].push(...(await relativeDerivative(f, x, y, generator, options)));
      }
    } finally {
      y.dispose();
    }
  });
  return summarise(group, errors);
}

async function relativeDerivative(
  f: BatchFunction,
  x: tf.Tensor,
  y: tf.Tensor,
  generator: Float64Array,
  options: LieDerivativeOptions,
): Promise<number[]> {
  const { step = 1 / 32 } = options;
  const values: tf.Tensor[] = [];
  try {
    for (const t of [-2 * step, -step, step, 2 * step]) {
      values.push(await transported(f, x, generator, t, options));
    }
    const [a, b, c, d] = values;
    const errors = tf.tidy(() => {
      const difference = tf.sub(tf.mul(tf.sub(c, b), 8), tf.sub(d, a));
      return ratio(sampleNorms(tf.div(difference, 12 * step)), sampleNorms(y));
    });
    return await take(errors);
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

function summarise(group: LieGroup, errors: readonly number[][]): LieDerivativeReport {
  for (const values of errors) checkFinite('lieDerivative', values);
  const perGenerator = errors.map((values, generator) => ({
    generator,
    error: mean(values),
    max: Math.max(...values),
  }));
  return {
    group: group.name,
    mean: mean(perGenerator.map(({ error }) => error)),
    max: Math.max(...perGenerator.map(({ max }) => max)),
    perGenerator,
  };
}
