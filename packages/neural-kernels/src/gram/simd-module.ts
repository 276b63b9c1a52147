/**
 * A WebAssembly function of 4 × 4 inner products with two float64 lanes, assembled here: it is one
 * loop, and four times as fast as the same loop in JavaScript, which has no lanes.
 *
 * It multiplies and adds in the order of the scalar loop, without fused operations: its results are
 * the same bits.
 */

/** The parts of the WebAssembly API that are used; the core package assumes no host's types. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (
    module: object,
    imports: { m: { m: object } },
  ) => { readonly exports: { readonly b: BlockFunction } };
}

/** Writes to `out` the 16 inner products of two panels of k columns; all are byte offsets. */
type BlockFunction = (a: number, b: number, out: number, k: number) => void;

/** A memory and the function that works on it. */
export interface SimdBlock {
  readonly memory: Float64Array<ArrayBuffer>;
  readonly block: BlockFunction;
}

/** One memory to use again: hosts reserve gigabytes of addresses for each. */
export class SimdArena {
  #current: SimdBlock | null = null;

  /**
   * At least `length` float64s with arbitrary contents; whoever reserved before loses them.
   *
   * @returns null where the host has no WebAssembly with SIMD, or not that much memory.
   */
  reserve(length: number): SimdBlock | null {
    if (this.#current && this.#current.memory.length >= length) return this.#current;
    this.#current = simdBlock(length);
    return this.#current;
  }
}

function simdBlock(length: number): SimdBlock | null {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi };
  const bytes = moduleBytes();
  if (!api?.validate(bytes)) return null;
  const pages = Math.ceil((8 * length) / 65536);
  if (pages > 65536) return null;
  const memory = new api.Memory({ initial: pages });
  const { exports } = new api.Instance(new api.Module(bytes), { m: { m: memory } });
  return { memory: new Float64Array(memory.buffer), block: exports.b };
}

const i32 = 0x7f;
const v128 = 0x7b;
const local = { get: 0x20, set: 0x21, tee: 0x22 } as const;
/** Parameters, then locals: 8 accumulators, two vectors of b, one entry of a in both lanes. */
const [a, b, out, k, accumulator, right, left] = [0, 1, 2, 3, 4, 12, 14];

function moduleBytes(): Uint8Array {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const [m, f] = [...'mb'].map((name) => [1, name.charCodeAt(0)]);
  const type = section(1, [1, 0x60, 4, i32, i32, i32, i32, 0]);
  const importMemory = section(2, [[1], m, m, [0x02, 0x00, 1]].flat());
  const exportFunction = section(7, [[1], f, [0x00, 0]].flat());
  const code = section(10, [[1], sized([[1, 11, v128], body(), [0x0b]].flat())].flat());
  const parts = [header, type, importMemory, section(3, [1, 0]), exportFunction, code];
  return Uint8Array.from(parts.flat());
}

function body(): number[] {
  const halves = [0, 1];
  const row = (r: number) => [
    [local.get, a],
    loadSplat(8 * r),
    [local.set, left],
    ...halves.map((h) => multiplyAdd(accumulator + 2 * r + h, right + h)),
  ];
  const loop = [
    [0x03, 0x40],
    ...halves.map((h) => [[local.get, b], load(16 * h), [local.set, right + h]].flat()),
    ...[0, 1, 2, 3].map((r) => row(r).flat()),
    advance(a, 32),
    advance(b, 32),
    [local.get, k, 0x41, 1, 0x6b, local.tee, k, 0x0d, 0],
    [0x0b],
  ];
  const write = (i: number) => [[local.get, out, local.get, accumulator + i], store(16 * i)].flat();
  return [...loop, ...[0, 1, 2, 3, 4, 5, 6, 7].map(write)].flat();
}

/** sum += left·right */
function multiplyAdd(sum: number, vector: number): number[] {
  const multiply = [0xfd, 0xf2, 0x01];
  const add = [0xfd, 0xf0, 0x01];
  const operands = [local.get, sum, local.get, left, local.get, vector];
  return [operands, multiply, add, [local.set, sum]].flat();
}

function advance(pointer: number, by: number): number[] {
  return [local.get, pointer, 0x41, by, 0x6a, local.set, pointer];
}

/** Vector instructions with alignment 2³ bytes. */
function load(offset: number): number[] {
  return [0xfd, 0x00, 3, offset];
}

function loadSplat(offset: number): number[] {
  return [0xfd, 0x0a, 3, offset];
}

function store(offset: number): number[] {
  return [0xfd, 0x0b, 3, offset];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}
