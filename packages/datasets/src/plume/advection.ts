/**
 * Smoke that a given flow carries while it spreads: ∂c/∂t + ∇·(v c) = D ∇²c on a periodic square grid,
 * by finite volumes (first-order upwind, explicit Euler). Length is measured in cells.
 *
 * The flow is that of a stream function at the corners of the cells, v = (∂ψ/∂y, −∂ψ/∂x), so that what
 * enters a cell leaves it, to rounding. The outflows of a cell are summed as (east + west) + (north +
 * south): a quarter turn only swaps operands, and the scheme commutes with C4 exactly, bit by bit.
 */

/** A periodic square field, row-major with y (down) first, or of the corners, (y, x) at its upper left. */
export type Field = Float64Array;

export interface Flow {
  /** Cells on a side. */
  readonly size: number;
  /** ψ at the upper left corners of the cells, [size, size]. */
  readonly stream: Field;
  /** A constant velocity on top of it, in cells per unit of time, along x and y (down); default none. */
  readonly wind?: readonly [x: number, y: number];
  /** D in cells² per unit of time. */
  readonly diffusion: number;
}

/**
 * The concentration after some steps.
 *
 * @param concentration [size, size].
 * @throws RangeError if the step is too long for the scheme to be stable: what leaves a cell in one step
 *   would be more than there is.
 */
export function advect(
  concentration: Field,
  flow: Flow,
  { steps, timeStep }: { readonly steps: number; readonly timeStep: number },
): Field {
  const { size: n, diffusion } = flow;
  const { east, north } = faceVelocities(flow);
  checkStep(flow, east, north, timeStep);
  let now = Float64Array.from(concentration);
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(n * n);
    for (let y = 0; y < n; y++) {
      const [above, below] = [(y + n - 1) % n, (y + 1) % n];
      for (let x = 0; x < n; x++) {
        const [left, right] = [(x + n - 1) % n, (x + 1) % n];
        const at = y * n + x;
        const c = now[at]!;
        const out = (speed: number, other: number) =>
          (speed > 0 ? speed * c : speed * other) + diffusion * (c - other);
        const toEast = out(east[at]!, now[y * n + right]!);
        const toWest = out(-east[y * n + left]!, now[y * n + left]!);
        const toNorth = out(north[at]!, now[above * n + x]!);
        const toSouth = out(-north[below * n + x]!, now[below * n + x]!);
        next[at] = c - timeStep * (toEast + toWest + (toNorth + toSouth));
      }
    }
    now = next;
  }
  return now;
}

/** Outward velocities through the east and the north face of every cell (north is up). */
function faceVelocities({ size: n, stream, wind = [0, 0] }: Flow): { east: Field; north: Field } {
  const [east, north] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const [right, below] = [(x + 1) % n, (y + 1) % n];
      // The corners at the two ends of the face, in the sense of rotation about the cell.
      const [upperLeft, upperRight] = [stream[y * n + x]!, stream[y * n + right]!];
      const lowerRight = stream[below * n + right]!;
      east[y * n + x] = upperRight - lowerRight + wind[0];
      north[y * n + x] = upperLeft - upperRight - wind[1];
    }
  }
  return { east, north };
}

function checkStep({ size: n, diffusion }: Flow, east: Field, north: Field, timeStep: number) {
  let largest = 0;
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const at = y * n + x;
      const west = -east[y * n + ((x + n - 1) % n)]!;
      const south = -north[((y + 1) % n) * n + x]!;
      const leaving = [east[at]!, west, north[at]!, south].reduce((a, v) => a + Math.max(0, v), 0);
      largest = Math.max(largest, leaving + 4 * diffusion);
    }
  }
  if (timeStep * largest <= 1) return;
  throw new RangeError(
    `advect: a step of ${timeStep} is too long; at most ${(1 / largest).toPrecision(3)} is stable here.`,
  );
}
