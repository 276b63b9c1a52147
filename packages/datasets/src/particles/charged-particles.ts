/**
 * The N-body task: from the state of charged particles at one frame predict their positions at a
 * later one. Rotations, reflections, translations and the order of the particles are exact
 * symmetries of the law and of the distribution of the data (translations of the law only).
 */
import { random, type RandomStream } from '@intertwiner/random';
import {
  defaultSoftening,
  defaultTimeStep,
  simulateParticles,
  type ForceLaw,
  type ParticleState,
} from './dynamics.js';

export interface ChargedParticlesOptions {
  /** Number of trajectories. */
  readonly count: number;
  readonly seed: number;
  /** Default 5. */
  readonly particles?: number;
  /** The frame that is given and the one to predict; default [30, 40]. */
  readonly frames?: readonly [given: number, target: number];
  /** Time steps from one frame to the next; default 100. */
  readonly stepsPerFrame?: number;
  /** Default 1e-3. */
  readonly timeStep?: number;
  /** Default 0.1; see `simulateParticles`. */
  readonly softening?: number;
  /**
   * Default `'softened'`. `'clipped'` gives the published sets, which count their frames from the
   * hundredth step: their frames 30 and 40 are `frames: [31, 41]` here.
   */
  readonly law?: ForceLaw;
}

/** Trajectories at two frames. All coordinates float32 of shape [count, particles, 3]. */
export interface ChargedParticles {
  readonly name: string;
  readonly source: string;
  readonly count: number;
  readonly particles: number;
  /** ±1, of shape [count, particles]. */
  readonly charges: Float32Array;
  readonly positions: Float32Array;
  readonly velocities: Float32Array;
  /** Positions at the later frame. */
  readonly targets: Float32Array;
  /** Velocities at the later frame. */
  readonly targetVelocities: Float32Array;
}

/**
 * Simulates trajectories from random starts: charges ±1 with equal chance, positions N(0, I),
 * velocities of length 0.5 in uniform directions. Trajectory i depends on the seed and i only.
 * With the defaults 10 frames are 1,000 steps of 1e-3.
 *
 * @throws RangeError unless `count` is a non-negative integer, `particles` a positive one, and the
 *   frames are integers with 0 ≤ given ≤ target.
 */
export function chargedParticles(options: ChargedParticlesOptions): ChargedParticles {
  const { count, seed, particles = 5, frames = [30, 40], stepsPerFrame = 100 } = options;
  const { timeStep = defaultTimeStep, softening = defaultSoftening, law = 'softened' } = options;
  checkOptions(count, particles, frames);
  const [given, target] = frames;
  const charges = new Float32Array(count * particles);
  const [positions, velocities, targets, targetVelocities] = Array.from(
    { length: 4 },
    () => new Float32Array(count * particles * 3),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const advance = (state: ParticleState, by: number) =>
    simulateParticles(state, { steps: by * stepsPerFrame, timeStep, softening, law });
  for (let i = 0; i < count; i++) {
    const start = randomStart(particles, random(seed, 'charged-particles', i));
    const before = advance(start, given);
    const after = advance(before, target - given);
    const at = 3 * particles * i;
    charges.set(start.charges, particles * i);
    positions.set(before.positions, at);
    velocities.set(before.velocities, at);
    targets.set(after.positions, at);
    targetVelocities.set(after.velocities, at);
  }
  return {
    name: 'charged particles',
    source: `chargedParticles(${JSON.stringify({ count, seed, particles, frames, stepsPerFrame, timeStep, softening, law })})`,
    count,
    particles,
    charges,
    positions,
    velocities,
    targets,
    targetVelocities,
  };
}

const startSpeed = 0.5;

function randomStart(particles: number, stream: RandomStream): ParticleState {
  const charges = Float64Array.from({ length: particles }, () => 2 * stream.integer(2) - 1);
  const positions = stream.fillNormal(new Float64Array(3 * particles));
  const velocities = stream.fillNormal(new Float64Array(3 * particles));
  for (let i = 0; i < particles; i++) {
    const velocity = velocities.subarray(3 * i, 3 * i + 3);
    const scale = startSpeed / Math.hypot(...velocity);
    for (let k = 0; k < 3; k++) velocity[k]! *= scale;
  }
  return { charges, positions, velocities };
}

function checkOptions(
  count: number,
  particles: number,
  [given, target]: readonly [number, number],
): void {
  if (!Number.isInteger(count) || count < 0 || !Number.isInteger(particles) || particles < 1) {
    throw new RangeError(
      'chargedParticles: expected a count of 0 or more and at least 1 particle, got ' +
        `${count} and ${particles}.`,
    );
  }
  if (!Number.isInteger(given) || !Number.isInteger(target) || given < 0 || target < given) {
    throw new RangeError(
      `chargedParticles: expected frames 0 ≤ given ≤ target, got ${given} and ${target}.`,
    );
  }
}
