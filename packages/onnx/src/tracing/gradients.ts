/**
 * Gradients of TensorFlow.js 4.22 that are wrong or missing, done right. The tracer compiles the
 * gradients that tfjs has registered, so they serve compiled programs and eager ones alike.
 */
import * as tf from '@tensorflow/tfjs';
import { axesOf, positiveAxis } from '../lowerings/lowering.js';

type Gradients = Record<string, () => tf.Tensor>;
type Saved = tf.Tensor[];
type Attrs = Record<string, unknown>;

/** Sums over the axes along which a tensor of some shape was broadcast. */
function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], x.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, [...shape]);
}

/** The adjoint of a running sum is the running sum from the other end. */
function cumsum(dy: tf.Tensor, [x]: Saved, attrs: Attrs): Gradients {
  const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
  return { x: () => tf.cumsum(dy, positiveAxis(axis, x!.shape.length), exclusive, !reverse) };
}

/** Each element gets what all of its reflections get. */
function mirrorPad(dy: tf.Tensor, [x]: Saved, attrs: Attrs): Gradients {
  const { paddings, mode } = attrs as unknown as tf.MirrorPadAttrs;
  return {
    x: () =>
      paddings.reduce((sum, rows, axis) => foldAxis(sum, x!.shape[axis]!, axis, rows, mode), dy),
  };
}

function foldAxis(
  dy: tf.Tensor,
  extent: number,
  axis: number,
  [before, after]: readonly [number, number],
  mode: 'reflect' | 'symmetric',
): tf.Tensor {
  if (before === 0 && after === 0) return dy;
  // Of 0 1 2, `reflect` goes on with 1, `symmetric` with 2.
  const edge = mode === 'reflect' ? 0 : 1;
  const sources = Array.from({ length: before + extent + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - edge;
    return place < extent ? place : 2 * extent - 2 - place + edge;
  });
  const rank = dy.shape.length;
  const front = [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)];
  const back = Array.from({ length: rank }, (_, i) => front.indexOf(i));
  const sums = tf.unsortedSegmentSum(
    tf.transpose(dy, front),
    tf.tensor1d(sources, 'int32'),
    extent,
  );
  return tf.transpose(sums, back);
}

/** For each factor the product of the others: of those before it and those behind it. */
function prod(dy: tf.Tensor, [x]: Saved, attrs: Attrs): Gradients {
  const rank = x!.shape.length;
  const axes = axesOf(attrs['axis'], rank);
  const kept = x!.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const perm = [...kept, ...axes];
  return {
    x: () => {
      const turned = tf.transpose(x!, perm);
      const shape = kept.map((axis) => x!.shape[axis]!);
      const factors = tf.reshape(turned, [...shape, axes.reduce((n, a) => n * x!.shape[a]!, 1)]);
      const last = shape.length;
      const others = tf.mul(
        tf.cumprod(factors, last, true, false),
        tf.cumprod(factors, last, true, true),
      );
      const gradient = tf.mul(tf.reshape(dy, [...shape, 1]), others);
      const inverse = perm.map((_, i) => perm.indexOf(i));
      return tf.transpose(tf.reshape(gradient, turned.shape), inverse);
    },
  };
}

/** Of one part, tfjs passes its gradient without a list around it. */
const unpack = (dy: tf.Tensor | tf.Tensor[], _: Saved, attrs: Attrs): Gradients => ({
  value: () => tf.stack([dy].flat(), attrs['axis'] as number),
});

function squaredDifference(dy: tf.Tensor, [a, b]: Saved): Gradients {
  const slope = () => tf.mul(dy, tf.mul(2, tf.sub(a!, b!)));
  return { a: () => sumTo(slope(), a!.shape), b: () => sumTo(tf.neg(slope()), b!.shape) };
}

/** Of two equal elements, the first gets the gradient, as in tfjs. */
const extremum =
  (isFirst: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  (dy: tf.Tensor, [a, b]: Saved): Gradients => {
    const mask = () => tf.cast(isFirst(a!, b!), 'float32');
    return {
      a: () => sumTo(tf.mul(dy, mask()), a!.shape),
      b: () => sumTo(tf.mul(dy, tf.sub(1, mask())), b!.shape),
    };
  };

/** C = op(A) op(B); batch axes may broadcast. */
function batchMatMul(dy: tf.Tensor, [a, b]: Saved, attrs: Attrs): Gradients {
  const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
  return {
    a: () =>
      sumTo(
        transposeA ? tf.matMul(b!, dy, transposeB, true) : tf.matMul(dy, b!, false, !transposeB),
        a!.shape,
      ),
    b: () =>
      sumTo(
        transposeB ? tf.matMul(dy, a!, true, transposeA) : tf.matMul(a!, dy, !transposeA, false),
        b!.shape,
      ),
  };
}

const corrections: Readonly<Record<string, Omit<tf.GradConfig, 'kernelName'>>> = {
  BatchMatMul: { inputsToSave: ['a', 'b'], gradFunc: batchMatMul as tf.GradFunc },
  Cumsum: { inputsToSave: ['x'], gradFunc: cumsum as tf.GradFunc },
  Maximum: { inputsToSave: ['a', 'b'], gradFunc: extremum(tf.greaterEqual) as tf.GradFunc },
  Minimum: { inputsToSave: ['a', 'b'], gradFunc: extremum(tf.lessEqual) as tf.GradFunc },
  MirrorPad: { inputsToSave: ['x'], gradFunc: mirrorPad as tf.GradFunc },
  Prod: { inputsToSave: ['x'], gradFunc: prod as tf.GradFunc },
  SquaredDifference: { inputsToSave: ['a', 'b'], gradFunc: squaredDifference as tf.GradFunc },
  Unpack: { gradFunc: unpack as tf.GradFunc },
};

/**
 * Registers right gradients with TensorFlow.js, for this process and every backend, where those of
 * version 4.22 are wrong (`cumsum` along an axis other than the last, `mirrorPad`) or missing
 * (`maximum`, `minimum`, `squaredDifference` and `matMul` that broadcast, `prod` along axes counted
 * from the back, `unstack` of one). Where tfjs is right, nothing changes but rounding.
 */
export function correctGradients(): void {
  for (const [kernelName, config] of Object.entries(corrections)) {
    tf.registerGradient({ kernelName, ...config });
  }
}
