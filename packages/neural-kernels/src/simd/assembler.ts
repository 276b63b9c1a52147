/**
 * Just enough of the WebAssembly binary format to write loops over float64 lanes. Code is a list of
 * bytes; an expression is code that leaves one value on the stack, so that expressions nest like
 * formulas: `f64x2.add(x, f64x2.mul(y, z))`.
 */

export type Code = readonly number[];

export const types = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;
export type Type = keyof typeof types;

/** LEB128. */
export function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

const binary =
  (opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (opcode: Code) =>
  (a: Code): Code => [...a, ...opcode];
const vector = (number: number): Code => [0xfd, ...unsigned(number)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary([0x6a]),
  sub: binary([0x6b]),
  mul: binary([0x6c]),
  lessThan: binary([0x49]),
};

export const f64x2 = {
  splat: unary(vector(0x14)),
  gt: binary(vector(0x4a)),
  abs: unary(vector(0xec)),
  sqrt: unary(vector(0xef)),
  add: binary(vector(0xf0)),
  sub: binary(vector(0xf1)),
  mul: binary(vector(0xf2)),
  div: binary(vector(0xf3)),
  /** b < a ? b : a, one instruction where `min` takes several for NaN's sake. */
  pmin: binary(vector(0xf6)),
  /** a < b ? b : a. */
  pmax: binary(vector(0xf7)),
};

export const v128 = {
  and: binary(vector(0x4e)),
  /** Bits of a where those of `mask` are set, else of b. */
  select: (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...vector(0x52)],
  load: (pointer: Code, offset = 0): Code => [...pointer, ...vector(0x00), 3, ...unsigned(offset)],
  /** One number, in both lanes. */
  loadSplat: (pointer: Code, offset = 0): Code => [
    ...pointer,
    ...vector(0x0a),
    3,
    ...unsigned(offset),
  ],
  store: (pointer: Code, value: Code, offset = 0): Code => [
    ...pointer,
    ...value,
    ...vector(0x0b),
    3,
    ...unsigned(offset),
  ],
};

/** A local variable of a function. */
export interface Local {
  readonly index: number;
  readonly get: Code;
  set(value: Code): Code;
}

/** Runs its body until `condition` is 0, at least once. */
export function doWhile(body: Code, condition: Code): Code {
  return [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
}

/** Runs its body while `condition` is not 0. */
export function whileLoop(condition: Code, body: Code): Code {
  // block { loop { if !condition leave; body; again } }
  return [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...body, 0x0c, 0, 0x0b, 0x0b];
}

/** Calls function number `index` of the module. */
export const call = (index: number, ...parameters: readonly Code[]): Code => [
  ...parameters.flat(),
  0x10,
  ...unsigned(index),
];

/** A function that returns nothing. */
export interface FunctionBody {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly locals: readonly Type[];
  readonly code: Code;
}

/** Writes a function; `build` gets its parameters and makes further locals. */
export function wasmFunction(
  name: string,
  parameters: readonly Type[],
  build: (parameters: readonly Local[], local: (type: Type) => Local) => Code,
): FunctionBody {
  const locals: Type[] = [];
  const at = (index: number): Local => ({
    index,
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  });
  const code = build(
    parameters.map((_, i) => at(i)),
    (type) => at(parameters.length + locals.push(type) - 1),
  );
  return { name, parameters, locals, code };
}

/** A module of functions that work on the memory imported as `env.memory`. */
export function wasmModule(functions: readonly FunctionBody[]): Uint8Array {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const signatures = functions.map(({ parameters }) => [
    0x60,
    ...list(parameters.map((type) => [types[type]])),
    0,
  ]);
  const exported = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
  const bodies = functions.map(({ locals, code }) => {
    const declared = list(locals.map((type) => [1, types[type]]));
    return sized([...declared, ...code, 0x0b]);
  });
  return Uint8Array.from([
    ...header,
    ...section(1, list(signatures)),
    ...section(2, list([[...text('env'), ...text('memory'), 0x02, 0x00, 1]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(exported)),
    ...section(10, list(bodies)),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): Code {
  return sized(Array.from(value, (character) => character.charCodeAt(0)));
}

/** Signed LEB128. */
function signed(value: number): Code {
  const low = value & 127;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
  return done ? [low] : [low | 128, ...signed(rest)];
}
