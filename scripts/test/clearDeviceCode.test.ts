import { describe, expect, test } from 'vitest';
import { clearDeviceCode } from '../lib/clearDeviceCode.mjs';

interface Code {
  readonly kind: number;
  readonly arch: number;
  readonly code: Buffer;
}

const [ptx, elf] = [1, 2];
/** Code whose bytes tell it apart. */
const code = (kind: number, arch: number, byte: number, length = 40): Code => ({
  kind,
  arch,
  code: Buffer.alloc(length, byte),
});

function entry({ kind, arch, code }: Code): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(kind, 0);
  header.writeUInt32LE(header.length, 4);
  header.writeBigUInt64LE(BigInt(code.length), 8);
  header.writeUInt32LE(arch, 28);
  return Buffer.concat([header, code]);
}

/** A container, padded to eight bytes. */
function container(codes: readonly Code[]): Buffer {
  const body = Buffer.concat(codes.map(entry));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(header.length, 6);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body, Buffer.alloc((8 - (body.length % 8)) % 8)]);
}

/** An ELF file with sections of these names, and nothing else. */
function library(sections: Readonly<Record<string, Buffer>>): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const table = Buffer.from(`${names.join('\0')}\0`);
  const bodies = [Buffer.alloc(0), ...Object.values(sections), table];
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const sizes = bodies.map(({ length }) => length);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 64));
  head.writeBigUInt64LE(BigInt(starts.at(-1)! + table.length), 0x28);
  [64, bodies.length, bodies.length - 1].forEach((x, i) => head.writeUInt16LE(x, 0x3a + 2 * i));
  const headers = bodies.map((body, i) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(names.slice(0, i).join('\0').length + (i > 0 ? 1 : 0), 0);
    header.writeBigUInt64LE(BigInt(starts[i]!), 0x18);
    header.writeBigUInt64LE(BigInt(body.length), 0x20);
    return header;
  });
  return Buffer.concat([head, ...bodies, ...headers]);
}

const holds = (file: Buffer, byte: number): boolean => file.includes(Buffer.alloc(40, byte));

describe('clearDeviceCode', () => {
  test('keeps code of the one architecture, and a container that has none of it', () => {
    const file = library({
      '.text': Buffer.alloc(48, 0x11),
      '.nv_fatbin': Buffer.concat([
        container([code(elf, 80, 0x80), code(elf, 90, 0x90), code(ptx, 90, 0x9f)]),
        Buffer.alloc(16),
        container([code(elf, 75, 0x75, 41), code(ptx, 80, 0x8f)]),
        container([code(elf, 90, 0x91), code(elf, 100, 0xa0)]),
      ]),
      '.data': container([code(elf, 80, 0x22), code(elf, 90, 0x23)]),
    });
    const before = Buffer.from(file);
    expect(clearDeviceCode(file, 90)).toEqual({ cleared: 120, kept: 161 });
    expect(file.length).toBe(before.length);
    for (const byte of [0x80, 0x9f, 0xa0]) expect(holds(file, byte)).toBe(false);
    for (const byte of [0x11, 0x90, 0x75, 0x8f, 0x91, 0x22, 0x23]) {
      expect(holds(file, byte)).toBe(true);
    }
    // All else is as it was: headers, and so every offset.
    const changed = [...file.keys()].filter((i) => file[i] !== before[i]);
    expect(changed).toHaveLength(120);
    for (const i of changed) expect(file[i]).toBe(0);
  });

  test('says which architectures there are', () => {
    const file = library({ '.nv_fatbin': container([code(elf, 80, 1), code(ptx, 90, 2)]) });
    const before = Buffer.from(file);
    expect(() => clearDeviceCode(file, 90)).toThrow(/no device code for 90 .* it has: 80, 90\./);
    expect(file).toEqual(before);
    expect(() => clearDeviceCode(library({ '.text': Buffer.alloc(8) }), 90)).toThrow('has: none');
  });

  test('refuses what is no library, or a damaged one', () => {
    expect(() => clearDeviceCode(Buffer.alloc(100, 'PK'), 90)).toThrow('no shared library');
    const cut = container([code(elf, 90, 1)]);
    cut.writeBigUInt64LE(10_000n, 8);
    expect(() => clearDeviceCode(library({ '.nv_fatbin': cut }), 90)).toThrow('ends outside');
    const endless = container([code(elf, 90, 1)]);
    endless.writeUInt32LE(0, 16 + 4);
    expect(() => clearDeviceCode(library({ '.nv_fatbin': endless }), 90)).toThrow('sensible size');
  });
});
