import type { FiniteGroup, Group } from '@intertwiner/groups';
import { equivarianceError, type EquivarianceReport } from './equivarianceError.js';
import type { BatchFunction } from './run.js';
import type { EquivarianceOptions } from './sampling.js';

export interface AssertEquivariantOptions<
  G extends Group = FiniteGroup,
> extends EquivarianceOptions<G> {
  /** Largest error of any sample and element that passes, default 1e-5 (float32 rounding). */
  readonly tolerance?: number;
}

/**
 * Measures like {@link equivarianceError} and throws if any sample exceeds the tolerance; for tests
 * in any framework.
 *
 * @throws {Error} naming the group element with the largest error.
 */
export async function assertEquivariant<G extends Group = FiniteGroup>(
  f: BatchFunction,
  options: AssertEquivariantOptions<G>,
): Promise<EquivarianceReport<G>> {
  const { tolerance = 1e-5 } = options;
  const report = await equivarianceError(f, options);
  const worst = report.perElement.reduce((a, b) => (b.max > a.max ? b : a));
  if (worst.max > tolerance) {
    throw new Error(
      `Not equivariant under ${report.group}: ‖f(gx) − g f(x)‖ / ‖f(x)‖ = ` +
        `${worst.max.toExponential(2)} for g = ${worst.name}, allowed ${tolerance}.`,
    );
  }
  return report;
}
