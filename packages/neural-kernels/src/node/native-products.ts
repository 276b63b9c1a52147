/// <reference types="node" />
/**
 * Products of rows by ONNX Runtime, whose float64 loops use the widest vectors of the machine:
 * WebAssembly has 128 bits. An optional dependency, and another order of summation: not the bits of
 * the default.
 */
import type { ProductTiles, Tile } from '../gram/tiles.js';
import { ceilPanel } from '../simd/products.js';

/** The parts of onnxruntime-node that are used. */
interface Runtime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { intraOpNumThreads: number; interOpNumThreads: number },
    ): Promise<Session>;
  };
  readonly Tensor: new (type: 'float64', data: Float64Array, dims: readonly number[]) => object;
}

interface Session {
  /** Outputs are written to the tensors given in `fetches`. */
  run(feeds: Record<string, object>, fetches: Record<string, object>): Promise<unknown>;
}

/** Multiplies a tile's rows with its columns, to where a {@link ProductTiles} expects them. */
export type MultiplyTile = (tile: Tile) => Promise<void>;

let session: Promise<{ readonly runtime: Runtime; readonly session: Session }> | null = null;

/**
 * @param d numbers of a row.
 * @throws Error if onnxruntime-node is not installed.
 */
export async function nativeProducts(
  { rows, products }: ProductTiles,
  d: number,
): Promise<MultiplyTile> {
  const { runtime, session: gemm } = await (session ??= startSession());
  const matrix = (values: Float64Array, from: number, height: number, width: number) =>
    new runtime.Tensor('float64', values.subarray(from, from + height * width), [height, width]);
  return async ({ i0, i1, j0, j1 }) => {
    const [height, width] = [i1 - i0, ceilPanel(j1 - j0)];
    await gemm.run(
      { A: matrix(rows, i0 * d, height, d), B: matrix(rows, j0 * d, width, d) },
      { C: matrix(products, 0, height, width) },
    );
  };
}

async function startSession() {
  // Not a literal: bundlers and type checkers need not find what is optional.
  const name: string = 'onnxruntime-node';
  const runtime = await import(name).then(
    (module: { default: Runtime }) => module.default,
    (error: Error) => {
      throw new Error(
        `products 'onnxruntime' need the package onnxruntime-node: ${error.message.split('\n')[0]}`,
      );
    },
  );
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  return { runtime, session: await runtime.InferenceSession.create(gemmModel(), options) };
}

/** An ONNX file of one node, C = A·Bᵀ in float64, written out: 119 bytes of protobuf. */
function gemmModel(): Uint8Array {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
  const field = (number: number, type: number) => varint((number << 3) | type);
  const message = (number: number, content: readonly number[]) => [
    ...field(number, 2),
    ...varint(content.length),
    ...content,
  ];
  const text = (number: number, value: string) => message(number, [...Buffer.from(value)]);
  const integer = (number: number, value: number) => [...field(number, 0), ...varint(value)];
  const [float64, integerAttribute, opset] = [11, 2, 17];
  const matrix = (number: number, name: string, ...extents: readonly string[]) => {
    const shape = extents.flatMap((extent) => message(1, text(2, extent)));
    const tensor = [...integer(1, float64), ...message(2, shape)];
    return message(number, [...text(1, name), ...message(2, message(1, tensor))]);
  };
  const transposed = [...text(1, 'transB'), ...integer(3, 1), ...integer(20, integerAttribute)];
  const node = [
    ...text(1, 'A'),
    ...text(1, 'B'),
    ...text(2, 'C'),
    ...text(4, 'Gemm'),
    ...message(5, transposed),
  ];
  const graph = [
    ...message(1, node),
    ...text(2, 'products'),
    ...matrix(11, 'A', 'n', 'd'),
    ...matrix(11, 'B', 'm', 'd'),
    ...matrix(12, 'C', 'n', 'm'),
  ];
  return Uint8Array.from([
    ...integer(1, 8),
    ...message(7, graph),
    ...message(8, integer(2, opset)),
  ]);
}
