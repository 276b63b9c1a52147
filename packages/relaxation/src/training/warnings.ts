/** What is likely to be wrong with the settings of a training, seen from its end. */
import type { RelaxedEpoch } from './options.js';
import type { Settings } from './settings.js';

/** @internal */
export const warningsOf = (
  settings: Settings,
  chosen: RelaxedEpoch,
  history: readonly RelaxedEpoch[],
): string[] => [
  ...dominanceWarnings(settings, history),
  ...risingWarnings(chosen, history),
  ...openWarnings(settings, history),
];

/** λ·penalty above the task's loss: W is then held back more than it is taught. */
function dominanceWarnings({ lambdaAt }: Settings, history: readonly RelaxedEpoch[]): string[] {
  const ratios = history.map(({ theta, penalty, loss }) => {
    const weighted = lambdaAt(theta.length > 0 ? Math.max(...theta) : 0) * penalty;
    return loss > 0 ? weighted / loss : 0;
  });
  const worst = ratios.reduce((at, ratio, i) => (ratio > ratios[at] ? i : at), 0);
  if (!(ratios[worst] > 1)) return [];
  return [
    `λ·penalty is ${ratios[worst].toPrecision(3)} times the task's loss in epoch ${worst}: the penalty ` +
      'dominates, and W learns little. Use a smaller λ.',
  ];
}

/** The best epoch lies where θ still rises: the schedule has not done its work there. */
function risingWarnings(chosen: RelaxedEpoch, history: readonly RelaxedEpoch[]): string[] {
  const peak = history.reduce((a, b) => (largest(b) > largest(a) ? b : a));
  if (!(chosen.epoch < peak.epoch)) return [];
  return [
    `The chosen epoch ${chosen.epoch} lies before θ's peak in epoch ${peak.epoch}: relaxation did not ` +
      'help there. Train longer, or compare with the strict network.',
  ];
}

/** |θ| above which dropping W is no small change. */
const small = 0.05;

/** ACE drives θ to 0 but promises no time. */
function openWarnings({ ace, projection }: Settings, history: readonly RelaxedEpoch[]): string[] {
  const left = Math.max(0, ...history.at(-1)!.theta.map(Math.abs));
  if (!ace || projection !== 'drop' || left <= small) return [];
  return [
    `ACE has left θ at ${left.toPrecision(3)} at the end, where W is dropped. Train longer, use a larger ` +
      "stepSize, or projection 'fold' or 'best'.",
  ];
}

const largest = ({ theta }: RelaxedEpoch): number => Math.max(0, ...theta);
