/**
 * The variables of a traced program. While tracing, every registered tf.Variable names a value of
 * the graph instead of its data; afterwards it gets its data back. Variables that appear while
 * tracing (the slots that an optimizer makes on its first step) become states whose initial values
 * are the constants they were made from.
 */
import * as tf from '@tensorflow/tfjs';
import { constantData, makeValue } from '../ir/builder.js';
import type { DType, TypedArray } from '../ir/dtype.js';
import type { State, Value } from '../ir/graph.js';
import { elements, ownerOf, tracingBackend } from './backend.js';
import { TraceError } from './errors.js';

interface Tracked {
  readonly variable: tf.Variable;
  /** The value that reading it before any assignment gives. */
  readonly input: Value;
  /** Where its data is outside the trace; null for a variable made while tracing. */
  readonly original: tf.TensorInfo['dataId'] | null;
  readonly initial: () => TypedArray;
}

type Engine = ReturnType<typeof tf.engine>;

export class TracedVariables {
  readonly #tracked: Tracked[] = [];
  #restoreMakeVariable: (() => void) | null = null;

  /** Swaps the data of all variables for graph values, and watches for new variables. */
  enter(): void {
    for (const variable of Object.values(tf.engine().state.registeredVariables)) {
      if (variable.dtype === 'string' || variable.dtype === 'complex64') continue;
      this.#swapIn(variable);
    }
    this.#watchNewVariables(tf.engine());
  }

  #swapIn(variable: tf.Variable): void {
    const original = variable.dataId;
    const initial = () => elements(ownerOf(original)!.readSync(original), variable.dtype);
    const input = stateInput(variable);
    this.#tracked.push({ variable, input, original, initial });
    variable.dataId = this.#register(input);
  }

  /** tfjs must know the backend of a dataId, or it will not dispose of it. */
  #register(value: Value): tf.TensorInfo['dataId'] {
    const backend = tracingBackend();
    const { dataId, shape, dtype } = backend.tensorInfo(value);
    tf.engine().state.tensorInfo.set(dataId, { backend, dtype, shape, bytes: 0 });
    tf.engine().state.numDataBuffers++;
    return dataId;
  }

  #watchNewVariables(engine: Engine): void {
    const makeVariable = engine.makeVariable.bind(engine);
    engine.makeVariable = (...args) => {
      const variable = makeVariable(...args);
      this.#adopt(variable);
      return variable;
    };
    this.#restoreMakeVariable = () => {
      // The method of the prototype shows again.
      delete (engine as Partial<Engine>).makeVariable;
    };
  }

  #adopt(variable: tf.Variable): void {
    const made = tracingBackend().traced(variable);
    if (!made.constant) {
      throw new TraceError(
        `The variable '${variable.name}' was made while tracing, from a value that depends on the ` +
          'inputs. Make it before, from constants.',
      );
    }
    const input = stateInput(variable);
    this.#tracked.push({ variable, input, original: null, initial: () => constantData(made) });
    this.#release(variable);
    variable.dataId = this.#register(input);
  }

  #release({ dataId }: tf.Variable): void {
    const backend = tracingBackend();
    if (backend.disposeData(dataId)) tf.engine().removeDataId(dataId, backend);
  }

  /**
   * The variables that the traced function read or changed; `isRead` tells of a value whether it
   * was read. Call it before {@link restore}.
   */
  states(isRead: (value: Value) => boolean): State[] {
    return this.#tracked.flatMap(({ variable, input, initial }) => {
      if (variable.isDisposed) return [];
      const output = tracingBackend().traced(variable);
      if (output === input && !isRead(input)) return [];
      return [{ name: variable.name, input, output, initial: initial() }];
    });
  }

  /** Gives every variable its data back. Runs on the backend that was active before the trace. */
  restore(): void {
    this.#restoreMakeVariable?.();
    this.#restoreMakeVariable = null;
    for (const { variable, original, initial } of this.#tracked) {
      if (variable.isDisposed) continue;
      if (original) {
        this.#release(variable);
        variable.dataId = original;
      } else {
        assignElements(variable, initial());
      }
    }
    this.#tracked.length = 0;
  }
}

const stateInput = (variable: tf.Variable): Value =>
  makeValue({ dtype: variable.dtype as DType, shape: variable.shape }, { name: variable.name });

/** Sets a variable's elements on the active backend. */
export function assignElements(variable: tf.Variable, data: TypedArray): void {
  tf.tidy(() => {
    variable.assign(tf.tensor(data as Float32Array, variable.shape, variable.dtype));
  });
}
