/**
 * The graph that tracing builds and ONNX files are written from. Every shape is known: a traced
 * TensorFlow.js program has no unknown dimension. Values and nodes are immutable; a pass builds a
 * new graph (`rewrite.ts`).
 */
import type { DType, TypedArray } from './dtype.js';

export type Shape = readonly number[];

/** A constant: its elements, or the one number that all of them equal. */
export type Constant = { readonly data: TypedArray } | { readonly fill: number };

/** An edge of the graph: a tensor of known type and shape, produced by a node, or given. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The node that computes it; null for constants, graph inputs and states. */
  readonly producer: Node | null;
  readonly constant: Constant | null;
  /** The name to write into the file, where one was given. */
  readonly name: string | null;
}

/** An attribute with its ONNX type, which a JavaScript number alone does not tell. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One ONNX operator. A null input is an optional input left out. */
export interface Node {
  readonly opType: string;
  /** Where the operator is defined, if not in ONNX itself. */
  readonly domain?: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** A variable of the traced program: read from `input`, and equal to `output` after the step. */
export interface State {
  readonly name: string;
  readonly input: Value;
  readonly output: Value;
  /** Its elements when the program was traced. */
  readonly initial: TypedArray;
  /** The variables that lie in it one after the other, where a pass has packed several into one. */
  readonly parts?: readonly { readonly name: string; readonly shape: Shape }[];
}

export interface Graph {
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  readonly states: readonly State[];
  /** In an order in which every node comes after those it reads from. */
  readonly nodes: readonly Node[];
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);
