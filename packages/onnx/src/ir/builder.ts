import { allocate, onnxType, type DType, type TypedArray } from './dtype.js';
import {
  ints,
  int,
  sameShape,
  sizeOf,
  type Attributes,
  type Constant,
  type Node,
  type Shape,
  type Value,
} from './graph.js';
import type { Target } from './target.js';

/** The type and shape of a node's output. */
export interface OutputType {
  readonly dtype: DType;
  readonly shape: Shape;
}

let nextId = 0;

/** A new value; ids are unique over all graphs, so that values of two graphs never clash. */
export function makeValue(
  type: OutputType,
  source: { producer?: Node | null; constant?: Constant | null; name?: string | null } = {},
): Value {
  return {
    id: nextId++,
    dtype: type.dtype,
    shape: [...type.shape],
    producer: source.producer ?? null,
    constant: source.constant ?? null,
    name: source.name ?? null,
  };
}

/** A node together with the new values it produces. */
export function makeNode(
  opType: string,
  inputs: readonly (Value | null)[],
  outputs: readonly OutputType[],
  attributes: Attributes = {},
  domain?: string,
): Node {
  const values: Value[] = [];
  const node: Node = {
    ...{ opType, inputs, attributes, outputs: values },
    ...(domain === undefined ? {} : { domain }),
  };
  for (const type of outputs) values.push(makeValue(type, { producer: node }));
  return node;
}

/** Appends ONNX operators to a graph, one at a time. Lowerings are written with it. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  /** Null where the graph is to run anywhere. */
  readonly target: Target | null;

  constructor(target: Target | null = null) {
    this.target = target;
  }

  /** Appends an operator with several outputs. */
  ops(
    opType: string,
    inputs: readonly (Value | null)[],
    outputs: readonly OutputType[],
    attributes: Attributes = {},
    domain?: string,
  ): readonly Value[] {
    // Runtimes stumble over operators on tensors without elements, whose results are known.
    if (outputs.every(({ shape }) => shape.includes(0))) {
      return outputs.map(({ dtype, shape }) => this.filled(0, shape, dtype));
    }
    const node = makeNode(opType, inputs, outputs, attributes, domain);
    this.nodes.push(node);
    return node.outputs;
  }

  /** Appends an operator with one output. */
  op(
    opType: string,
    inputs: readonly (Value | null)[],
    output: OutputType,
    attributes: Attributes = {},
    domain?: string,
  ): Value {
    return this.ops(opType, inputs, [output], attributes, domain)[0]!;
  }

  /** A constant tensor; `data` is not copied. If all its elements are equal, it is a fill. */
  constant(data: TypedArray, shape: Shape, dtype: DType, name: string | null = null): Value {
    const constant = isUniform(data) ? { fill: data[0] as number } : { data };
    return makeValue({ dtype, shape }, { constant, name });
  }

  /** A constant tensor whose elements are all `fill`. */
  filled(fill: number, shape: Shape, dtype: DType): Value {
    return makeValue({ dtype, shape }, { constant: { fill } });
  }

  scalar(value: number, dtype: DType): Value {
    return this.filled(value, [], dtype);
  }

  /** A 1-D int64 constant: the form in which ONNX takes shapes, axes and offsets. */
  int64(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  /** A 1-D or 0-D float32 constant. */
  float32(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.constant(Float32Array.from(values), shape, 'float32');
  }

  /** Reshapes; a chain of reshapes becomes one, and one that changes nothing none. */
  reshape(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    if (x.constant) return makeValue({ dtype: x.dtype, shape }, { constant: x.constant });
    if (x.producer?.opType === 'Reshape') return this.reshape(x.producer.inputs[0]!, shape);
    const zero = shape.includes(0) ? { allowzero: int(1) } : {};
    return this.op('Reshape', [x, this.int64(shape)], { dtype: x.dtype, shape }, zero);
  }

  /** Transposes; two in a row become one, and one that moves only axes of extent 1 a reshape. */
  transpose(x: Value, perm: readonly number[]): Value {
    const shape = perm.map((axis) => x.shape[axis]!);
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return this.reshape(x, shape);
    if (x.constant && 'fill' in x.constant) return this.filled(x.constant.fill, shape, x.dtype);
    if (x.producer?.opType === 'Transpose') {
      const before = x.producer.attributes['perm']!.value as readonly number[];
      return this.transpose(
        x.producer.inputs[0]!,
        perm.map((axis) => before[axis]!),
      );
    }
    return this.op('Transpose', [x], { dtype: x.dtype, shape }, { perm: ints(perm) });
  }

  /** Converts the element type. */
  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    if (x.constant) return this.#castConstant(x, x.constant, dtype);
    return this.op('Cast', [x], { dtype, shape: x.shape }, { to: int(onnxType(dtype)) });
  }

  #castConstant(x: Value, constant: Constant, dtype: DType): Value {
    if ('fill' in constant) return this.filled(castNumber(constant.fill, dtype), x.shape, dtype);
    const data = allocate(dtype, constant.data.length);
    for (let i = 0; i < data.length; i++) {
      const element = castNumber(Number(constant.data[i]), dtype);
      data[i] = data instanceof BigInt64Array ? BigInt(element) : element;
    }
    return this.constant(data, x.shape, dtype);
  }
}

/** Whether all elements are the same number; int64 is left out, being shapes and axes. */
const isUniform = (data: TypedArray): boolean =>
  data.length > 0 &&
  !(data instanceof BigInt64Array) &&
  (data as Float32Array).every((element) => Object.is(element, data[0]));

function castNumber(value: number, dtype: DType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  return dtype.startsWith('int') || dtype === 'uint8' ? Math.trunc(value) : value;
}

/** The elements of a constant value, expanded if it is a fill. */
export function constantData(value: Value): TypedArray {
  const constant = value.constant;
  if (!constant) throw new TypeError(`Value ${value.id} is not a constant.`);
  if ('data' in constant) return constant.data;
  const data = allocate(value.dtype, sizeOf(value.shape));
  return data instanceof BigInt64Array
    ? data.fill(BigInt(constant.fill))
    : data.fill(constant.fill);
}
