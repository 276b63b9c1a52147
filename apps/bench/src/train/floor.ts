/**
 * The least time that a training step can take on a machine: its floating-point operations at the
 * measured speed of matrix products, and then the optimizer's traffic at the measured speed of
 * copies. Everything else (activations, biases, losses, calls) counts as free.
 */

/** What a step has to do. A product and a sum are two operations. */
export interface StepWork {
  readonly flops: number;
  /** Trained numbers. */
  readonly parameters: number;
}

/** What a machine can do, measured. */
export interface MachineSpeed {
  /** Floating-point operations per second of a product of large square matrices. */
  readonly flopsPerSecond: number;
  /** Bytes read and written per second by adding arrays of about as many numbers as are trained. */
  readonly bytesPerSecond: number;
}

/** Adam reads a parameter, its gradient and two moments, and writes all but the gradient. */
export const adamBytes = (parameters: number): number => 7 * 4 * parameters;

/** In milliseconds. */
export const floorMs = ({ flops, parameters }: StepWork, machine: MachineSpeed): number =>
  1e3 * (flops / machine.flopsPerSecond + adamBytes(parameters) / machine.bytesPerSecond);

/**
 * A multilayer perceptron of the given layer sizes: 2·B·Σ nᵢnᵢ₊₁ forwards, the same for the
 * gradients of the weights, and for those of the hidden activations once more without the first
 * layer.
 */
export function mlpWork(sizes: readonly number[], batch: number): StepWork {
  const products = sizes.slice(1).map((columns, i) => sizes[i]! * columns);
  const all = sum(products);
  return {
    flops: 2 * batch * (3 * all - products[0]!),
    parameters: all + sum(sizes.slice(1)),
  };
}

export interface CnnShape {
  readonly layers: number;
  readonly channels: number;
  /** Side of the square images of one channel. */
  readonly side: number;
  /** Odd side k of the filters. */
  readonly kernel: number;
  readonly classes: number;
  readonly batch: number;
}

/** Pairs of a position and a tap inside a square image. */
function tapPairs(side: number, kernel: number): number {
  const half = (kernel - 1) / 2;
  return (side * kernel - half * (half + 1)) ** 2;
}

/**
 * Convolutions computed directly with zeros around the image: an axis of s pixels has
 * s·k − h(h + 1) pairs of a position and a tap inside the image, h = (k − 1) / 2. Otherwise as for
 * the perceptron; the mean over positions is free.
 */
export function cnnWork({ layers, channels, side, kernel, classes, batch }: CnnShape): StepWork {
  const pairs = tapPairs(side, kernel);
  const filters = Array.from({ length: layers }, (_, i) => (i === 0 ? 1 : channels) * channels);
  const products = sum(filters) * pairs + channels * classes;
  return {
    flops: 2 * batch * (3 * products - filters[0]! * pairs),
    parameters: sum(filters) * kernel ** 2 + layers * channels + (channels + 1) * classes,
  };
}

export interface GroupCnnShape {
  readonly group: 'C4' | 'D4';
  /** Elements of the group. */
  readonly order: number;
  /** Regular fields after each convolution; the first one lifts images of one channel. */
  readonly fields: readonly number[];
  readonly side: number;
  /** Odd side of the filters. */
  readonly kernel: number;
  readonly classes: number;
  readonly batch: number;
}

/**
 * Convolutions with the filters of all group elements written out, counted as for the convolutional
 * network; expanding filters, normalising and pooling are free. A filter has one value for each tap,
 * pair of fields and, after the first layer, group element.
 */
export function groupCnnWork(shape: GroupCnnShape): StepWork {
  const { order, fields, side, kernel, classes, batch } = shape;
  const pairs = tapPairs(side, kernel);
  const from = [1, ...fields.map((count) => count * order)];
  const filters = fields.map((count, i) => from[i]! * count * order);
  const last = fields.at(-1)!;
  const products = sum(filters) * pairs + last * classes;
  return {
    flops: 2 * batch * (3 * products - filters[0]! * pairs),
    parameters:
      sum(filters.map((filter) => filter / order)) * kernel ** 2 +
      2 * sum(fields) +
      (last + 1) * classes,
  };
}

export interface CloneShape {
  /** Side of the image on the torus. */
  readonly side: number;
  readonly kernel: number;
  /** Elements of the group. */
  readonly order: number;
  /** Hidden units of the student. */
  readonly width: number;
  readonly batch: number;
}

/**
 * A bilinear gated student, h(z) = O((A z + a) ⊙ (B z + b)) + o, of a lifting convolution: R·W twice
 * and W·S for R = pixels + taps inputs and S = pixels·order outputs; the same for the gradients of
 * the weights, W·S once more for those of the hidden units; and S·taps for the teacher.
 */
export function cloneWork({ side, kernel, order, width, batch }: CloneShape): StepWork {
  const [pixels, taps] = [side ** 2, kernel ** 2];
  const [rows, outputs] = [pixels + taps, pixels * order];
  return {
    flops: 2 * batch * (2 * 2 * rows * width + 3 * width * outputs + outputs * taps),
    parameters: 2 * (rows + 1) * width + (width + 1) * outputs,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
