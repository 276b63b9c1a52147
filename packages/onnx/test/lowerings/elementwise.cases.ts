import * as tf from '@tensorflow/tfjs';
import type { Operand } from '../support/runtime.js';
import type { Draw, Dtype } from '../support/draw.js';
import type { CaseMaker, Family } from '../support/kernelCase.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const unary =
  (name: string, fn: Unary, [min, max]: readonly [number, number] = [-2, 2]): CaseMaker =>
  (draw) => ({ call: name, fn, inputs: [draw.floats(draw.shape(0, 4), min, max)] });

/** For kernels that tfjs also runs on integers. */
const numeric =
  (name: string, fn: Unary): CaseMaker =>
  (draw) => ({ call: name, fn, inputs: [draw.any(draw.shape(0, 4), ['float32', 'int32'])] });

const binary =
  (
    name: string,
    fn: Binary,
    operand: (draw: Draw, shape: number[], side: number) => Operand,
    gradient = true,
  ): CaseMaker =>
  (draw) => {
    const shapes = draw.broadcastable();
    return { call: name, fn, gradient, inputs: shapes.map((s, side) => operand(draw, s, side)) };
  };

/** Not two booleans: their sum is a boolean in tfjs, of value 2. */
const anyNumber = (draw: Draw, shape: number[], side: number): Operand =>
  draw.any(shape, side === 0 ? ['float32', 'float32', 'int32', 'bool'] : ['float32', 'int32']);
const floats = (draw: Draw, shape: number[]): Operand => draw.floats(shape);
const positive = (draw: Draw, shape: number[]): Operand => draw.floats(shape, 0.3, 2.5);
const awayFromZero = (draw: Draw, shape: number[], side: number): Operand =>
  side === 0 ? draw.floats(shape) : draw.floats(shape, 0.4, 2);
const tied = (draw: Draw, shape: number[]): Operand =>
  draw.bool() ? draw.ties(shape) : draw.ints(shape);
const bools = (draw: Draw, shape: number[]): Operand => draw.bools(shape);

const odd = (draw: Draw, shape: number[]): Operand => {
  const x = draw.floats(shape);
  const data = (x.data as Float32Array).map((v, i) => [v, NaN, Infinity, -Infinity][i % 4]!);
  return { ...x, data };
};

export const elementwise: Family = {
  abs: numeric('abs', tf.abs),
  acos: unary('acos', tf.acos, [-0.9, 0.9]),
  acosh: unary('acosh', tf.acosh, [1.1, 4]),
  add: binary('add', tf.add, anyNumber),
  addN: (draw) => {
    const shape = draw.shape(0, 3);
    const inputs = Array.from({ length: draw.integer(1, 4) }, () => draw.floats(shape));
    return { call: 'addN', fn: (...x) => tf.addN(x), inputs };
  },
  asin: unary('asin', tf.asin, [-0.9, 0.9]),
  asinh: unary('asinh', tf.asinh),
  atan: unary('atan', tf.atan),
  atan2: binary('atan2', tf.atan2, (draw, shape) =>
    draw.bool() ? draw.ties(shape) : draw.floats(shape),
  ),
  atanh: unary('atanh', tf.atanh, [-0.9, 0.9]),
  cast: (draw) => {
    const dtype = draw.pick<Dtype>(['float32', 'int32', 'bool']);
    const fn: Unary = (x) => tf.cast(x, dtype);
    return { call: `cast to ${dtype}`, fn, inputs: [draw.any(draw.shape(0, 3))], gradient: false };
  },
  'cast, gradient': (draw) => ({
    call: 'cast to float32 of a sum',
    fn: (x, y) => tf.mul(tf.cast(x, 'float32'), tf.cast(y, 'float32')),
    inputs: [draw.floats([3]), draw.ints([3])],
  }),
  ceil: unary('ceil', tf.ceil),
  clipByValue: (draw) => ({
    call: 'clipByValue −0.5 … 1',
    fn: (x) => tf.clipByValue(x, -0.5, 1),
    inputs: [draw.floats(draw.shape(0, 3))],
  }),
  cos: unary('cos', tf.cos),
  cosh: unary('cosh', tf.cosh),
  div: binary('div', tf.div, awayFromZero),
  divNoNan: binary('divNoNan', tf.divNoNan, (draw, shape, side) =>
    side === 0 ? draw.floats(shape) : draw.ties(shape),
  ),
  elu: unary('elu', tf.elu),
  equal: binary('equal', tf.equal, tied, false),
  erf: unary('erf', tf.erf),
  exp: unary('exp', tf.exp),
  expm1: unary('expm1', tf.expm1),
  floor: unary('floor', tf.floor),
  floorDiv: binary('floorDiv', tf.floorDiv, (draw, shape, side) =>
    side === 0 ? draw.floats(shape, -9, 9) : draw.floats(shape, 0.5, 3),
  ),
  'floorDiv, integers': binary('floorDiv', tf.floorDiv, (draw, shape, side) =>
    side === 0
      ? draw.ints(shape, -(2 ** 30), 2 ** 30)
      : draw.pick([draw.ints(shape, 1, 9), draw.ints(shape, -9, -1)]),
  ),
  bitwiseAnd: (draw) => {
    const shape = draw.shape(0, 3);
    return {
      call: 'bitwiseAnd',
      fn: tf.bitwiseAnd,
      inputs: [draw.ints(shape, 0, 99), draw.ints(shape, 0, 99)],
    };
  },
  greater: binary('greater', tf.greater, tied, false),
  greaterEqual: binary('greaterEqual', tf.greaterEqual, tied, false),
  isFinite: (draw) => ({
    call: 'isFinite',
    fn: tf.isFinite,
    inputs: [odd(draw, [9])],
    gradient: false,
  }),
  isInf: (draw) => ({ call: 'isInf', fn: tf.isInf, inputs: [odd(draw, [9])], gradient: false }),
  isNaN: (draw) => ({ call: 'isNaN', fn: tf.isNaN, inputs: [odd(draw, [9])], gradient: false }),
  leakyRelu: unary('leakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  less: binary('less', tf.less, tied, false),
  lessEqual: binary('lessEqual', tf.lessEqual, tied, false),
  log: unary('log', tf.log, [0.1, 4]),
  log1p: unary('log1p', tf.log1p, [-0.9, 4]),
  logicalAnd: binary('logicalAnd', tf.logicalAnd, bools, false),
  logicalNot: (draw) => ({
    call: 'logicalNot',
    fn: tf.logicalNot,
    inputs: [draw.bools(draw.shape(0, 3))],
  }),
  logicalOr: binary('logicalOr', tf.logicalOr, bools, false),
  logicalXor: binary('logicalXor', tf.logicalXor, bools, false),
  logSigmoid: unary('logSigmoid', tf.logSigmoid),
  maximum: binary('maximum', tf.maximum, anyNumber),
  'maximum, ties': binary('maximum', tf.maximum, tied),
  'maximum, booleans': binary('maximum', tf.maximum, bools),
  minimum: binary('minimum', tf.minimum, anyNumber),
  mod: binary('mod', tf.mod, (draw, shape, side) =>
    side === 0 ? draw.floats(shape, -4, 4) : draw.floats(shape, 0.7, 2),
  ),
  'mod, signs': binary(
    'mod',
    tf.mod,
    (draw, shape, side) =>
      side === 0
        ? draw.ints(shape, -7, 7)
        : draw.pick([draw.ints(shape, 1, 3), draw.ints(shape, -3, -1)]),
    false,
  ),
  mul: binary('mul', tf.mul, anyNumber),
  'mul, booleans': binary('mul', tf.mul, bools),
  neg: numeric('neg', tf.neg),
  notEqual: binary('notEqual', tf.notEqual, tied, false),
  onesLike: (draw) => ({
    call: 'onesLike',
    fn: (x) => tf.onesLike(x),
    inputs: [draw.any(draw.shape(0, 3))],
    gradient: false,
  }),
  pow: binary('pow', tf.pow, positive),
  'pow, integers': binary('pow', tf.pow, (draw, shape) => draw.ints(shape, 0, 3), false),
  prelu: (draw) => {
    const shape = draw.shape(1, 3);
    const fn: Binary = (x, alpha) => tf.prelu(x, alpha);
    return { call: 'prelu', fn, inputs: [draw.floats(shape), draw.floats(shape, 0, 1)] };
  },
  reciprocal: unary('reciprocal', tf.reciprocal, [0.3, 3]),
  relu: numeric('relu', tf.relu),
  relu6: unary('relu6', tf.relu6, [-4, 9]),
  round: unary('round', tf.round, [-9, 9]),
  'round, ties': (draw) => ({
    call: 'round of halves',
    fn: (x) => tf.round(tf.mul(x, 0.5)),
    inputs: [draw.ties([20])],
  }),
  rsqrt: unary('rsqrt', tf.rsqrt, [0.3, 3]),
  selu: unary('selu', tf.selu),
  sigmoid: unary('sigmoid', tf.sigmoid),
  sign: unary('sign', tf.sign),
  sin: unary('sin', tf.sin),
  sinh: unary('sinh', tf.sinh),
  softplus: unary('softplus', tf.softplus, [-30, 30]),
  sqrt: unary('sqrt', tf.sqrt, [0.1, 4]),
  square: numeric('square', tf.square),
  squaredDifference: binary('squaredDifference', tf.squaredDifference, floats),
  step: unary('step', (x) => tf.step(x, 0.3)),
  'step, 0': unary('step', (x) => tf.step(x)),
  sub: binary('sub', tf.sub, anyNumber),
  tan: unary('tan', tf.tan, [-1, 1]),
  tanh: unary('tanh', tf.tanh),
  where: (draw) => {
    const shape = draw.shape(0, 3);
    const fn = (c: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.where(c, a, b);
    return {
      call: 'where',
      fn,
      inputs: [draw.bools(shape), draw.floats(shape), draw.floats(shape)],
    };
  },
  'where, broadcast': (draw) => {
    // tfjs's cpu backend does not broadcast to an extent of 0.
    const [a, b] = draw.broadcastable(3, () => draw.integer(1, 4));
    const fn = (c: tf.Tensor, x: tf.Tensor, y: tf.Tensor) => tf.where(c, x, y);
    return { call: 'where', fn, inputs: [draw.bools(a), draw.floats(a), draw.floats(b)] };
  },
  zerosLike: (draw) => ({
    call: 'zerosLike',
    fn: (x) => tf.zerosLike(x),
    inputs: [draw.any(draw.shape(0, 3))],
    gradient: false,
  }),
};
