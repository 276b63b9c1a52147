import { GraphBuilder, makeNode } from '../ir/builder.js';
import { string, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { producedBy, useCounts } from '../ir/uses.js';
import { foldRow } from '../lowerings/foldedColumns.js';
import { pad } from '../lowerings/shape.js';

const blocked = 'com.microsoft.nchwc';

/**
 * Biases and ReLU into what they follow: the sum of a matrix product and a row becomes part of the
 * Gemm, and of a convolution in blocks both become part, so that they cost no pass over the result.
 */
export function fuseEpilogues(graph: Graph): Graph {
  const uses = useCounts(graph);
  return rewrite(graph, ({ node, inputs, emit }) => {
    // Values that were replaced have new identities: what reads them is counted on the old ones.
    const isOnlyUse = (i: number) => uses(node.inputs[i]!) === 1;
    if (node.opType === 'Add') {
      for (const [i, j] of [
        [0, 1],
        [1, 0],
      ] as const) {
        if (!isOnlyUse(i)) continue;
        const [x, bias] = [inputs[i]!, inputs[j]!];
        const sum = gemmWithBias(x, bias, node) ?? convolutionWith(x, { bias }, uses);
        if (sum) return sum.flatMap((part) => emit(part)).slice(-1);
      }
    }
    if (node.opType === 'Relu' && isOnlyUse(0)) {
      return (
        convolutionWith(inputs[0]!, { relu: true }, uses)
          ?.flatMap((part) => emit(part))
          .slice(-1) ?? null
      );
    }
    return null;
  });
}

/** The sum of a product and a row. */
function gemmWithBias(x: Value, bias: Value, { outputs }: Node): Node[] | null {
  const gemm = producedBy(x, 'Gemm');
  if (!gemm || gemm.inputs.length !== 2 || !isRow(bias, x.shape.at(-1)!)) return null;
  return [makeNode('Gemm', [...gemm.inputs, bias], outputs, gemm.attributes)];
}

const isRow = ({ shape, dtype }: Value, columns: number): boolean =>
  dtype === 'float32' && shape.at(-1) === columns && shape.slice(0, -1).every((n) => n === 1);

/** The blocked convolution that an image comes from, with a bias or ReLU in it. */
function convolutionWith(
  image: Value,
  { bias, relu }: { readonly bias?: Value; readonly relu?: boolean },
  uses: (value: Value) => number,
): Node[] | null {
  const found = readConvolution(image, uses);
  const channels = image.shape.at(-1)!;
  if (!found || found.conv.attributes['activation']) return null;
  const { conv, reorder, fold } = found;
  if (bias && (conv.inputs[2] || !isRow(bias, channels))) return null;
  const [y, reordered] = [conv.outputs[0]!, reorder.outputs[0]!];
  const builder = new GraphBuilder();
  const operands = bias
    ? [...conv.inputs, filled(builder, bias, { channels, fold, all: y.shape[1]! })]
    : conv.inputs;
  const attributes = relu ? { ...conv.attributes, activation: string('Relu') } : conv.attributes;
  const fused = builder.op('Conv', operands, y, attributes, blocked);
  const out = builder.op('ReorderOutput', [fused], reordered, reorder.attributes, blocked);
  builder.reshape(out, image.shape);
  return builder.nodes;
}

/** The nodes that make an image, if nothing else reads what they compute. */
function readConvolution(image: Value, uses: (value: Value) => number) {
  const unfolded = producedBy(image, 'Reshape')?.inputs[0] ?? image;
  if (unfolded !== image && uses(unfolded) > 1) return null;
  const reorder = unfolded.producer;
  if (reorder?.opType !== 'ReorderOutput' || reorder.domain !== blocked) return null;
  const conv = reorder.inputs[0]!.producer;
  if (conv?.opType !== 'Conv' || conv.domain !== blocked || uses(conv.outputs[0]!) > 1) return null;
  const [channels, all] = [image.shape.at(-1)!, unfolded.shape.at(-1)!];
  return all % channels === 0 ? { conv, reorder, fold: all / channels } : null;
}

function filled(
  graph: GraphBuilder,
  bias: Value,
  { channels, fold, all }: { channels: number; fold: number; all: number },
): Value {
  const row = foldRow(graph, graph.reshape(bias, [channels]), fold);
  return pad(graph, row, [[0, all - channels * fold]], 0);
}
