import type { Device } from '@intertwiner/engine';
import type { RelaxedModel } from '../relaxed/relax.js';
import { evaluateRelaxed } from '../training/evaluate.js';
import type { TaskLoss } from '../training/program.js';
import type { Samples } from '../training/samples.js';
import { foldRelaxation } from './fold.js';
import { snapshot, trainableVariables } from './snapshot.js';

export interface LossAlongLineOptions {
  /** θ of every relaxed layer, or of all, where the line begins; such as `chosen.theta`. */
  readonly theta: number | readonly number[];
  readonly loss: TaskLoss;
  /** Such as the validation samples. */
  readonly samples: Samples;
  /** Where the line ends: W dropped (default), or folded first. */
  readonly projection?: 'drop' | 'fold';
  /** How many, both ends included; default 11. */
  readonly points?: number;
  /** Default: `'cpu'`. */
  readonly device?: Device;
  /** Threads of the runtime; default: its own choice. */
  readonly threads?: number;
}

/**
 * The loss on the straight line from the relaxed weights (t = 0) to the projected ones (t = 1): whether
 * a barrier lies between them. The variables are as before afterwards.
 *
 * After `trainRelaxed`, the network's line is that of `projection: 'drop'`, whichever way it was
 * projected: folding has left the relaxed network at this θ what it was.
 */
export async function lossAlongLine(
  network: RelaxedModel,
  options: LossAlongLineOptions,
): Promise<{ readonly t: number; readonly loss: number }[]> {
  const { theta, loss, samples, projection = 'drop', points = 11 } = options;
  const { device = 'cpu', threads } = options;
  const thetas = network.layers.map((_, i) => (typeof theta === 'number' ? theta : theta[i]));
  const before = snapshot(trainableVariables(network.model));
  try {
    // With W's equivariant part in the layers, scaling the rest of W down is the whole line.
    if (projection === 'fold') network.layers.forEach((l, i) => foldRelaxation([l], thetas[i]));
    const line: { t: number; loss: number }[] = [];
    for (let i = 0; i < points; i++) {
      const t = i / (points - 1);
      const scaled = thetas.map((value) => (1 - t) * value);
      const { loss: value } = await evaluateRelaxed(
        network,
        scaled,
        loss,
        samples,
        device,
        threads,
      );
      line.push({ t, loss: value });
    }
    return line;
  } finally {
    before.restore();
  }
}
