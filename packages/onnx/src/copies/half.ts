/** IEEE 754 half precision, rounded to nearest, ties to even. */
const scratch = new DataView(new ArrayBuffer(4));

/** The 16 bits of the half-precision number nearest to a value; ±65520 and beyond are infinite. */
export function halfBits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴.
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(value) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  return sign | roundToEven(rebased / 2 ** 13);
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest > 0.5 || (rest === 0.5 && below % 2 === 1)) return below + 1;
  return below;
}

/** Float32 values as little-endian halves. */
export function halfBytes(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, halfBits(values[i]!), true);
  return bytes;
}
