import { describe, expect, it } from 'vitest';
import {
  chargedParticles,
  particleEnergy,
  randomRotation,
  simulateParticles,
  type ParticleState,
} from '@intertwiner/datasets';
import { random } from '@intertwiner/random';

function start(seed: number, particles = 5): ParticleState {
  const stream = random(seed, 'start');
  return {
    charges: Float64Array.from({ length: particles }, () => 2 * stream.integer(2) - 1),
    positions: stream.fillNormal(new Float64Array(3 * particles)),
    velocities: stream.fillNormal(new Float64Array(3 * particles), 0.3),
  };
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

function rotated(points: Float64Array, matrix: Float64Array): Float64Array {
  return points.map((_, i) => {
    const [row, at] = [i % 3, i - (i % 3)];
    return [0, 1, 2].reduce((sum, k) => sum + matrix[3 * row + k]! * points[at + k]!, 0);
  });
}

/** Applies a symmetry to positions and velocities alike. */
const transformed = (
  state: ParticleState,
  change: (points: Float64Array) => Float64Array,
): ParticleState => ({
  charges: state.charges,
  positions: change(state.positions),
  velocities: change(state.velocities),
});

describe('simulateParticles', () => {
  it('conserves energy over 4,000 steps: relative drift below 1e-3', () => {
    for (let seed = 0; seed < 40; seed++) {
      const state = start(seed);
      const before = particleEnergy(state);
      const after = particleEnergy(simulateParticles(state, { steps: 4000 }));
      expect(Math.abs(after - before)).toBeLessThan(1e-3 * (1 + Math.abs(before)));
    }
  });

  it('is of second order: half the time step, a quarter of the error', () => {
    const state = start(1);
    const end = (steps: number) =>
      simulateParticles(state, { steps, timeStep: 1 / steps }).positions;
    const exact = end(64_000);
    const ratio = distance(end(500), exact) / distance(end(1000), exact);
    expect(ratio).toBeGreaterThan(3.7);
    expect(ratio).toBeLessThan(4.3);
  });

  it('runs backwards to its start', () => {
    const state = start(2);
    const there = simulateParticles(state, { steps: 1000 });
    const back = simulateParticles(there, { steps: 1000, timeStep: -1e-3 });
    // Rounding of 2,000 steps in float64, enlarged by close encounters.
    expect(distance(back.positions, state.positions)).toBeLessThan(1e-9);
  });

  it('conserves momentum, and moves on at its pace', () => {
    const state = start(3);
    const sum = (values: Float64Array, axis: number) =>
      values.reduce((total, value, i) => total + (i % 3 === axis ? value : 0), 0);
    const after = simulateParticles(state, { steps: 1000 });
    for (const axis of [0, 1, 2]) {
      const momentum = sum(state.velocities, axis);
      expect(sum(after.velocities, axis)).toBeCloseTo(momentum, 10);
      expect(sum(after.positions, axis)).toBeCloseTo(sum(state.positions, axis) + momentum, 10);
    }
  });

  it('commutes with rotations, reflections, shifts and permutations', () => {
    const state = start(4);
    const after = simulateParticles(state, { steps: 1000 });
    const matrix = randomRotation(random(4, 'rotation'));
    const turn = (points: Float64Array) => rotated(points, matrix);
    const mirror = (points: Float64Array) => points.map((v) => -v);
    const reverse = (points: Float64Array) =>
      points.map((_, i) => points[points.length - 3 - (i - (i % 3)) + (i % 3)]!);
    const run = (changed: ParticleState) => simulateParticles(changed, { steps: 1000 }).positions;
    // Only the rounding differs; 1,000 steps may enlarge it.
    expect(distance(run(transformed(state, turn)), turn(after.positions))).toBeLessThan(1e-10);
    expect(distance(run(transformed(state, mirror)), mirror(after.positions))).toBeLessThan(1e-10);
    const shifted = { ...state, positions: state.positions.map((v) => v + 2) };
    expect(
      distance(
        run(shifted),
        after.positions.map((v) => v + 2),
      ),
    ).toBeLessThan(1e-10);
    const permuted = { ...transformed(state, reverse), charges: state.charges.toReversed() };
    expect(distance(run(permuted), reverse(after.positions))).toBeLessThan(1e-10);
  });

  it('agrees with the circular orbit of two opposite charges', () => {
    const softening = 0.1;
    // Radius 1 about the centre: separation 2, force 2 / (4 + ε²)^{3/2} = v² / 1.
    const speed = Math.sqrt(2 / (4 + softening ** 2) ** 1.5);
    const state: ParticleState = {
      charges: Float64Array.of(1, -1),
      positions: Float64Array.of(1, 0, 0, -1, 0, 0),
      velocities: Float64Array.of(0, speed, 0, 0, -speed, 0),
    };
    const steps = 4000;
    const quarter = Math.PI / 2 / speed;
    const options = { steps, timeStep: quarter / steps, softening };
    const { positions } = simulateParticles(state, options);
    expect(distance(positions, [0, 1, 0, 0, -1, 0])).toBeLessThan(1e-6);
  });

  it('clipped, is the bare law where nothing comes close', () => {
    const speed = 0.5;
    const state: ParticleState = {
      // Radius 1 about the centre: separation 2, force 1/4 = v² / 1.
      charges: Float64Array.of(1, -1),
      positions: Float64Array.of(1, 0, 0, -1, 0, 0),
      velocities: Float64Array.of(0, speed, 0, 0, -speed, 0),
    };
    const quarter = (steps: number) =>
      simulateParticles(state, { steps, timeStep: Math.PI / steps, law: 'clipped' }).positions;
    const error = (steps: number) => distance(quarter(steps), [0, 1, 0, 0, -1, 0]);
    expect(error(4000)).toBeLessThan(1e-3);
    // Symplectic Euler is of first order.
    expect(error(1000) / error(2000)).toBeGreaterThan(1.8);
    expect(error(1000) / error(2000)).toBeLessThan(2.2);
  });

  it('clipped, drifts in energy by more than softened, and mostly below 1e-2', () => {
    const drifts = Array.from({ length: 40 }, (_, seed) => {
      const state = start(seed);
      const before = particleEnergy(state, 0);
      const after = particleEnergy(simulateParticles(state, { steps: 4000, law: 'clipped' }), 0);
      return Math.abs(after - before) / (1 + Math.abs(before));
    }).sort((a, b) => a - b);
    expect(drifts[20]).toBeLessThan(1e-2);
    expect(drifts.at(-1)).toBeGreaterThan(1e-3);
  });

  it('clipped, cuts each coordinate of the force off, which does not commute with rotations', () => {
    const near: ParticleState = {
      charges: Float64Array.of(1, 1),
      positions: Float64Array.of(0.03, 0.02, 0, 0, 0, 0),
      velocities: new Float64Array(6),
    };
    const step = (state: ParticleState) =>
      simulateParticles(state, { steps: 1, law: 'clipped' }).velocities;
    expect([...step(near)]).toEqual([0.1, 0.1, 0, -0.1, -0.1, 0]);
    const matrix = Float64Array.of(0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1);
    const turn = (points: Float64Array) => rotated(points, matrix);
    expect(distance(step(transformed(near, turn)), turn(step(near)))).toBeGreaterThan(0.01);
  });

  it('refuses sizes and options that make no sense', () => {
    const state = start(5);
    const short = { ...state, positions: new Float64Array(3) };
    expect(() => simulateParticles(short, { steps: 1 })).toThrow('expected 15 coordinates for 5');
    expect(() => simulateParticles(state, { steps: -1 })).toThrow('expected steps of 0 or more');
    expect(() => simulateParticles(state, { steps: 1, softening: 0 })).toThrow(
      'a positive softening',
    );
  });
});

describe('chargedParticles', () => {
  const data = chargedParticles({ count: 20, seed: 1 });

  it('trajectory i depends on the seed and i only', () => {
    const fewer = chargedParticles({ count: 3, seed: 1 });
    expect(fewer.targets).toEqual(data.targets.subarray(0, 45));
    expect(chargedParticles({ count: 3, seed: 2 }).targets).not.toEqual(fewer.targets);
  });

  it('the target is the given frame, 1,000 steps of 1e-3 later', () => {
    const { positions } = simulateParticles(
      {
        charges: Float64Array.from(data.charges.subarray(0, 5)),
        positions: Float64Array.from(data.positions.subarray(0, 15)),
        velocities: Float64Array.from(data.velocities.subarray(0, 15)),
      },
      { steps: 1000 },
    );
    // The given frame is rounded to float32.
    expect(distance(positions, data.targets.subarray(0, 15))).toBeLessThan(1e-4);
  });

  it('frame 0 is the start: speeds of 0.5, charges ±1, and nothing moves until then', () => {
    const first = chargedParticles({ count: 50, seed: 1, frames: [0, 0] });
    expect(first.targets).toEqual(first.positions);
    expect(new Set(first.charges)).toEqual(new Set([-1, 1]));
    for (let i = 0; i < first.velocities.length; i += 3) {
      expect(Math.hypot(...first.velocities.subarray(i, i + 3))).toBeCloseTo(0.5, 6);
    }
  });

  it('is a task: moving straight on is far from enough, and far better than standing still', () => {
    const { positions, velocities, targets } = data;
    const meanSquare = (guess: (i: number) => number) =>
      targets.reduce((sum, value, i) => sum + (value - guess(i)) ** 2, 0) / targets.length;
    const straight = meanSquare((i) => positions[i]! + velocities[i]!);
    expect(straight).toBeGreaterThan(0.02);
    expect(straight).toBeLessThan(meanSquare((i) => positions[i]!) / 2);
  });

  it('refuses frames that run backwards and empty systems', () => {
    expect(() => chargedParticles({ count: 1, seed: 1, frames: [4, 3] })).toThrow('given ≤ target');
    expect(() => chargedParticles({ count: 1, seed: 1, particles: 0 })).toThrow(
      'at least 1 particle',
    );
  });
});
