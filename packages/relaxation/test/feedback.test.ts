import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ace, gradNormWeights, type AceOptions } from '@intertwiner/relaxation';
import './support.js';

beforeAll(() => void tf.setBackend('cpu'));

/** Runs ACE on J(γ) = ½a(γ − 1)², whose multiplier at γ = 0 is −J′(0) = a. */
function settle(a: number, steps: number, options: AceOptions): number[] {
  const before = tf.memory().numTensors;
  const state = ace(1, `ace/${a}`, options);
  for (let i = 0; i < steps; i++) {
    tf.tidy(() => state.update(tf.mul(tf.sub(state.gamma, 1), a) as tf.Tensor1D));
  }
  const values = [state.gamma, state.dual, state.slack].map((v) => v.dataSync()[0]);
  state.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

describe('ACE', () => {
  it('takes the step γ − η(∂J/∂γ + λ), λ + ηγ', () => {
    // From γ = 0.5, λ = 0 with J′ = 2(γ − 1) = −1 and η = 0.1, twice by hand.
    expect(settle(2, 1, { stepSize: 0.1, start: 0.5 })).toEqual([0.6, 0.05, 0].map(Math.fround));
    const [gamma, dual] = settle(2, 2, { stepSize: 0.1, start: 0.5 });
    expect(gamma).toBeCloseTo(0.6 - 0.1 * (-0.8 + 0.05), 6);
    expect(dual).toBeCloseTo(0.05 + 0.06, 6);
  });

  it('converges to γ = 0 with the Lagrange multiplier of the constraint', () => {
    const [gamma, dual] = settle(2, 3000, { stepSize: 0.05 });
    expect(Math.abs(gamma)).toBeLessThan(1e-5);
    expect(dual).toBeCloseTo(2, 4);
  });

  it('resilient: stops at the slack where its cost equals the multiplier, u = a/(a + ρ)', () => {
    const [gamma, dual, slack] = settle(2, 4000, { stepSize: 0.02, resilience: 3 });
    expect(gamma).toBeCloseTo(0.4, 3);
    expect(slack).toBeCloseTo(0.4, 3);
    expect(dual).toBeCloseTo(1.2, 2);
  });
});

describe('GradNorm', () => {
  it('settles where the weighted gradient norms are equal, and sums to the number of losses', () => {
    let weights = [1, 1];
    for (let i = 0; i < 2000; i++) {
      weights = gradNormWeights(
        [4, 1].map((gradientNorm, k) => ({
          weight: weights[k],
          loss: 1,
          initialLoss: 1,
          gradientNorm,
        })),
        { stepSize: 1e-3 },
      );
      expect(weights[0] + weights[1]).toBeCloseTo(2, 12);
    }
    // The sign of the slope makes it oscillate by a step: 1e-3 × norm 4.
    expect(Math.abs(4 * weights[0] - weights[1])).toBeLessThan(0.03);
  });

  it('favours the loss that lags behind', () => {
    const losses = [0.2, 1].map((loss) => ({ weight: 1, loss, initialLoss: 1, gradientNorm: 1 }));
    const [fast, slow] = gradNormWeights(losses);
    expect(slow).toBeGreaterThan(fast);
  });
});
