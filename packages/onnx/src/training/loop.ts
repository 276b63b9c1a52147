/**
 * A traced training step as a model that takes many steps in one call: an ONNX Loop whose body is
 * the step. The program's variables are loop-carried, so they stay inside the runtime; a batch of
 * each step's inputs comes in stacked along a new first axis, and each step's outputs (losses,
 * metrics) go out stacked likewise.
 */
import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, type NodeProto } from '../generated/onnx_pb.js';
import type { Graph, NamedValue } from '../ir/graph.js';
import {
  graphAttribute,
  initializers,
  modelBytes,
  Names,
  nodeProto,
  valueInfo,
  writeNodes,
  type ModelOptions,
} from '../protobuf/write.js';

/** The input that holds the number of steps: int64, shape []. */
export const stepsInput = '#steps';
/** The name of the model's output that holds a variable after the last step. */
export const stateOutput = (name: string): string => `${name}:after`;

/**
 * The training model of a traced step. Inputs: `#steps`, each state under its variable's name, and
 * each input of the step with shape [#steps, …]. Outputs: each state as `<name>:after`, and each
 * output of the step with shape [#steps, …].
 */
export function writeTrainingLoop(step: Graph, options: ModelOptions = {}): Uint8Array {
  const names = new Names();
  names.fresh(stepsInput);
  // No value inside may be called like what comes out.
  for (const { name } of step.states) names.fresh(stateOutput(name));
  for (const { name } of step.outputs) names.fresh(name);
  const states = step.states.map(({ name, input }) => ({ name: names.fresh(name), value: input }));
  const batches = step.inputs.map(({ name, value }) => ({ name: names.fresh(name), value }));
  const body = writeBody(step, batches, names);
  const loop = nodeProto(
    'Loop',
    [stepsInput, '', ...states.map(({ name }) => name)],
    [...states.map(({ name }) => stateOutput(name)), ...step.outputs.map(({ name }) => name)],
    [graphAttribute('body', body)],
  );
  const graph = create(GraphProtoSchema, {
    name: options.name ?? 'training',
    node: [loop],
    initializer: initializers(step, names),
    input: [
      valueInfo(stepsInput, 'int64', []),
      ...states.map(({ name, value }) => valueInfo(name, value.dtype, value.shape)),
      ...batches.map(({ name, value }) =>
        valueInfo(name, value.dtype, [stepsInput, ...value.shape]),
      ),
    ],
    output: [
      ...states.map(({ name, value }) => valueInfo(stateOutput(name), value.dtype, value.shape)),
      ...step.outputs.map(({ name, value }) =>
        valueInfo(name, value.dtype, [stepsInput, ...value.shape]),
      ),
    ],
  });
  return modelBytes(graph, options);
}

/** The Loop's body: takes the iteration number, a condition and the states, and goes on always. */
function writeBody(step: Graph, batches: readonly NamedValue[], names: Names) {
  const [iteration, proceed, stillProceed] = ['iteration', 'proceed', 'proceed:next'].map((stem) =>
    names.fresh(stem),
  ) as [string, string, string];
  // Outputs of a subgraph may not bear the names of the outer graph's outputs.
  const inner = {
    ...step,
    outputs: step.outputs.map(({ name, value }) => ({ name: `${name}:step`, value })),
  };
  const stateInputs = step.states.map(({ name, input }) => {
    const inside = names.assign(input, `${name}:before`);
    return valueInfo(inside, input.dtype, input.shape);
  });
  const gathers: NodeProto[] = batches.map(({ name, value }) =>
    nodeProto('Gather', [name, iteration], [names.assign(value, `${name}:batch`)]),
  );
  const { nodes, outputs } = writeNodes(inner, names);
  return create(GraphProtoSchema, {
    name: 'step',
    node: [nodeProto('Identity', [proceed], [stillProceed]), ...gathers, ...nodes],
    input: [valueInfo(iteration, 'int64', []), valueInfo(proceed, 'bool', []), ...stateInputs],
    output: [
      valueInfo(stillProceed, 'bool', []),
      ...outputs.map(({ name, dtype, shape }) => valueInfo(name, dtype, shape)),
    ],
  });
}
