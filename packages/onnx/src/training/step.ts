/**
 * A traced training step as a model that takes one step, for a runtime that can leave the states on a
 * device between two runs but would carry them to and fro in a Loop.
 */
import type { Graph, NamedValue } from '../ir/graph.js';
import { writeModel, type ModelOptions } from '../protobuf/write.js';
import { stateOutput } from './loop.js';

/**
 * Inputs: each state under its name (variables that a pass has packed into one, as that one), and each
 * input of the step. Outputs: each state as `<name>:after`, and each output of the step.
 */
export function writeTrainingStep(step: Graph, options: ModelOptions = {}): Uint8Array {
  const after = step.states.map(({ name, output }) => ({ name: stateOutput(name), value: output }));
  const graph = {
    ...step,
    inputs: [...statesOf(step), ...step.inputs],
    outputs: [...after, ...step.outputs],
    states: [],
  };
  return writeModel(graph, options);
}

/** A model from each state to itself, called `<name>:after`: how states on a device are read. */
export function writeStateReader(step: Graph, options: ModelOptions = {}): Uint8Array {
  const inputs = statesOf(step);
  const outputs = inputs.map(({ name, value }) => ({ name: stateOutput(name), value }));
  return writeModel({ inputs, outputs, states: [], nodes: [] }, options);
}

const statesOf = ({ states }: Graph): NamedValue[] =>
  states.map(({ name, input }) => ({ name, value: input }));
