import type { DType, TypedArray } from '../ir/dtype.js';
import { sizeOf, type Graph, type Shape } from '../ir/graph.js';

/** A variable of the traced program, wherever the graph keeps it. */
export interface Variable {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly initial: TypedArray;
}

/** The variables that a graph changes, packed ones one by one. */
export function graphVariables({ states }: Graph): Variable[] {
  return states.flatMap(({ name, input, initial, parts }) => {
    const { dtype, shape } = input;
    if (!parts) return [{ name, dtype, shape, initial }];
    let end = 0;
    return parts.map((part) => {
      const start = end;
      end += sizeOf(part.shape);
      return { ...part, dtype, initial: initial.subarray(start, end) };
    });
  });
}
