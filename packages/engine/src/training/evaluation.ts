/** The part of a training program that measures. */
import { trace, type Graph, type PassName } from '@intertwiner/onnx';
import { TrainingError, type Evaluation, type TrainingProgram } from './program.js';

/** The program's evaluation. Throws TrainingError if it has none. */
export function requireEvaluation({ evaluation }: TrainingProgram): Evaluation {
  if (evaluation) return evaluation;
  throw new TrainingError(
    "The program has no 'evaluation'; give it one: { inputs, measure }, beside 'step'.",
  );
}

export const changedByEvaluation = (name: string): TrainingError =>
  new TrainingError(
    `The program's evaluation changes the variable '${name}'. It may only measure: layers with ` +
      '{ training: false }, no optimizer, nothing random.',
  );

/** None that freezes or packs variables: those that are trained come from training. */
const evaluationPasses: readonly PassName[] = ['arithmetic', 'commonSubexpressions', 'deadNodes'];

/**
 * The evaluation as a graph whose states are all variables that it reads: the trained ones are not
 * constants, though they do not change in it.
 */
export function traceEvaluation({ inputs, measure }: Evaluation): Graph {
  const names = inputs.map(({ name }) => name);
  const graph = trace(
    (...tensors) => measure(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
    inputs,
    { passes: evaluationPasses },
  );
  const changed = graph.states.find(({ input, output }) => input !== output);
  if (changed) throw changedByEvaluation(changed.name);
  return graph;
}
