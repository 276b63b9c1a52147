/**
 * A library of CUDA kernels holds each of them once for every generation of cards. On one card only one
 * of these is read; the others, set to zero in place, leave every offset as it was and compress to
 * nothing. NVIDIA does not document the layout of `.nv_fatbin`; this much of it was read off libraries:
 * containers of a header and entries, each for an architecture, as machine code or as PTX.
 */

const sectionName = '.nv_fatbin';
const containerMagic = 0xba55ed50;
const machineCode = 2;

/**
 * Zeroes, in place, the code for other architectures wherever there is some for this one.
 *
 * @param {Buffer} library a shared library, ELF of 64 bits, little endian
 * @param {number} arch such as 90 for compute capability 9.0
 * @returns {{ cleared: number, kept: number }} bytes of code
 * @throws {Error} if it is no such library, or has no code for this architecture
 */
export function clearDeviceCode(library, arch) {
  const all = sections(library)
    .filter(({ name }) => name === sectionName)
    .flatMap((section) => containers(library, section));
  const isWanted = (/** @type {Entry} */ entry) =>
    entry.kind === machineCode && entry.arch === arch;
  if (!all.some((entries) => entries.some(isWanted))) {
    const found = new Set(all.flat().map((entry) => entry.arch));
    const list = [...found].sort((a, b) => a - b).join(', ') || 'none';
    throw new Error(`There is no device code for ${arch} in this library; it has: ${list}.`);
  }
  let [cleared, kept] = [0, 0];
  for (const entries of all) {
    const replaced = entries.some(isWanted);
    for (const entry of entries) {
      if (!replaced || isWanted(entry)) {
        kept += entry.size;
        continue;
      }
      library.fill(0, entry.start, entry.start + entry.size);
      cleared += entry.size;
    }
  }
  return { cleared, kept };
}

/**
 * @typedef {{ name: string, start: number, size: number }} Section
 * @typedef {{ kind: number, arch: number, start: number, size: number }} Entry
 */

/** @param {Buffer} library @returns {Section[]} */
function sections(library) {
  // ELF, 64 bits, little endian.
  if (library.length < 64 || library.readUInt32BE(0) !== 0x7f454c46 || library[4] !== 2) {
    throw new Error('This is no shared library of 64 bits.');
  }
  const start = Number(library.readBigUInt64LE(0x28));
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((at) => library.readUInt16LE(at));
  const all = Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    return {
      nameAt: library.readUInt32LE(at),
      start: Number(library.readBigUInt64LE(at + 0x18)),
      size: Number(library.readBigUInt64LE(at + 0x20)),
    };
  });
  return all.map(({ nameAt, ...section }) => {
    const from = all[names].start + nameAt;
    return { ...section, name: library.toString('latin1', from, library.indexOf(0, from)) };
  });
}

/** @param {Buffer} library @param {Section} section @returns {Entry[][]} */
function containers(library, section) {
  const end = section.start + section.size;
  const found = [];
  for (let at = section.start; at + 16 <= end;) {
    // Between containers is padding.
    if (library.readUInt32LE(at) !== containerMagic) {
      at += 8;
      continue;
    }
    const first = at + library.readUInt16LE(at + 6);
    const stop = first + Number(library.readBigUInt64LE(at + 8));
    if (stop > end) throw new Error(`A container at ${at} ends outside ${sectionName}.`);
    found.push(entriesOf(library, first, stop));
    at = Math.ceil(stop / 8) * 8;
  }
  return found;
}

/** @param {Buffer} library @param {number} first @param {number} stop @returns {Entry[]} */
function entriesOf(library, first, stop) {
  const found = [];
  for (let at = first; at < stop;) {
    const header = library.readUInt32LE(at + 4);
    const size = Number(library.readBigUInt64LE(at + 8));
    const next = at + header + size;
    if (header === 0 || next > stop) throw new Error(`The entry at ${at} has no sensible size.`);
    const [kind, arch] = [library.readUInt16LE(at), library.readUInt32LE(at + 28)];
    found.push({ kind, arch, start: at + header, size });
    at = next;
  }
  return found;
}
