/** Kernels that act element by element, with NumPy broadcasting. */
import * as tf from '@tensorflow/tfjs';
import type { DType } from '../ir/dtype.js';
import { makeValue, type GraphBuilder } from '../ir/builder.js';
import { float, type Value } from '../ir/graph.js';
import { like, listInputs, type Lowering, type LoweringTable } from './lowering.js';

/** A unary kernel that is one ONNX operator on floats; integers are converted, as tfjs does. */
const unary =
  (opType: string): Lowering =>
  ({ inputs, graph }) => {
    const x = graph.cast(inputs['x']!, 'float32');
    return graph.op(opType, [x], like(x));
  };

/** A unary kernel that ONNX also defines on integers. */
const numericUnary =
  (opType: string): Lowering =>
  ({ inputs, graph }) => {
    const x = inputs['x']!;
    return graph.op(opType, [x], like(x));
  };

const broadcastShape = (a: Value, b: Value): number[] =>
  tf.broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);

/**
 * Applies a binary operator. An operand of equal elements that does not decide the result's shape
 * enters as a scalar, so that no runtime reads a tensor of ones.
 */
export function binaryOp(
  graph: GraphBuilder,
  opType: string,
  a: Value,
  b: Value,
  dtype: DType,
): Value {
  const shape = broadcastShape(a, b);
  return graph.op(opType, [asScalar(a, b, shape), asScalar(b, a, shape)], { dtype, shape });
}

function asScalar(x: Value, other: Value, shape: readonly number[]): Value {
  const isFill = x.constant !== null && 'fill' in x.constant;
  const otherDecides = other.shape.length === shape.length && broadcasts(other, shape);
  return isFill && otherDecides ? makeValue({ dtype: x.dtype, shape: [] }, x) : x;
}

const broadcasts = (x: Value, shape: readonly number[]): boolean =>
  x.shape.every((extent, axis) => extent === shape[axis]);

const arithmetic =
  (opType: string): Lowering =>
  ({ inputs, graph }) => {
    const [a, b] = numericPair(graph, inputs['a']!, inputs['b']!);
    return graph.cast(binaryOp(graph, opType, a, b, a.dtype), inputs['a']!.dtype);
  };

/**
 * ONNX arithmetic is not defined on booleans, tfjs's is and gives booleans again (a sum of two is a
 * boolean of value 2 there, and true here).
 */
function numericPair(graph: GraphBuilder, a: Value, b: Value): [Value, Value] {
  const numeric = (x: Value) => (x.dtype === 'bool' ? graph.cast(x, 'int32') : x);
  return [numeric(a), numeric(b)];
}

const comparison =
  (opType: string, negated = false): Lowering =>
  ({ inputs, graph }) => {
    const [a, b] =
      opType === 'Equal'
        ? [inputs['a']!, inputs['b']!]
        : numericPair(graph, inputs['a']!, inputs['b']!);
    const compared = binaryOp(graph, opType, a, b, 'bool');
    return negated ? graph.op('Not', [compared], like(compared)) : compared;
  };

const logical =
  (opType: string): Lowering =>
  ({ inputs, graph }) =>
    binaryOp(
      graph,
      opType,
      graph.cast(inputs['a']!, 'bool'),
      graph.cast(inputs['b']!, 'bool'),
      'bool',
    );

const Square: Lowering = ({ inputs, graph }) => {
  const x = inputs['x']!;
  return graph.op('Mul', [x, x], like(x));
};

const SquaredDifference: Lowering = (call) => {
  const difference = arithmetic('Sub')(call) as Value;
  return call.graph.op('Mul', [difference, difference], like(difference));
};

const Rsqrt: Lowering = ({ inputs, graph }) => {
  const root = graph.op('Sqrt', [inputs['x']!], like(inputs['x']!));
  return graph.op('Reciprocal', [root], like(root));
};

const Expm1: Lowering = ({ inputs, graph }) => {
  const exp = graph.op('Exp', [inputs['x']!], like(inputs['x']!));
  return binaryOp(graph, 'Sub', exp, graph.scalar(1, 'float32'), 'float32');
};

const Log1p: Lowering = ({ inputs, graph }) => {
  const sum = binaryOp(graph, 'Add', inputs['x']!, graph.scalar(1, 'float32'), 'float32');
  return graph.op('Log', [sum], like(sum));
};

const AddN: Lowering = (call) => {
  const [first, ...rest] = listInputs(call);
  return rest.reduce((sum, x) => binaryOp(call.graph, 'Add', sum, x, sum.dtype), first!);
};

const RealDiv: Lowering = ({ inputs, graph }) => {
  const [a, b] = [graph.cast(inputs['a']!, 'float32'), graph.cast(inputs['b']!, 'float32')];
  return binaryOp(graph, 'Div', a, b, 'float32');
};

/** Integers beyond 2²⁴ are no floats; less its remainder, a is a multiple of b. */
const FloorDiv: Lowering = ({ inputs, graph }) => {
  const { a, b } = inputs as { a: Value; b: Value };
  if (a.dtype === 'float32') {
    const quotient = binaryOp(graph, 'Div', a, b, 'float32');
    return graph.cast(graph.op('Floor', [quotient], like(quotient)), 'int32');
  }
  const remainder = binaryOp(graph, 'Mod', a, b, 'int32');
  return binaryOp(graph, 'Div', binaryOp(graph, 'Sub', a, remainder, 'int32'), b, 'int32');
};

/** tfjs's Mod takes the sign of the divisor: a − b·⌊a / b⌋. */
const Mod: Lowering = (call) => {
  const { graph } = call;
  const { a, b } = call.inputs as { a: Value; b: Value };
  if (a.dtype !== 'float32') return binaryOp(graph, 'Mod', a, b, a.dtype);
  const quotient = binaryOp(graph, 'Div', a, b, 'float32');
  const floor = graph.op('Floor', [quotient], like(quotient));
  return binaryOp(graph, 'Sub', a, binaryOp(graph, 'Mul', floor, b, 'float32'), 'float32');
};

/** The angle of (b, a): atan(a / b) moved by π where b is negative, ±π/2 where b is zero. */
const Atan2: Lowering = ({ inputs, graph }) => {
  const [a, b] = [graph.cast(inputs['a']!, 'float32'), graph.cast(inputs['b']!, 'float32')];
  const number = (value: number) => graph.scalar(value, 'float32');
  const apply = (opType: string, x: Value, y: Value) => binaryOp(graph, opType, x, y, 'float32');
  const where = (condition: Value, x: Value, y: Value) =>
    graph.op('Where', [condition, x, y], { dtype: 'float32', shape });
  const isAbove = binaryOp(graph, 'GreaterOrEqual', a, number(0), 'bool');
  const ratio = apply('Div', a, b);
  const { shape } = ratio;
  const atan = graph.op('Atan', [ratio], like(ratio));
  const turn = graph.op('Where', [isAbove, number(Math.PI), number(-Math.PI)], like(a));
  const isLeft = binaryOp(graph, 'Less', b, number(0), 'bool');
  const isVertical = binaryOp(graph, 'Equal', b, number(0), 'bool');
  const sign = graph.op('Sign', [a], like(a));
  const vertical = apply('Mul', sign, number(Math.PI / 2));
  return where(isVertical, vertical, where(isLeft, apply('Add', atan, turn), atan));
};

const BitwiseAnd: Lowering = ({ inputs, graph }) =>
  binaryOp(graph, 'BitwiseAnd', inputs['a']!, inputs['b']!, 'int32');

/** Step is the derivative of Relu: 1 where x > 0, `alpha` elsewhere. */
const Step: Lowering = ({ inputs, attrs, graph }) => {
  const x = inputs['x']!;
  const positive = binaryOp(graph, 'Greater', x, graph.scalar(0, x.dtype), 'bool');
  const { alpha = 0 } = attrs as Partial<tf.StepAttrs>;
  if (alpha === 0) return graph.cast(positive, 'float32');
  const branches = [graph.scalar(1, 'float32'), graph.scalar(alpha, 'float32')];
  return graph.op('Where', [positive, ...branches], { dtype: 'float32', shape: x.shape });
};

const Sign: Lowering = numericUnary('Sign');

const LeakyRelu: Lowering = ({ inputs, attrs, graph }) => {
  const { alpha } = attrs as unknown as tf.LeakyReluAttrs;
  return graph.op('LeakyRelu', [inputs['x']!], like(inputs['x']!), { alpha: float(alpha) });
};

const Prelu: Lowering = ({ inputs, graph }) => {
  const { x, alpha } = inputs as { x: Value; alpha: Value };
  return graph.op('PRelu', [x, alpha], like(x));
};

/** tfjs's SELU constants are those of ONNX, to float32. */
const Selu: Lowering = unary('Selu');

const Relu6: Lowering = ({ inputs, graph }) =>
  graph.op(
    'Clip',
    [inputs['x']!, graph.scalar(0, 'float32'), graph.scalar(6, 'float32')],
    like(inputs['x']!),
  );

const ClipByValue: Lowering = ({ inputs, attrs, graph }) => {
  const { clipValueMin, clipValueMax } = attrs as unknown as tf.ClipByValueAttrs;
  const x = inputs['x']!;
  const bounds = [clipValueMin, clipValueMax].map((bound) => graph.scalar(bound, x.dtype));
  return graph.op('Clip', [x, ...bounds], like(x));
};

/** The derivative of ELU in terms of its output y: 1 where y ≥ 0, y + 1 elsewhere. */
const EluGrad: Lowering = ({ inputs, graph }) => {
  const { dy, y } = inputs as { dy: Value; y: Value };
  const positive = binaryOp(graph, 'GreaterOrEqual', y, graph.scalar(0, 'float32'), 'bool');
  const slope = binaryOp(graph, 'Add', y, graph.scalar(1, 'float32'), 'float32');
  const scaled = binaryOp(graph, 'Mul', dy, slope, 'float32');
  return graph.op('Where', [positive, dy, scaled], like(dy));
};

/** Where; a condition of lower rank selects whole rows, as in tfjs. */
const Select: Lowering = ({ inputs, graph }) => {
  const { condition, t, e } = inputs as { condition: Value; t: Value; e: Value };
  const rank = t.shape.length;
  const shape =
    condition.shape.length === rank
      ? condition.shape
      : [...condition.shape, ...new Array<number>(rank - condition.shape.length).fill(1)];
  return graph.op('Where', [graph.cast(graph.reshape(condition, shape), 'bool'), t, e], like(t));
};

const LogicalNot: Lowering = ({ inputs, graph }) =>
  graph.op('Not', [graph.cast(inputs['x']!, 'bool')], { dtype: 'bool', shape: inputs['x']!.shape });

const IsNan: Lowering = ({ inputs, graph }) =>
  graph.op('IsNaN', [inputs['x']!], { dtype: 'bool', shape: inputs['x']!.shape });

const IsInf: Lowering = ({ inputs, graph }) =>
  graph.op('IsInf', [inputs['x']!], { dtype: 'bool', shape: inputs['x']!.shape });

/** x − x is 0 exactly for finite x, and NaN otherwise. */
const IsFinite: Lowering = ({ inputs, graph }) => {
  const x = inputs['x']!;
  const difference = graph.op('Sub', [x, x], like(x));
  return binaryOp(graph, 'Equal', difference, graph.scalar(0, 'float32'), 'bool');
};

const Cast: Lowering = ({ inputs, attrs, graph }) => {
  const { dtype } = attrs as unknown as { dtype: DType };
  return graph.cast(inputs['x']!, dtype);
};

export const elementwise: LoweringTable = {
  Abs: numericUnary('Abs'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  Add: arithmetic('Add'),
  AddN,
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atan2,
  Atanh: unary('Atanh'),
  BitwiseAnd,
  Cast,
  Ceil: unary('Ceil'),
  ClipByValue,
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Elu: unary('Elu'),
  EluGrad,
  Equal: comparison('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expm1,
  Floor: unary('Floor'),
  FloorDiv,
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  IsFinite,
  IsInf,
  IsNan,
  LeakyRelu,
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Log: unary('Log'),
  Log1p,
  LogicalAnd: logical('And'),
  LogicalNot,
  LogicalOr: logical('Or'),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Mod,
  Multiply: arithmetic('Mul'),
  Neg: numericUnary('Neg'),
  NotEqual: comparison('Equal', true),
  Pow: arithmetic('Pow'),
  Prelu,
  RealDiv,
  Reciprocal: unary('Reciprocal'),
  Relu: numericUnary('Relu'),
  Relu6,
  Round: unary('Round'),
  Rsqrt,
  Select,
  Selu,
  Sigmoid: unary('Sigmoid'),
  Sign,
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square,
  SquaredDifference,
  Step,
  Sub: arithmetic('Sub'),
  Tan: unary('Tan'),
  Tanh: unary('Tanh'),
};
