import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  convNet,
  makeTrainer,
  perceptron,
  runNetwork,
  visionTransformer,
  type Trainer,
} from '@intertwiner/finite-width';
import { random } from '@intertwiner/random';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});

describe('makeTrainer', () => {
  const [batch, d] = [6, 4];
  const network = perceptron({ inputSize: d, depth: 1, width: 64 }, random(1));
  const x = random(2).fillNormal(new Float32Array(batch * d));
  const y = Float32Array.from({ length: batch }, (_, i) => (i % 2 ? -1 : 1));
  let trainer: Trainer;
  beforeAll(async () => {
    trainer = await makeTrainer(network, {
      batch,
      loss: 'squared',
      learningRate: 1e-2,
      threads: 1,
    });
  });
  afterAll(async () => {
    await trainer.dispose();
    network.dispose();
  });

  it('fits all rows but those of weight 0', async () => {
    const { loss, outputs } = await trainer.fit(300, (_, rows) => {
      rows.x.set(x);
      rows.y.set(y);
      rows.y[3] = 1e3;
      rows.weight[3] = 0;
    });
    expect(loss.at(-1)).toBeLessThan(1e-4);
    for (const i of [0, 1, 2, 4, 5]) expect(outputs[i]).toBeCloseTo(y[i]!, 1);
    expect(Math.abs(outputs[3]!)).toBeLessThan(10);
  });

  it('repeats itself to the bit, starts from given weights, and writes back', async () => {
    const fill = (_: number, rows: { x: Float32Array; y: Float32Array }) => {
      rows.x.set(x);
      rows.y.set(y);
    };
    const weights = network.draw(random(3));
    const first = await trainer.fit(40, fill, weights);
    const other = await trainer.fit(40, fill, network.draw(random(4)));
    const again = await trainer.fit(40, fill, weights);
    expect(again).toEqual(first);
    expect(other.loss[0]).not.toBe(first.loss[0]);
    await trainer.sync();
    const running = await runNetwork(network);
    const outputs = await running.run(x);
    // One more update than the recorded outputs: small, but not none.
    const change = Math.max(...outputs.map((v, i) => Math.abs(v - again.outputs[i]!)));
    expect(change).toBeGreaterThan(0);
    expect(change).toBeLessThan(0.1);
    await running.dispose();
    await expect(trainer.fit(1, fill, [new Float32Array(1)])).rejects.toThrow(
      'weights: expected 256',
    );
  });
});

it.each([
  ['convNet', convNet({ grid: [4, 4], channels: [4, 8], outputs: 2 }, random(5))],
  [
    'visionTransformer',
    visionTransformer({ grid: [4, 4], patch: 2, width: 8, outputs: 2 }, random(6)),
  ],
])('%s learns to tell two textures apart', async (_, network) => {
  const batch = 16;
  const trainer = await makeTrainer(network, {
    batch,
    loss: 'crossEntropy',
    learningRate: 1e-2,
    threads: 1,
  });
  const fill = (step: number, rows: { x: Float32Array; y: Float32Array }) => {
    const stream = random(step, 'textures');
    for (let i = 0; i < batch; i++) {
      const label = stream.integer(2);
      for (let p = 0; p < 16; p++) {
        const stripe = label ? p >> 2 : p;
        rows.x[i * 16 + p] = (stripe % 2 ? 1 : -1) + 0.3 * stream.normal();
      }
      rows.y.set(label ? [0, 1] : [1, 0], 2 * i);
    }
  };
  const { loss } = await trainer.fit(150, fill);
  // Not so from the start.
  expect(loss[0]).toBeGreaterThan(0.2);
  expect(loss.at(-1)).toBeLessThan(0.1);
  await trainer.dispose();
  network.dispose();
});
