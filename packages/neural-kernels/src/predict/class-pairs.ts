import { diagnose, type Diagnosis } from './diagnose.js';
import { estimate, type Estimate } from './estimate.js';
import type { Prediction } from './predict.js';

/** Two classes: is the left-out pose of one taken for the other, and why? */
export interface ClassPairDiagnosis extends Diagnosis {
  /** Ascending. */
  readonly classes: readonly [number, number];
  /** Mean exact ε over the pairs of images of these classes. */
  readonly exact: Estimate;
}

/**
 * Which pairs of classes fail, worst first.
 *
 * @param prediction with its pairs of images; `labels` the class of each image, as given to `predict`.
 * @param wanted the mean ε to reach, default 1.
 * @returns one entry for each two classes of which a pair of images was drawn.
 */
export function classPairs(
  { pairs }: Pick<Prediction, 'pairs'>,
  labels: ArrayLike<number>,
  wanted = 1,
): ClassPairDiagnosis[] {
  const byClasses = new Map<
    string,
    { classes: [number, number]; members: (typeof pairs)[number][] }
  >();
  for (const pair of pairs) {
    const classes = pair.images.map((i) => labels[i]).sort((a, b) => a - b) as [number, number];
    const entry = byClasses.get(classes.join()) ?? { classes, members: [] };
    entry.members.push(pair);
    byClasses.set(classes.join(), entry);
  }
  return [...byClasses.values()]
    .map(({ classes, members }) => ({
      classes,
      exact: estimate(members.map(({ exact }) => exact)),
      ...diagnose(members, wanted),
    }))
    .sort((a, b) => b.exact.mean - a.exact.mean);
}
