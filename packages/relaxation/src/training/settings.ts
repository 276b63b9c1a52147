import { noStore, type StepBatch } from '@intertwiner/engine';
import { RelaxationError } from '../errors.js';
import { checkProjectable } from '../projection/projection.js';
import { perEpoch, perStep } from '../schedules/steps.js';
import { triangle } from '../schedules/triangle.js';
import type { TrainRelaxedOptions } from './options.js';
import { isRelaxed } from './program.js';
import { batchFiller, checkSamples } from './samples.js';

/** @internal The options of a training with their defaults, checked. */
export type Settings = ReturnType<typeof readSettings>;

/** @internal @throws RelaxationError for settings that do not go together. */
export function readSettings(options: TrainRelaxedOptions) {
  const { train, validation, epochs, batchSize, schedule = triangle() } = options;
  const { name = 'relaxation', projection = 'drop', penalties = [], lambda = 0.01 } = options;
  checkSamples(`${name}: train`, train);
  checkSamples(`${name}: validation`, validation);
  const stepsPerEpoch = Math.floor(train.count / batchSize);
  if (stepsPerEpoch < 1) {
    throw new RelaxationError(
      name,
      `a batch of ${batchSize} needs more than ${train.count} training samples.`,
    );
  }
  checkControl(name, options);
  if (isRelaxed(options.model) && !options.ace && !options.learned) {
    checkProjectable(schedule, projection);
  }
  const rate = options.learningRate ?? 1e-3;
  const steps = epochs * stepsPerEpoch;
  const rateAt = typeof rate === 'number' ? () => rate : perStep(rate, steps);
  const thetaAt =
    options.per === 'step' ? perStep(schedule, steps) : perEpoch(schedule, epochs, stepsPerEpoch);
  const lambdaAt = typeof lambda === 'number' ? () => lambda : lambda;
  const samples = batchFiller(train, batchSize, options.seed ?? 0);
  return {
    ...options,
    name,
    device: options.device ?? ('auto' as const),
    projection,
    penalties,
    select: options.select ?? 'best',
    store: options.store ?? noStore,
    saveSeconds: options.saveSeconds ?? 15,
    steps,
    stepsPerEpoch,
    lambdaAt,
    fill: (step: number, batch: StepBatch) => {
      samples(step, batch);
      const theta = thetaAt(step);
      batch['theta'][0] = theta;
      batch['lambda'][0] = lambdaAt(theta);
      batch['learningRate'][0] = rateAt(step);
    },
  };
}

function checkControl(name: string, { ace, learned, projection = 'drop' }: TrainRelaxedOptions) {
  if (ace && learned) {
    throw new RelaxationError(
      name,
      "θ is either learned or driven by ACE; give 'ace' or 'learned'.",
    );
  }
  if (!learned || projection !== 'drop') return;
  throw new RelaxationError(
    name,
    "a learned θ need not end at 0, so dropping W would change the network at once; use projection 'fold', " +
      "which keeps the equivariant part of W, 'best', which validates both, or 'none'.",
  );
}
