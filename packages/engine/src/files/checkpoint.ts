/**
 * Training states on disk, in the safetensors format: eight bytes of header length, a JSON header
 * with the type, shape and place of every tensor, and their bytes. Other tools read it too.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TypedArray } from '@intertwiner/onnx';
import type { TrainingState, VariableState } from '../training/program.js';
import { writeFileAtomic } from './atomic.js';

/** A file that is not a checkpoint, or one that was damaged. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Named tensors and strings, as they are saved. */
export interface Checkpoint {
  readonly tensors: Readonly<Record<string, VariableState>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const typeNames = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The bytes of a checkpoint file; its metadata holds a digest of all the rest. */
export function encodeCheckpoint({ tensors, metadata }: Checkpoint): Uint8Array {
  const parts = Object.values(tensors).map(({ data }) => bytesOf(data));
  const entries: Record<string, HeaderEntry> = {};
  let offset = 0;
  Object.entries(tensors).forEach(([name, { dtype, shape }], i) => {
    const end = offset + parts[i]!.length;
    entries[name] = { dtype: typeNames[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  });
  const sha256 = digest({ __metadata__: metadata, ...entries }, parts);
  const header = Buffer.from(JSON.stringify({ __metadata__: { ...metadata, sha256 }, ...entries }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...parts]);
}

/** Reads a checkpoint's bytes; `source` names them in errors. */
export function decodeCheckpoint(bytes: Uint8Array, source = 'the checkpoint'): Checkpoint {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = buffer.length < 8 ? NaN : Number(buffer.readBigUInt64LE());
  if (!(headerLength <= buffer.length - 8)) throw damaged(source, 'it is cut short');
  const header = parseHeader(buffer.subarray(8, 8 + headerLength).toString(), source);
  const { __metadata__: all = {}, ...entries } = header;
  const { sha256, ...metadata } = all;
  const data = buffer.subarray(8 + headerLength);
  if (sha256 !== digest({ __metadata__: metadata, ...entries }, [data])) {
    throw damaged(source, 'its digest does not match');
  }
  const tensors = Object.entries(entries).map(([name, entry]) => [name, readTensor(data, entry)]);
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** Writes a checkpoint under a temporary name and renames it. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomic(path, encodeCheckpoint(checkpoint));
}

/** Reads a checkpoint file. Throws CheckpointError if it cannot be read or is damaged. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CheckpointError(`Cannot read the checkpoint '${path}': ${(error as Error).message}.`);
  }
  return decodeCheckpoint(bytes, `'${path}'`);
}

/** A training state as named tensors, under a prefix, with the step as metadata. */
export function stateToCheckpoint({ step, variables }: TrainingState): Checkpoint {
  return { tensors: variables, metadata: { step: String(step) } };
}

/** The training state that {@link stateToCheckpoint} saved. */
export const checkpointToState = ({ tensors, metadata }: Checkpoint): TrainingState => ({
  step: Number(metadata['step'] ?? 0),
  variables: tensors,
});

const damaged = (source: string, why: string) =>
  new CheckpointError(
    `${source} is not a checkpoint, or it is damaged: ${why}. ` +
      'Use an older copy, or start again without it.',
  );

function parseHeader(
  text: string,
  source: string,
): Record<string, HeaderEntry> & { __metadata__?: Record<string, string> } {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(source, 'its header is not JSON');
  }
}

function readTensor(data: Buffer, { dtype, shape, data_offsets }: HeaderEntry): VariableState {
  // A copy, because a typed array of 4-byte elements must start at a multiple of four.
  const { buffer } = Uint8Array.from(data.subarray(...data_offsets));
  if (dtype === 'F32') return { dtype: 'float32', shape, data: new Float32Array(buffer) };
  if (dtype === 'I32') return { dtype: 'int32', shape, data: new Int32Array(buffer) };
  return { dtype: 'bool', shape, data: new Uint8Array(buffer) };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Of the header without the digest itself, and the data. */
function digest(header: object, parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(JSON.stringify(header));
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
