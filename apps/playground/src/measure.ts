/** What a network says of a digit in all poses of C4. */
import { gridAction, group } from '@intertwiner/groups';
import { classes, side, type Network } from './networks.js';

const action = gridAction(group('C4'), { height: side, width: side });

/** g·x for a quarter turn counter-clockwise (1), a half turn (2), and so on. */
export const turned = (image: Float32Array, quarters: number): Float32Array =>
  action.apply(((quarters % 4) + 4) % 4, image);

export interface Measurement {
  /** Probabilities of the ten digits for the image as it is. */
  readonly probabilities: readonly number[];
  /** The digit that is answered in each of the four poses, the present one first. */
  readonly labels: readonly number[];
  /** The largest ‖f(g·x) − f(x)‖ / ‖f(x)‖ over the three turns. */
  readonly error: number;
}

/** One run of the network on all four poses. */
export async function measure(network: Network, image: Float32Array): Promise<Measurement> {
  const poses = new Float32Array(4 * image.length);
  for (let k = 0; k < 4; k++) poses.set(turned(image, k), k * image.length);
  const all = await network.logits(poses, 4);
  const rows = [0, 1, 2, 3].map((k) => Array.from(all.slice(k * classes, (k + 1) * classes)));
  const [plain, ...moved] = rows as [number[], ...number[][]];
  return {
    probabilities: softmax(plain),
    labels: rows.map((row) => row.indexOf(Math.max(...row))),
    error: Math.max(...moved.map((row) => distance(row, plain) / (Math.hypot(...plain) || 1))),
  };
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!));

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const exponentials = logits.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}
