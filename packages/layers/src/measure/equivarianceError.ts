/**
 * How far a function is from commuting with a group: ‖f(g·x) − g·f(x)‖ / ‖f(x)‖, exactly over all
 * elements of a finite group, sampled over those of another; sampled over inputs.
 */
import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { call, type SyncBatchFunction } from '../symmetrise/plan.js';
import { roundingLevel } from './rounding.js';
import { evaluate, type BatchFunction } from './run.js';
import {
  checkFinite,
  checkMeasure,
  elementsOf,
  forEachBatch,
  mean,
  ratio,
  sampleNorms,
  take,
  type EquivarianceOptions,
} from './sampling.js';

export interface ElementError<G extends Group = FiniteGroup> {
  readonly element: ElementOf<G>;
  readonly name: string;
  /** Mean over the samples of ‖f(g·x) − g·f(x)‖ / ‖f(x)‖. */
  readonly error: number;
  /** Largest over the samples. */
  readonly max: number;
}

export interface EquivarianceReport<G extends Group = FiniteGroup> {
  /** The group's name. */
  readonly group: string;
  /** Mean error over samples and non-identity elements. */
  readonly mean: number;
  /** Largest error over samples and non-identity elements. */
  readonly max: number;
  readonly perElement: readonly ElementError<G>[];
  /**
   * Share of samples and non-identity elements with argmax f(g·x) = argmax g·f(x); only where f
   * returns a vector of two or more entries per sample.
   */
  readonly argmaxConsistency?: number;
  /**
   * The error that float32 rounding explains, where it was asked for: 8 times the relative error of f
   * itself, since two evaluations and two actions are compared and samples differ.
   */
  readonly rounding?: number;
  /** Whether the largest error is within `rounding`, or a defect of f. */
  readonly verdict?: 'rounding' | 'defect';
  /** The samples with the largest errors, each with its worst element; at most eight. */
  readonly worst: readonly WorstSample<G>[];
}

/** A sample, and the element under which it errs most. */
export interface WorstSample<G extends Group = FiniteGroup> {
  /** Its place among the inputs. */
  readonly sample: number;
  readonly element: ElementOf<G>;
  readonly name: string;
  readonly error: number;
}

/**
 * Measures ‖f(g·x) − g·f(x)‖ / ‖f(x)‖ for every element g of a finite group, or for random elements
 * of another.
 *
 * A sample with f(x) = 0 counts 0 where f(g·x) is 0 too, and Infinity elsewhere. The identity is in
 * the table (it shows whether f is deterministic) and outside the totals, unless it is alone.
 *
 * @param f takes a batch [B, ...] and returns one, or a `tf.LayersModel`. Tensors a synchronous
 *   function makes on its way are disposed of; an asynchronous one disposes of its own.
 * @throws {LayerError} if an action is of another group, if there is nothing to measure on, or if f
 *   returns values that are not finite.
 */
export async function equivarianceError<G extends Group = FiniteGroup>(
  f: BatchFunction,
  options: EquivarianceOptions<G>,
): Promise<EquivarianceReport<G>> {
  checkMeasure('equivarianceError', options);
  const records = elementsOf('equivarianceError', options).map((element): ElementRecord<G> => ({
    element,
    errors: [],
    agreements: [],
  }));
  await forEachBatch(options, async (x) => {
    const y = await evaluate(f, x);
    try {
      for (const record of records) await measure(f, x, y, options, record);
    } finally {
      y.dispose();
    }
  });
  const report = summarise(options.group, records);
  return options.rounding ? withVerdict(report, await roundingOf(f, options)) : report;
}

function withVerdict<G extends Group>(
  report: EquivarianceReport<G>,
  rounding: number,
): EquivarianceReport<G> {
  return { ...report, rounding, verdict: report.max <= rounding ? 'rounding' : 'defect' };
}

/** What rounding explains, from one batch of inputs. */
async function roundingOf<G extends Group>(
  f: BatchFunction,
  options: EquivarianceOptions<G>,
): Promise<number> {
  let level: number | undefined;
  await forEachBatch(options, async (x) => {
    level ??= await roundingLevel((z) => call(f as SyncBatchFunction, z), x, {
      seed: options.seed,
    });
  });
  return 8 * level!;
}

/** Errors of the samples of one element, and which of them agree in their largest entry. */
interface ElementRecord<G extends Group> {
  readonly element: ElementOf<G>;
  readonly errors: number[];
  readonly agreements: number[];
}

async function measure<G extends Group>(
  f: BatchFunction,
  x: tf.Tensor,
  y: tf.Tensor,
  { input, output }: EquivarianceOptions<G>,
  { element, errors, agreements }: ElementRecord<G>,
): Promise<void> {
  const gx = input.apply(element, x);
  const fgx = await evaluate(f, gx).finally(() => gx.dispose());
  try {
    const [batchErrors, batchAgreements] = tf.tidy(() => {
      const gy = output.apply(element, y);
      return [ratio(sampleNorms(tf.sub(fgx, gy)), sampleNorms(y)), agreementsOf(fgx, gy)];
    });
    errors.push(...(await take(batchErrors)));
    agreements.push(...(await take(batchAgreements)));
  } finally {
    fgx.dispose();
  }
}

/** 1 where the largest entries agree, one per sample; empty unless samples are vectors. */
function agreementsOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank !== 2 || a.shape[1]! < 2) return tf.zeros([0]);
  return tf.cast(tf.equal(tf.argMax(a, 1), tf.argMax(b, 1)), 'float32');
}

function summarise<G extends Group>(
  group: G,
  records: readonly ElementRecord<G>[],
): EquivarianceReport<G> {
  for (const { errors } of records) checkFinite('equivarianceError', errors);
  const perElement = records.map(({ element, errors }) => {
    const name = elementName(group, element);
    return { element, name, error: mean(errors), max: Math.max(...errors) };
  });
  const proper = records.flatMap(({ element }, i) =>
    element === group.identity && records.length > 1 ? [] : [i],
  );
  const agreements = proper.flatMap((i) => records[i].agreements);
  return {
    group: group.name,
    mean: mean(proper.map((i) => perElement[i].error)),
    max: Math.max(...proper.map((i) => perElement[i].max)),
    perElement,
    ...(agreements.length > 0 && { argmaxConsistency: mean(agreements) }),
    worst: worstSamples(
      group,
      proper.map((i) => records[i]),
    ),
  };
}

const worstCount = 8;

function worstSamples<G extends Group>(
  group: G,
  records: readonly ElementRecord<G>[],
): WorstSample<G>[] {
  return records[0].errors
    .map((_, sample) => {
      const { element, errors } = records.reduce((a, b) =>
        b.errors[sample] > a.errors[sample] ? b : a,
      );
      return { sample, element, name: elementName(group, element), error: errors[sample] };
    })
    .toSorted((a, b) => b.error - a.error)
    .slice(0, worstCount);
}

/** The union of group kinds has no common element type; the element is one of this group's. */
function elementName<G extends Group>(group: G, element: ElementOf<G>): string {
  return (group as { elementName(element: ElementOf<G>): string }).elementName(element);
}
