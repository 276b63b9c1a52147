import { makeNode } from '../ir/builder.js';
import { float, type Graph } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { fillOf, producedBy } from '../ir/uses.js';

/** The largest float32. */
const steep = 3.4028234663852886e38;

/**
 * The number 1 where x > 0 and 0 elsewhere in one pass over the elements instead of two, a comparison
 * and a conversion: max(0, min(1, steep · x)), which is a HardSigmoid. Of the numbers below 3e-39,
 * which are denormal, it gives something between. (ONNX Runtime's Where and Sign are far slower: 0.48
 * and 0.11 ms for 131,072 numbers against 0.03.)
 */
export function makeMasksOfFloats(graph: Graph): Graph {
  return rewrite(graph, ({ node, inputs, emit }) => {
    const [mask] = node.outputs;
    if (node.opType !== 'Cast' || mask!.dtype !== 'float32') return null;
    const greater = producedBy(inputs[0], 'Greater');
    const [x, zero] = greater?.inputs ?? [];
    if (!x || x.dtype !== 'float32' || fillOf(zero!) !== 0) return null;
    const attributes = { alpha: float(steep), beta: float(0) };
    return x.shape.join() === mask!.shape.join()
      ? emit(makeNode('HardSigmoid', [x], [mask!], attributes))
      : null;
  });
}
