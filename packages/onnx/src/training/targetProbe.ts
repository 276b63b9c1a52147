/** Finds out how the convolutions of an ONNX Runtime on this processor arrange channels. */
import { GraphBuilder, makeValue } from '../ir/builder.js';
import type { Target } from '../ir/target.js';
import { writeModel } from '../protobuf/write.js';

/** A model that arranges channels in blocks, the input to run it on, and what its output means. */
export interface TargetProbe {
  readonly model: Uint8Array;
  /** For the input `x`. */
  readonly input: { readonly data: Float32Array; readonly shape: readonly number[] };
  /** Reads the output `y`. */
  target(output: ArrayLike<number>): Target;
}

/** Two places of as many channels as the largest block has. */
const shape = [1, 16, 1, 2] as const;

/**
 * Run it where a graph is to run. A runtime that rejects the model has no blocked convolutions, and
 * graphs for it are traced without a target.
 */
export function targetProbe(): TargetProbe {
  const graph = new GraphBuilder();
  const x = makeValue({ dtype: 'float32', shape }, { name: 'x' });
  const y = graph.op('ReorderInput', [x], x, {}, 'com.microsoft.nchwc');
  return {
    model: writeModel({
      inputs: [{ name: 'x', value: x }],
      outputs: [{ name: 'y', value: y }],
      states: [],
      nodes: graph.nodes,
    }),
    input: { data: Float32Array.from({ length: 32 }, (_, i) => i), shape },
    // The first block of the first place is followed by that of the second, which begins with a 1.
    target: (output) => ({ channelBlock: Array.from(output).indexOf(1) }),
  };
}
