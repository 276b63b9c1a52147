import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CheckpointError,
  checkpointToState,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  stateToCheckpoint,
  writeFileAtomic,
  type TrainingState,
} from '@intertwiner/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const state: TrainingState = {
  step: 42,
  variables: {
    'dense/kernel': {
      shape: [2, 3],
      dtype: 'float32',
      data: Float32Array.of(1, -0, NaN, Infinity, 1e-40, 3),
    },
    mask: { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) },
    count: { shape: [], dtype: 'int32', data: Int32Array.of(-7) },
    none: { shape: [0], dtype: 'float32', data: new Float32Array(0) },
  },
};
const bytes = () => encodeCheckpoint(stateToCheckpoint(state));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('checkpoints', () => {
  it('come back as they were saved, through bytes and through a file', async () => {
    expect(checkpointToState(decodeCheckpoint(bytes()))).toEqual(state);
    const path = join(folder, 'deep', 'run.safetensors');
    await saveCheckpoint(path, stateToCheckpoint(state));
    expect(checkpointToState(await loadCheckpoint(path))).toEqual(state);
    expect(await readdir(join(folder, 'deep'))).toEqual(['run.safetensors']);
  });

  it('are safetensors files', () => {
    const file = Buffer.from(bytes());
    const length = Number(file.readBigUInt64LE());
    const header = JSON.parse(file.subarray(8, 8 + length).toString());
    expect(header['dense/kernel']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(header.__metadata__.step).toBe('42');
  });

  it('are refused at any length but their own', () => {
    const whole = bytes();
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeCheckpoint(whole.subarray(0, length))).toThrow(CheckpointError);
    }
  });

  it('are refused with any byte of their data flipped, and name the file', async () => {
    const whole = bytes();
    const start = 8 + Number(Buffer.from(whole).readBigUInt64LE());
    for (let i = start; i < whole.length; i++) {
      const flipped = Uint8Array.from(whole);
      flipped[i]! ^= 0x10;
      expect(() => decodeCheckpoint(flipped)).toThrow(/digest/);
    }
    const path = join(folder, 'bad');
    await writeFileAtomic(path, whole.subarray(0, 60));
    await expect(loadCheckpoint(path)).rejects.toThrow(path);
    await expect(loadCheckpoint(join(folder, 'none'))).rejects.toThrow(/Cannot read.*none/);
  });

  it('are refused with any byte of their header flipped', () => {
    const whole = bytes();
    const end = 8 + Number(Buffer.from(whole).readBigUInt64LE());
    for (let i = 0; i < end; i++) {
      const flipped = Uint8Array.from(whole);
      flipped[i]! ^= 0x01;
      expect(() => decodeCheckpoint(flipped), `byte ${i}`).toThrow(CheckpointError);
    }
  });
});

describe('writeFileAtomic', () => {
  it('leaves no temporary file behind, also when it fails', async () => {
    const path = join(folder, 'file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readdir(folder)).toEqual(['file']);
    // The target is a folder: the rename fails.
    await writeFileAtomic(join(folder, 'sub', 'x'), 'y');
    await expect(writeFileAtomic(join(folder, 'sub'), 'z')).rejects.toThrow(/sub/);
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
  });
});
