/** Four 32-bit words for a seed and a path: the FNV-1a hash of both, spread by SplitMix32. */
export function streamWords(seed: number, path: readonly (string | number)[]): number[] {
  let state = fnv1a(JSON.stringify([seed, ...path]));
  const words = Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state ^ fnv1a(JSON.stringify([path.length, seed, ...path, state])));
  });
  // xoroshiro128+ stands still on the all-zero state.
  return words.every((word) => word === 0) ? [1, 0, 0, 0] : words;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
