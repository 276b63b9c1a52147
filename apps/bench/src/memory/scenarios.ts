/** What a long-lived process does again and again. */
import * as tf from '@tensorflow/tfjs';
import { adam, compileTraining, loadModel, type TrainingProgram } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Scenario } from './measure.js';

export interface MemorySizes {
  /** Steps of the long training. */
  readonly steps: number;
  /** How often models and trainings are made and disposed of. */
  readonly cycles: number;
  /** Inputs and hidden units of the networks: width² · 4 bytes of weights. */
  readonly width: number;
}

const batch = 16;
const stepsPerCall = 50;

export const memoryScenarios = (sizes: MemorySizes): Scenario[] => [
  longTraining(sizes),
  trainings(sizes),
  models(sizes),
  bareSessions(sizes),
];

/** A perceptron with one hidden layer, trained by Adam with dropout. */
function perceptron(width: number): { program: TrainingProgram; dispose(): void } {
  const variables = [width, 1].map((outputs, layer) => {
    const data = random(7, layer).fillNormal(new Float32Array(width * outputs));
    return tf.tidy(() =>
      tf.variable(tf.tensor2d(data, [width, outputs]).mul(1 / Math.sqrt(width)), true, `w${layer}`),
    );
  }) as [tf.Variable<tf.Rank.R2>, tf.Variable<tf.Rank.R2>];
  const optimizer = adam(variables, 'adam');
  const program: TrainingProgram = {
    inputs: [{ name: 'x', shape: [batch, width] }],
    step: ({ x }) => ({
      loss: optimizer.minimize(() => {
        const hidden = tf.dropout(tf.relu(tf.matMul(x as tf.Tensor2D, variables[0])), 0.1);
        const y = tf.matMul(hidden as tf.Tensor2D, variables[1]);
        return tf.losses.meanSquaredError(tf.sum(x!, 1, true), y) as tf.Scalar;
      }, 1e-3),
    }),
  };
  return {
    program,
    dispose: () => {
      optimizer.dispose();
      tf.dispose(variables);
    },
  };
}

const fill = (step: number, { x }: Readonly<Record<string, unknown>>): void => {
  random(1, step).fillNormal(x as Float32Array);
};

function longTraining({ steps, width }: MemorySizes): Scenario {
  return {
    name: 'steps of one training',
    unit: `${stepsPerCall} steps`,
    repetitions: Math.ceil(steps / stepsPerCall),
    warmUp: Math.ceil(steps / stepsPerCall / 5),
    start: async () => {
      const { program, dispose } = perceptron(width);
      const training = await compileTraining(program, { device: 'cpu', stepsPerCall });
      return {
        repeat: async () => void (await training.run(stepsPerCall, fill)),
        stop: async () => {
          await training.dispose();
          dispose();
        },
      };
    },
  };
}

/** Something that is made and disposed of in each repetition. */
const cycle = (
  name: string,
  unit: string,
  cycles: number,
  repeat: () => Promise<void>,
): Scenario => ({
  name,
  unit,
  repetitions: cycles,
  warmUp: cycles / 5,
  start: async () => ({ repeat, stop: async () => {} }),
});

const trainings = ({ cycles, width }: MemorySizes): Scenario =>
  cycle('trainings compiled and disposed of', 'training', cycles, async () => {
    const { program, dispose } = perceptron(width);
    const training = await compileTraining(program, { device: 'cpu', stepsPerCall: 2 });
    await training.run(4, fill);
    await training.sync();
    await training.dispose();
    dispose();
  });

/** y = tanh(x · W). */
const layerModel = (width: number): Uint8Array =>
  tf.tidy(() => {
    const data = random(5).fillNormal(new Float32Array(width * width));
    const weights = tf.tensor2d(data, [width, width]);
    return exportModel((x) => tf.tanh(tf.matMul(x as tf.Tensor2D, weights)), {
      inputs: [{ name: 'x', shape: [null, width] }],
    });
  });

function models({ cycles, width }: MemorySizes): Scenario {
  let bytes: Uint8Array | null = null;
  const x = { data: new Float32Array(batch * width), shape: [batch, width] };
  return cycle('models loaded and disposed of', 'model', cycles, async () => {
    const model = await loadModel((bytes ??= layerModel(width)), { device: 'cpu' });
    await model.run({ x });
    await model.dispose();
  });
}

/**
 * ONNX Runtime alone, without this project: the leak that was published for it
 * (microsoft/onnxruntime issue 25325) would show here.
 */
function bareSessions({ cycles, width }: MemorySizes): Scenario {
  let bytes: Uint8Array | null = null;
  const name = 'sessions of ONNX Runtime created and released';
  return cycle(name, 'session', cycles, async () => {
    const options = { logSeverityLevel: 4 } as const;
    const session = await InferenceSession.create((bytes ??= layerModel(width)), options);
    await session.run({ x: new Tensor('float32', new Float32Array(width), [1, width]) });
    await session.release();
  });
}
