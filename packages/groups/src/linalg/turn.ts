/**
 * Cosine and sine of `k/n` of a full turn, exact at multiples of a quarter turn and symmetric under
 * the reflections of the octant, so that rotation matrices of C4 hold only 0 and ±1.
 */
export function turn(k: number, n: number): { cos: number; sin: number } {
  const eighths = (8 * (((k % n) + n) % n)) / n;
  const octant = Math.floor(eighths);
  const within = eighths - octant;
  // Odd octants are measured backwards from the next multiple of a quarter turn.
  const angle = (Math.PI / 4) * (octant % 2 === 0 ? within : 1 - within);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const table: readonly [number, number][] = [
    [c, s],
    [s, c],
    [-s, c],
    [-c, s],
    [-c, -s],
    [-s, -c],
    [s, -c],
    [c, -s],
  ];
  const [cos, sin] = table[octant];
  // Adding 0 turns −0 into 0.
  return { cos: cos + 0, sin: sin + 0 };
}
