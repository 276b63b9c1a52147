/** How far a training has come, in the form in which the engine's store keeps it. */
import { appendOutputs, type StepOutputs } from '@intertwiner/engine';
import type { MeasuredEpoch } from './measureEpoch.js';
import type { RelaxedEpoch } from './options.js';

/** @internal */
export interface Progress {
  /** The epochs so far, by {@link recordOf}. */
  readonly history: StepOutputs;
  /** The outputs of the steps of an unfinished epoch. */
  readonly partial: StepOutputs;
  /** The epoch that is to be kept, with copies of its weights. */
  readonly best: { readonly epoch: number; readonly weights: readonly Float32Array[] } | null;
}

/** @internal */
export const noProgress: Progress = { history: {}, partial: {}, best: null };

/** @internal After more steps of an epoch. */
export const withSteps = (
  { history, partial, best }: Progress,
  outputs: StepOutputs,
): Progress => ({
  history,
  partial: appendOutputs(partial, outputs),
  best,
});

/** @internal After another epoch, which may be the one to keep. */
export const withEpoch = (
  { history, best }: Progress,
  { result, weights }: MeasuredEpoch,
  isBest: boolean,
): Progress => ({
  history: appendOutputs(history, recordOf(result)),
  partial: {},
  best: isBest || !best ? { epoch: result.epoch, weights } : best,
});

const projections = ['drop', 'fold'] as const;

/** An epoch as arrays, to be appended to those of the epochs before. */
function recordOf(epoch: RelaxedEpoch): StepOutputs {
  const { loss, penalty, theta, relaxed, projected, projection, layerErrors, remul } = epoch;
  const numbers = {
    loss,
    penalty,
    relaxed,
    projected,
    projection: projections.indexOf(projection),
  };
  const record = Object.entries(numbers).map(
    ([name, value]) => [name, Float32Array.of(value)] as const,
  );
  return {
    ...Object.fromEntries(record),
    theta: Float32Array.from(theta),
    layerErrors: Float32Array.from(layerErrors),
    ...(remul && { remul: Float32Array.of(remul.equivariance, remul.alpha, remul.beta) }),
  };
}

/** @internal The epochs of a history. */
export function epochsOf({ history }: Progress): RelaxedEpoch[] {
  const count = history['loss']?.length ?? 0;
  return Array.from({ length: count }, (_, epoch) => {
    const values = (name: string): number[] => {
      const size = (history[name]?.length ?? 0) / count;
      return [...(history[name] ?? []).slice(epoch * size, (epoch + 1) * size)];
    };
    const [equivariance, alpha, beta] = values('remul');
    return {
      epoch,
      loss: values('loss')[0],
      penalty: values('penalty')[0],
      theta: values('theta'),
      relaxed: values('relaxed')[0],
      projected: values('projected')[0],
      projection: projections[values('projection')[0]],
      layerErrors: values('layerErrors'),
      ...(equivariance !== undefined && { remul: { equivariance, alpha, beta } }),
    };
  });
}

/** @internal One flat record of arrays. */
export function encodeProgress({ history, partial, best }: Progress): StepOutputs {
  const prefixed = (prefix: string, outputs: StepOutputs) =>
    Object.entries(outputs).map(([name, data]) => [`${prefix}/${name}`, data] as const);
  const kept = best?.weights.map((data, i) => [`best/${i}`, data] as const) ?? [];
  return {
    ...Object.fromEntries([...prefixed('epochs', history), ...prefixed('partial', partial)]),
    ...Object.fromEntries(kept),
    ...(best && { bestEpoch: Float32Array.of(best.epoch) }),
  };
}

/** @internal What {@link encodeProgress} was given. */
export function decodeProgress(outputs: StepOutputs): Progress {
  const under = (prefix: string): StepOutputs =>
    Object.fromEntries(
      Object.entries(outputs)
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, data]) => [name.slice(prefix.length + 1), data]),
    );
  const weights = under('best');
  const epoch = outputs['bestEpoch']?.[0];
  const best =
    epoch === undefined
      ? null
      : { epoch, weights: Object.keys(weights).map((_, i) => weights[String(i)]) };
  return { history: under('epochs'), partial: under('partial'), best };
}
