/** Matrix products. */
import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, sizeOf, string, type Value } from '../ir/graph.js';
import {
  like,
  listInputs,
  type KernelCall,
  type Lowering,
  type LoweringTable,
} from './lowering.js';
import { binaryOp, elementwise } from './elementwise.js';

interface Product {
  readonly a: Value;
  readonly b: Value;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const rowsOf = ({ a, transposeA }: Product): number => a.shape.at(transposeA ? -1 : -2)!;
const columnsOf = ({ b, transposeB }: Product): number => b.shape.at(transposeB ? -2 : -1)!;
const batchOf = (x: Value): readonly number[] => x.shape.slice(0, -2);

/**
 * A·B over the last two axes. One matrix by one matrix is a Gemm, which takes the transposes and a
 * bias; so is a stack of matrices by one matrix, its rows being one taller matrix. The rest is
 * MatMul.
 */
function product(graph: GraphBuilder, operands: Product, bias: Value | null): Value {
  const { a, b, transposeA, transposeB } = operands;
  checkFactors(operands);
  const shape = [...batchShape(a, b), rowsOf(operands), columnsOf(operands)];
  if (sizeOf(a.shape) === 0) {
    const zeros = graph.filled(0, shape, 'float32');
    return bias ? binaryOp(graph, 'Add', zeros, bias, 'float32') : zeros;
  }
  const single = sizeOf(batchOf(b)) === 1 && (sizeOf(batchOf(a)) === 1 || !transposeA);
  if (!single) {
    const factors = [matrix(graph, a, transposeA), matrix(graph, b, transposeB)];
    const result = graph.op('MatMul', factors, like(a, shape));
    return bias ? binaryOp(graph, 'Add', result, bias, 'float32') : result;
  }
  const flatA = graph.reshape(a, [sizeOf(a.shape) / (a.shape.at(-1) || 1), a.shape.at(-1)!]);
  const flatB = graph.reshape(b, b.shape.slice(-2));
  const rows = sizeOf(shape.slice(0, -1));
  const columns = shape.at(-1)!;
  const flat = graph.op(
    'Gemm',
    bias ? [flatA, flatB, bias] : [flatA, flatB],
    like(a, [rows, columns]),
    { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) },
  );
  return graph.reshape(flat, shape);
}

/** TensorFlow.js leaves it to its kernels to see whether factors fit. */
function checkFactors({ a, b, transposeA, transposeB }: Product): void {
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  const areMatrices = a.shape.length >= 2 && b.shape.length >= 2;
  if (areMatrices && inner[0] === inner[1] && batchesFit(batchOf(a), batchOf(b))) return;
  const written = ({ shape }: Value, isTransposed: boolean) =>
    `[${shape.join(', ')}]${isTransposed ? ' transposed' : ''}`;
  throw new TypeError(
    `matMul: factors of shapes ${written(a, transposeA)} and ${written(b, transposeB)} do not fit: ` +
      'both need two axes or more, the last of the first and the last but one of the second agree, ' +
      'and those before are equal or 1. Reshape them.',
  );
}

const batchesFit = (a: readonly number[], b: readonly number[]): boolean =>
  a.toReversed().every((extent, i) => {
    const other = b.at(-1 - i) ?? 1;
    return extent === other || extent === 1 || other === 1;
  });

/** The leading axes broadcast against each other, as in NumPy. */
function batchShape(a: Value, b: Value): number[] {
  const [x, y] = [batchOf(a), batchOf(b)];
  const rank = Math.max(x.length, y.length);
  return Array.from({ length: rank }, (_, i) => {
    const extents = [x[x.length - rank + i] ?? 1, y[y.length - rank + i] ?? 1];
    return extents[0] === 1 ? extents[1]! : extents[0]!;
  });
}

function matrix(graph: GraphBuilder, x: Value, transposed: boolean): Value {
  if (!transposed) return x;
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  return graph.transpose(x, [...perm.slice(0, -2), rank - 1, rank - 2]);
}

const operandsOf = ({ inputs, attrs }: KernelCall): Product => ({
  a: inputs['a']!,
  b: inputs['b']!,
  transposeA: Boolean(attrs['transposeA']),
  transposeB: Boolean(attrs['transposeB']),
});

const BatchMatMul: Lowering = (call) => product(call.graph, operandsOf(call), null);

const fusedActivations: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

/** The activation that tfjs fuses into a product or convolution; `linear` is none. */
export function activate(call: KernelCall, x: Value): Value {
  const { activation, leakyreluAlpha } = call.attrs as Partial<tf._FusedMatMulAttrs>;
  if (!activation || activation === 'linear') return x;
  const kernel = fusedActivations[activation];
  if (!kernel) {
    throw new TypeError(
      `${call.kernel}: no lowering for the fused activation '${activation}'. ` +
        'Apply the activation as an operation of its own.',
    );
  }
  const alpha = call.inputs['preluActivationWeights'];
  const applied = elementwise[kernel]!({
    kernel,
    inputs: alpha ? { x, alpha } : { x },
    attrs: { alpha: leakyreluAlpha ?? 0.2 },
    graph: call.graph,
    uniform: (shape) => call.uniform(shape),
  });
  return applied as Value;
}

const _FusedMatMul: Lowering = (call) =>
  activate(call, product(call.graph, operandsOf(call), call.inputs['bias'] ?? null));

/** The operands of an Einsum are called '0', '1', …; its equation is ONNX's. */
const Einsum: Lowering = (call) => {
  const { equation } = call.attrs as unknown as { equation: string };
  const operands = listInputs(call);
  const compact = equation.replaceAll(' ', '');
  const [terms, result] = compact.split('->') as [string, string];
  const extents = new Map<string, number>();
  terms.split(',').forEach((term, i) => {
    [...term].forEach((letter, axis) => extents.set(letter, operands[i]!.shape[axis]!));
  });
  const shape = [...result].map((letter) => extents.get(letter)!);
  if (operands.some((x) => x.shape.includes(0))) return call.graph.filled(0, shape, 'float32');
  return call.graph.op('Einsum', operands, like(operands[0]!, shape), {
    equation: string(compact),
  });
};

export const matmul: LoweringTable = { BatchMatMul, Einsum, _FusedMatMul };
