import * as tf from '@tensorflow/tfjs';
import type { Operand } from '../support/runtime.js';
import type { Draw } from '../support/draw.js';
import type { CaseMaker, Family } from '../support/kernelCase.js';

type Reduction = (x: tf.Tensor, axis?: number[], keepDims?: boolean) => tf.Tensor;

const reduction =
  (
    name: string,
    fn: Reduction,
    operand: (draw: Draw, shape: number[]) => Operand,
    gradient = true,
  ): CaseMaker =>
  (draw) => {
    const shape = draw.shape(0, 4);
    const axes = draw.bool() ? draw.axes(shape.length) : undefined;
    const keepDims = draw.bool();
    return {
      call: `${name} over [${axes ?? 'all'}], keepDims ${keepDims}`,
      fn: (x) => fn(x, axes, keepDims),
      inputs: [operand(draw, shape)],
      gradient,
    };
  };

const floats = (draw: Draw, shape: number[]): Operand => draw.floats(shape);
const anyNumber = (draw: Draw, shape: number[]): Operand => draw.any(shape);
const numbers = (draw: Draw, shape: number[]): Operand => draw.any(shape, ['float32', 'int32']);
const bools = (draw: Draw, shape: number[]): Operand => draw.bools(shape);
const tied = (draw: Draw, shape: number[]): Operand => draw.ties(shape);

const argument =
  (name: string, fn: (x: tf.Tensor, axis: number) => tf.Tensor): CaseMaker =>
  (draw) => {
    const shape = draw.solid(1, 4);
    const axis = draw.axis(shape.length);
    const operand = draw.bool() ? draw.ties(shape) : draw.ints(shape);
    return {
      call: `${name} over ${axis}`,
      fn: (x) => fn(x, axis),
      inputs: [operand],
      gradient: false,
    };
  };

export const reductions: Family = {
  all: reduction('all', tf.all, bools, false),
  any: reduction('any', tf.any, bools, false),
  argMax: argument('argMax', tf.argMax),
  argMin: argument('argMin', tf.argMin),
  euclideanNorm: reduction(
    'euclideanNorm',
    (x, axis, keep) => tf.euclideanNorm(x, axis, keep),
    (draw, shape) => draw.floats(shape, 0.5, 2),
  ),
  logSumExp: reduction('logSumExp', tf.logSumExp, floats),
  max: reduction('max', tf.max, numbers),
  'max, ties': reduction('max', tf.max, tied),
  mean: reduction('mean', tf.mean, anyNumber),
  min: reduction('min', tf.min, numbers),
  'min, ties': reduction('min', tf.min, tied),
  moments: reduction('moments', (x, axis, keep) => tf.moments(x, axis, keep).variance, floats),
  norm: reduction('norm', (x, axis, keep) => tf.norm(x, 1, axis, keep), floats),
  prod: reduction('prod', tf.prod, floats),
  sum: reduction('sum', tf.sum, anyNumber),
};
