/**
 * A traced training step as a model that takes many steps in one call: an ONNX Loop whose body is
 * the step. The program's variables are loop-carried, so they stay inside the runtime; a batch of
 * each step's inputs comes in stacked along a new first axis, and each step's outputs (losses,
 * metrics) go out stacked likewise. Variables that a pass has packed into one are packed before the
 * loop and unpacked after it, so that the model takes and gives each by itself.
 */
import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, type NodeProto, type TensorProto } from '../generated/onnx_pb.js';
import { int, sizeOf, type Graph, type NamedValue, type State } from '../ir/graph.js';
import {
  attributeProto,
  graphAttribute,
  initializers,
  modelBytes,
  Names,
  nodeProto,
  tensorProto,
  valueInfo,
  writeNodes,
  type ModelOptions,
} from '../protobuf/write.js';
import { graphVariables } from './variables.js';

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
  for (const { name } of graphVariables(step)) names.fresh(stateOutput(name));
  for (const { name } of step.outputs) names.fresh(name);
  const states = step.states.map((state) => ({ state, ...carried(state, names) }));
  const batches = step.inputs.map(({ name, value }) => ({ name: names.fresh(name), value }));
  const variables = graphVariables(step);
  const body = writeBody(step, batches, names);
  const loop = nodeProto(
    'Loop',
    [stepsInput, '', ...states.map(({ before }) => before)],
    [...states.map(({ after }) => after), ...step.outputs.map(({ name }) => name)],
    [graphAttribute('body', body)],
  );
  const graph = create(GraphProtoSchema, {
    name: options.name ?? 'training',
    node: [...states.flatMap(({ pack }) => pack), loop, ...states.flatMap(({ unpack }) => unpack)],
    initializer: [...initializers(step, names), ...states.flatMap(({ constants }) => constants)],
    input: [
      valueInfo(stepsInput, 'int64', []),
      ...variables.map(({ name, dtype, shape }) => valueInfo(name, dtype, shape)),
      ...batches.map(({ name, value }) =>
        valueInfo(name, value.dtype, [stepsInput, ...value.shape]),
      ),
    ],
    output: [
      ...variables.map(({ name, dtype, shape }) => valueInfo(stateOutput(name), dtype, shape)),
      ...step.outputs.map(({ name, value }) =>
        valueInfo(name, value.dtype, [stepsInput, ...value.shape]),
      ),
    ],
  });
  return modelBytes(graph, options);
}

/** How a state gets into the loop and out of it. */
interface Carried {
  /** The values that the loop takes and gives. */
  readonly before: string;
  readonly after: string;
  /** The nodes around the loop that make one value of the state's parts, and parts of the value. */
  readonly pack: readonly NodeProto[];
  readonly unpack: readonly NodeProto[];
  readonly constants: readonly TensorProto[];
}

function carried({ name, parts }: State, names: Names): Carried {
  if (!parts) {
    const before = names.fresh(name);
    return { before, after: stateOutput(before), pack: [], unpack: [], constants: [] };
  }
  for (const part of parts) names.fresh(part.name);
  const constants: TensorProto[] = [];
  const int64 = (stem: string, values: readonly number[]): string => {
    const constant = names.fresh(stem);
    const data = BigInt64Array.from(values, BigInt);
    constants.push(tensorProto(constant, 'int64', [values.length], data));
    return constant;
  };
  const flat = int64(`${name}:flat`, [-1]);
  const sizes = int64(
    `${name}:sizes`,
    parts.map(({ shape }) => sizeOf(shape)),
  );
  const [before, after] = [names.fresh(name), names.fresh(stateOutput(name))];
  const members = parts.map((part) => ({
    ...part,
    row: names.fresh(`${part.name}:flat`),
    rowAfter: names.fresh(`${part.name}:flat:after`),
    shapeName: int64(`${part.name}:shape`, part.shape),
  }));
  const axis = int(0);
  return {
    before,
    after,
    constants,
    pack: [
      ...members.map((part) => nodeProto('Reshape', [part.name, flat], [part.row])),
      nodeProto(
        'Concat',
        members.map(({ row }) => row),
        [before],
        [attributeProto('axis', axis)],
      ),
    ],
    unpack: [
      nodeProto(
        'Split',
        [after, sizes],
        members.map(({ rowAfter }) => rowAfter),
        [attributeProto('axis', axis)],
      ),
      ...members.map((part) =>
        nodeProto('Reshape', [part.rowAfter, part.shapeName], [stateOutput(part.name)]),
      ),
    ],
  };
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
