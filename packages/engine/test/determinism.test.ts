import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTraining, loadTfjsBackend } from '@intertwiner/engine';
import { random } from '@intertwiner/random';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

const [rows, width, repeats, steps] = [196, 512, 9, 10];

/** w ← w − 0.1·∇ Σ x·w[index], every row of w being read nine times. */
async function trainedWeights(): Promise<number[]> {
  const weights = tf.variable(tf.zeros([rows, width]));
  const index = Int32Array.from({ length: rows * repeats }, (_, i) => (i * 7) % rows);
  const training = await compileTraining(
    {
      inputs: [{ name: 'x', shape: [rows * repeats, width] }],
      step: ({ x }) => {
        const { value, grads } = tf.variableGrads(
          () => tf.gather(weights, tf.tensor1d(index, 'int32')).mul(x!).sum() as tf.Scalar,
          [weights],
        );
        weights.assign(weights.sub(grads[weights.name]!.mul(0.1)));
        return { loss: value };
      },
    },
    { device: 'cpu', threads: 2 },
  );
  await training.run(steps, (step, { x }) => {
    random(0, 'x', step).fillNormal(x as Float32Array);
  });
  const { variables } = await training.state();
  await training.dispose();
  weights.dispose();
  return Array.from(Object.values(variables)[0]!.data, Number);
}

describe('the gradient of a gather that reads entries many times', () => {
  it('has the same bits in every run, and loses nothing', async () => {
    const runs = [await trainedWeights(), await trainedWeights(), await trainedWeights()];
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    const exact = new Float64Array(rows * width);
    for (let step = 0; step < steps; step++) {
      const x = random(0, 'x', step).fillNormal(new Float32Array(rows * repeats * width));
      x.forEach((value, i) => {
        const row = (Math.floor(i / width) * 7) % rows;
        exact[row * width + (i % width)]! -= 0.1 * value;
      });
    }
    // Entries reach 8, where float32 rounds by up to 2.4e-7: ten updates, and 90 additions times 0.1.
    const gaps = runs[0]!.map((value, i) => Math.abs(value - exact[i]!));
    expect(Math.max(...gaps)).toBeLessThan(10 * 2.4e-7 + 90 * 2.4e-7 * 0.1);
  });
});
