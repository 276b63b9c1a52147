import * as tf from '@tensorflow/tfjs';
import { assignElements } from '@intertwiner/onnx';
import { TrainingError, type TrainingState, type VariableState } from './program.js';

/** What is known of a variable before its elements. */
export type VariableType = Omit<VariableState, 'data'> & { readonly name: string };

/** Throws TrainingError unless the state holds just the variables, with their shapes. */
export function checkState(state: TrainingState, variables: readonly VariableType[]): void {
  for (const { name, shape, dtype } of variables) {
    const saved = state.variables[name];
    if (!saved) throw new TrainingError(`The saved state lacks the variable '${name}'.`);
    if (saved.dtype !== dtype || saved.shape.join() !== shape.join()) {
      throw new TrainingError(
        `The saved variable '${name}' is ${saved.dtype}[${saved.shape.join(', ')}], and the ` +
          `program's is ${dtype}[${shape.join(', ')}]: the state is of another program.`,
      );
    }
  }
}

/** Sets tf.Variables by name; those of the state that are not registered are passed over. */
export function assignVariables(state: TrainingState): void {
  const registered = tf.engine().state.registeredVariables;
  for (const [name, { data }] of Object.entries(state.variables)) {
    const variable = registered[name];
    if (variable) assignElements(variable, data);
  }
}
