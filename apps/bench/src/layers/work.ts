/** What the steps of the `layers` suite have to do. */
import type { StepWork } from '../train/floor.js';

/** Convolutions of regular fields; after each but the last, 2 × 2 means. */
export interface FieldCnnShape {
  readonly group: 'C4' | 'C8' | 'D4';
  /** Elements of the group. */
  readonly order: number;
  /** Regular fields after each convolution; the first one takes images of one channel. */
  readonly fields: readonly number[];
  /** Coefficients of a filter of the first convolution, and of one between two fields. */
  readonly coefficients: readonly [number, number];
  readonly side: number;
  /** Odd side of the filters. */
  readonly kernel: number;
  readonly classes: number;
  readonly batch: number;
}

/** Scalars, vectors and so on up to `degree`, times the harmonics up to that degree. */
export interface TensorProductShape {
  readonly degree: number;
  /** Of each degree, on both sides. */
  readonly channels: number;
  readonly rows: number;
}

/**
 * Operations of a forward pass, with the filters of all group elements written out and all taps; what
 * lies outside of the image is counted, too.
 */
function forwardFlops({ order, fields, side, kernel, classes, batch }: FieldCnnShape): number[] {
  const layers = fields.map((count, i) => {
    const pixels = (side / 2 ** i) ** 2;
    const from = i === 0 ? 1 : fields[i - 1]! * order;
    return 2 * batch * pixels * kernel ** 2 * from * count * order;
  });
  return [...layers, 2 * batch * fields.at(-1)! * classes];
}

export function fieldCnnWork(shape: FieldCnnShape): { training: StepWork; inference: StepWork } {
  const [first = 0, ...rest] = forwardFlops(shape);
  const others = rest.reduce((a, b) => a + b, 0);
  const { fields, coefficients, classes } = shape;
  const parameters = fields.reduce(
    (sum, count, i) => {
      const filters = i === 0 ? count * coefficients[0] : count * fields[i - 1]! * coefficients[1];
      return sum + filters + 2 * count;
    },
    (fields.at(-1)! + 1) * classes,
  );
  return {
    training: { flops: 2 * first + 3 * others, parameters },
    inference: { flops: first + others, parameters },
  };
}

/** Triples of degrees that couple. */
function paths(degree: number): { left: number; right: number; out: number }[] {
  const degrees = Array.from({ length: degree + 1 }, (_, l) => l);
  return degrees.flatMap((left) =>
    degrees.flatMap((right) =>
      degrees.flatMap((out) =>
        Math.abs(left - right) <= out && out <= left + right && (left + right + out) % 2 === 0
          ? [{ left, right, out }]
          : [],
      ),
    ),
  );
}

/**
 * Of each path the mixing of channels, at the side that has fewer entries, and the coupling with the
 * harmonics, its coefficients all counted.
 */
export function tensorProductWork(shape: TensorProductShape): {
  training: StepWork;
  inference: StepWork;
} {
  const { degree, channels, rows } = shape;
  const size = (l: number) => 2 * l + 1;
  const all = paths(degree);
  const forward = all.reduce(
    (sum, { left, right, out }) =>
      sum +
      2 * rows * channels ** 2 * Math.min(size(left), size(out)) +
      2 * rows * channels * size(left) * size(right) * size(out),
    0,
  );
  const parameters = all.length * channels ** 2;
  return {
    training: { flops: 3 * forward, parameters },
    inference: { flops: forward, parameters },
  };
}
