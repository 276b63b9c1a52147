import { GraphBuilder } from '../ir/builder.js';
import { sizeOf, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';

/**
 * Operands [N, 1, 1, C] beside [N, H, W, C], as in the gradient of a mean over positions, repeated for
 * k neighbouring positions: [N, 1, k·C] beside [N, H·W/k, k·C]. ONNX Runtime walks over runs of
 * elements that belong to one position: with runs of 8, a product of 64 × 784 × 8 numbers takes five
 * times as long as one of two full tensors. The same operations on the same numbers.
 */
export function broadcastImages(graph: Graph): Graph {
  return rewrite(graph, ({ node, inputs, emit }) => {
    const broadcast = readBroadcast(node, inputs);
    if (!broadcast) return null;
    const { position, images, places, channels, copies } = broadcast;
    const builder = new GraphBuilder();
    const { dtype } = inputs[position]!;
    const columns = copies * channels;
    const repeated = builder.op(
      'Expand',
      [
        builder.reshape(inputs[position]!, [images, 1, channels]),
        builder.int64([images, copies, channels]),
      ],
      { dtype, shape: [images, copies, channels] },
    );
    const full = builder.reshape(inputs[1 - position]!, [images, places / copies, columns]);
    const pair = [full, full];
    pair[position] = builder.reshape(repeated, [images, 1, columns]);
    const [output] = node.outputs;
    const result = builder.op(
      node.opType,
      pair,
      { dtype: output!.dtype, shape: full.shape },
      node.attributes,
    );
    builder.reshape(result, output!.shape);
    return builder.nodes.flatMap((part) => emit(part)).slice(-1);
  });
}

const binary = new Set(['Add', 'Div', 'Max', 'Min', 'Mul', 'Sub']);
/** Fewer elements are not worth the reshapes. */
const smallestOutput = 2 ** 14;
/** Runs of so many numbers are fast as they are. */
const longRun = 64;
/** What they are made to be. */
const wantedRun = 128;

interface Broadcast {
  /** Of the operand that is broadcast: 0 or 1. */
  readonly position: number;
  /** The sizes of the axes before those that are broadcast, of these, and of those behind. */
  readonly images: number;
  readonly places: number;
  readonly channels: number;
  /** How many places share a run. */
  readonly copies: number;
}

function readBroadcast(
  { opType, domain, outputs: [output] }: Node,
  inputs: readonly (Value | null)[],
): Broadcast | null {
  if (!binary.has(opType) || domain !== undefined || inputs.includes(null)) return null;
  const { shape } = output!;
  if (output!.dtype !== 'float32' || sizeOf(shape) < smallestOutput) return null;
  const position = inputs.findIndex((x) => x!.shape.join() !== shape.join());
  if (position < 0 || inputs[1 - position]!.shape.join() !== shape.join()) return null;
  const operand = inputs[position]!.shape;
  const repeats = (extent: number, axis: number) => extent === 1 && shape[axis] !== 1;
  const [first, end] = [operand.findIndex(repeats), operand.findLastIndex(repeats) + 1];
  if (operand.length !== shape.length || first < 1) return null;
  if (operand.slice(first, end).some((extent) => extent !== 1)) return null;
  const [images, places, channels] = [
    sizeOf(shape.slice(0, first)),
    sizeOf(shape.slice(first, end)),
    sizeOf(shape.slice(end)),
  ];
  if (images === 1 || channels === 1 || channels >= longRun) return null;
  const copies = copiesOf(places, channels);
  return copies === null ? null : { position, images, places, channels, copies };
}

/** The fewest that make runs long, of those that divide the places; null if none is worth it. */
function copiesOf(places: number, channels: number): number | null {
  for (let copies = Math.ceil(wantedRun / channels); copies * 4 <= places; copies++) {
    if (places % copies === 0) return copies;
  }
  return null;
}
