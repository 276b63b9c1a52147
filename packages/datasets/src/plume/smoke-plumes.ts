/**
 * Smoke in random flows: from the smoke and the flow predict the smoke at later times. Quarter turns,
 * and shifts round the edges, are exact symmetries of the law and of the distribution of the data; a
 * wind that is always the same breaks the quarter turns.
 */
import { random, type RandomStream } from '@intertwiner/random';
import { advect, type Field } from './advection.js';

export interface SmokePlumesOptions {
  readonly count: number;
  readonly seed: number;
  /** Cells on a side, default 16. */
  readonly size?: number;
  /** Frames to predict, default 2. */
  readonly frames?: number;
  /** Time steps from one frame to the next, default 40. */
  readonly stepsPerFrame?: number;
  /** Default 0.1; lengths are in cells. */
  readonly timeStep?: number;
  /** D, default 0.03. */
  readonly diffusion?: number;
  /** Root mean square speed of the random flow, default 0.5. */
  readonly speed?: number;
  /** Constant velocity along x and y (down), default none. */
  readonly wind?: readonly [x: number, y: number];
}

/** Smoke before and after. All arrays float32. */
export interface SmokePlumes {
  readonly name: string;
  readonly source: string;
  readonly count: number;
  readonly size: number;
  /** Smoke and stream function at the cells, [count, size, size, 2]. Under rotations both are scalars. */
  readonly given: Float32Array;
  /** Smoke at the later frames, [count, size, size, frames]. */
  readonly targets: Float32Array;
  readonly frames: number;
}

/**
 * Simulates smoke of one to three Gaussian puffs in a flow of random waves, the wind not being among what
 * is given. Sample i depends on the seed and i only.
 *
 * @throws RangeError unless `count` is a non-negative integer, `size` one of at least 4 and `frames` a
 *   positive one, and for a time step that is not stable.
 */
export function smokePlumes(options: SmokePlumesOptions): SmokePlumes {
  const { count, seed, size = 16, frames = 2, stepsPerFrame = 40, timeStep = 0.1 } = options;
  const { diffusion = 0.03, speed = 0.5, wind = [0, 0] } = options;
  if (!isCount(count, 0) || !isCount(size, 4) || !isCount(frames, 1)) {
    throw new RangeError(
      'smokePlumes: expected a count of 0 or more, a size of at least 4 and at least 1 frame, got ' +
        `${count}, ${size} and ${frames}.`,
    );
  }
  const cells = size * size;
  const given = new Float32Array(count * cells * 2);
  const targets = new Float32Array(count * cells * frames);
  for (let i = 0; i < count; i++) {
    const sample = random(seed, 'smoke-plumes', i);
    const stream = randomStream(size, speed, sample);
    let smoke = randomPuffs(size, sample);
    const shown = atCells(stream, size);
    for (let p = 0; p < cells; p++) {
      given[2 * (i * cells + p)] = smoke[p]!;
      given[2 * (i * cells + p) + 1] = shown[p]!;
    }
    for (let frame = 0; frame < frames; frame++) {
      smoke = advect(smoke, { size, stream, wind, diffusion }, { steps: stepsPerFrame, timeStep });
      for (let p = 0; p < cells; p++) targets[frames * (i * cells + p) + frame] = smoke[p]!;
    }
  }
  const settings = { count, seed, size, frames, stepsPerFrame, timeStep, diffusion, speed, wind };
  return {
    name: 'smoke plumes',
    source: `smokePlumes(${JSON.stringify(settings)})`,
    ...{ count, size, given, targets, frames },
  };
}

const isCount = (value: number, least: number) => Number.isInteger(value) && value >= least;

/** Wave numbers (a, b) with 0 < a² + b² ≤ 5, one of each pair ±: a set that quarter turns keep. */
const waves = [-2, -1, 0, 1, 2]
  .flatMap((a) => [-2, -1, 0, 1, 2].map((b) => [a, b] as const))
  .filter(([a, b]) => a ** 2 + b ** 2 <= 5 && (a > 0 || (a === 0 && b > 0)));

/** ψ at the corners: waves of random amplitudes and phases, scaled to the speed. */
function randomStream(n: number, speed: number, stream: RandomStream): Field {
  const field = new Float64Array(n * n);
  let energy = 0;
  for (const [a, b] of waves) {
    const amplitude = stream.normal() / (a ** 2 + b ** 2);
    const phase = 2 * Math.PI * stream.uniform();
    energy += (amplitude ** 2 * (a ** 2 + b ** 2) * (2 * Math.PI) ** 2) / (2 * n ** 2);
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        field[y * n + x]! += amplitude * Math.sin((2 * Math.PI * (a * x + b * y)) / n + phase);
      }
    }
  }
  const scale = speed / Math.sqrt(energy);
  return field.map((value) => value * scale);
}

/** The mean of the corners of every cell, opposite ones first, so that quarter turns swap operands. */
function atCells(corners: Field, n: number): Field {
  return Float64Array.from(corners, (upperLeft, at) => {
    const [y, x] = [Math.floor(at / n), at % n];
    const [right, below] = [(x + 1) % n, (y + 1) % n];
    const diagonal = upperLeft + corners[below * n + right]!;
    return (diagonal + (corners[y * n + right]! + corners[below * n + x]!)) / 4;
  });
}

/** One to three puffs, of widths from 1 to 2 cells and heights from 0.5 to 1. */
function randomPuffs(n: number, stream: RandomStream): Field {
  const smoke = new Float64Array(n * n);
  const puffs = 1 + stream.integer(3);
  for (let k = 0; k < puffs; k++) {
    const [centreY, centreX] = [n * stream.uniform(), n * stream.uniform()];
    const width = 1 + stream.uniform();
    const height = 0.5 + stream.uniform() / 2;
    const distance = (u: number, centre: number) => {
      const d = Math.abs(u - centre) % n;
      return Math.min(d, n - d);
    };
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        const squared = distance(y, centreY) ** 2 + distance(x, centreX) ** 2;
        smoke[y * n + x]! += height * Math.exp(-squared / (2 * width ** 2));
      }
    }
  }
  return smoke;
}
