/**
 * Elementwise operators between convolutions, computed on images in blocks: what leaves one blocked
 * convolution and enters the next need not be arranged with channels last in between.
 */
import { GraphBuilder } from '../ir/builder.js';
import { sameShape, sizeOf, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';

const domain = 'com.microsoft.nchwc';

const unary = new Set('Elu HardSigmoid LeakyRelu Neg Relu Sigmoid Sqrt Tanh'.split(' '));
const binary = new Set('Add Div Max Min Mul Sub'.split(' '));

/** Keeps images in blocks from one convolution to the next. */
export function keepBlocks(graph: Graph): Graph {
  const reorders = imagesFromBlocks(graph);
  const moved = nodesToMove(graph, reorders);
  /** The image in blocks that a value of the old graph was brought out of, in the new graph. */
  const images = new Map<Value, Value>();
  return rewrite(graph, ({ node, inputs, emit }) => {
    const [x] = node.inputs;
    const [result] = node.outputs;
    const image = x ? images.get(x) : undefined;
    if (isReorder(node, 'ReorderInput')) {
      return image && sameShape(x!.shape, reorders.get(x!)!.outputs[0]!.shape) ? [image] : null;
    }
    if (isReorder(node, 'ReorderOutput') && reorders.has(result!)) images.set(result!, inputs[0]!);
    if (node.opType === 'Reshape' && image) images.set(result!, image);
    if (!moved.has(node)) return null;
    const reorder = reorders.get(result!)!;
    const builder = new GraphBuilder();
    const operands = node.inputs.map((input, i) => images.get(input!) ?? inputs[i]!);
    const computed = builder.op(node.opType, operands, reorder.inputs[0]!, node.attributes);
    images.set(result!, computed);
    const outside = reorder.outputs[0]!;
    const out = builder.op('ReorderOutput', [computed], outside, reorder.attributes, domain);
    builder.reshape(out, result!.shape);
    return builder.nodes.flatMap((part) => emit(part)).slice(-1);
  });
}

const isReorder = (node: Node, opType: string): boolean =>
  node.domain === domain && node.opType === opType && node.attributes['channels_last']?.value === 1;

/**
 * The values that are images out of blocks, perhaps reshaped, or computed elementwise from such: with
 * the node that brings them out, or one that brings an image of the same kind out.
 */
function imagesFromBlocks({ nodes }: Graph): ReadonlyMap<Value, Node> {
  const found = new Map<Value, Node>();
  for (const node of nodes) {
    const [result] = node.outputs;
    const reorder = isFromBlocks(node) ? node : reorderOfOperands(node, found);
    if (reorder) found.set(result!, reorder);
  }
  return found;
}

/** Of whole blocks: others have channels inside that are none. */
const isFromBlocks = (node: Node): boolean =>
  isReorder(node, 'ReorderOutput') && node.inputs[0]!.shape[1] === node.outputs[0]!.shape.at(-1);

function reorderOfOperands(
  { opType, domain: other, inputs, outputs: [result] }: Node,
  found: ReadonlyMap<Value, Node>,
): Node | null {
  const reorders = inputs.map((input) => found.get(input!) ?? null);
  if (other !== undefined) return null;
  if (opType === 'Reshape' || unary.has(opType)) return reorders[0] ?? null;
  if (!binary.has(opType)) return null;
  const reorder = reorders.find((each) => each !== null);
  if (!reorder) return null;
  const fits = inputs.every((input, i) => {
    if (sizeOf(input!.shape) === 1) return input!.shape.length <= 4;
    const own = reorders[i];
    return (
      sameShape(input!.shape, result!.shape) &&
      own !== null &&
      own !== undefined &&
      sameShape(own.outputs[0]!.shape, reorder.outputs[0]!.shape)
    );
  });
  return fits ? reorder : null;
}

/** The elementwise nodes whose results, or what is made of them, enter blocks again. */
function nodesToMove(graph: Graph, reorders: ReadonlyMap<Value, Node>): ReadonlySet<Node> {
  const wanted = new Set<Value>();
  const moved = new Set<Node>();
  for (const node of [...graph.nodes].reverse()) {
    const [result] = node.outputs;
    const isElementwise = unary.has(node.opType) || binary.has(node.opType);
    const isWanted = wanted.has(result!) && reorders.has(result!);
    if (isReorder(node, 'ReorderInput') || (isWanted && node.opType === 'Reshape')) {
      wanted.add(node.inputs[0]!);
    } else if (isElementwise && isWanted && node.domain === undefined) {
      moved.add(node);
      for (const input of node.inputs) if (input) wanted.add(input);
    }
  }
  return moved;
}
