/**
 * Operators whose output is as large as a constant says: a file of some hundred bytes can ask for
 * terabytes. Sizes that are computed in the graph are not seen here; whoever runs files of strangers
 * runs them where memory is limited.
 */
import type { NodeProto, TensorProto } from '../generated/onnx_pb.js';
import { dtypeOf, viewBytes } from '../ir/dtype.js';
import { ModelError } from './errors.js';
import type { Names } from './names.js';
import { largestTensor } from './tensors.js';

/** Constants by the names of their values. */
export type Constants = Names<TensorProto>;

/** The number of elements that a node makes, as far as its constants tell. */
type Size = (node: NodeProto, constant: (input: number) => readonly number[] | null) => number;

const product = (values: readonly number[] | null): number =>
  (values ?? []).reduce((total, value) => total * Math.max(1, Math.abs(value)), 1);

const shapeAttribute: Size = ({ attribute }) =>
  product(attribute.find(({ name }) => name === 'shape')?.ints.map(Number) ?? null);

const sizes: Readonly<Record<string, Size>> = {
  ConstantOfShape: (_, constant) => product(constant(0)),
  Expand: (_, constant) => product(constant(1)),
  Tile: (_, constant) => product(constant(1)),
  OneHot: (_, constant) => product(constant(1)),
  Resize: (_, constant) => product(constant(3)),
  RandomNormal: shapeAttribute,
  RandomUniform: shapeAttribute,
  Pad: (_, constant) => Math.max(0, ...(constant(1) ?? [])),
  Range: (_, constant) => {
    const [start, limit, step] = [0, 1, 2].map((input) => constant(input)?.[0]);
    if (start === undefined || limit === undefined || step === undefined) return 0;
    return Math.abs((limit - start) / step);
  },
};

/** @throws ModelError if a node's constants ask for a tensor larger than any model has. */
export function checkSize(node: NodeProto, constants: Constants, where: string): void {
  const constant = (input: number): readonly number[] | null => {
    const tensor = constants.get(node.input[input] ?? '');
    return tensor ? numbersOf(tensor) : null;
  };
  const size = sizes[node.opType]?.(node, constant) ?? 0;
  if (size <= largestTensor) return;
  throw new ModelError(`${where} makes a tensor of ${size.toPrecision(3)} elements.`);
}

/** The elements of a small numeric tensor; null for any other. */
function numbersOf(tensor: TensorProto): number[] | null {
  const dtype = dtypeOf(tensor.dataType);
  if (!dtype || tensor.dims.some((extent) => extent > 64n)) return null;
  if (tensor.rawData.length > 0) return Array.from(viewBytes(dtype, tensor.rawData), Number);
  const { floatData, doubleData, int32Data, int64Data } = tensor;
  return [...floatData, ...doubleData, ...int32Data, ...int64Data].map(Number);
}
