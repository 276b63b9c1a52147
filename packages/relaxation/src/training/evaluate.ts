/** The loss on held-out samples, and how far each layer is from equivariant, on the training device. */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type Device } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import type { RelaxedLayer } from '../relaxed/relaxedLayer.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import type { RelaxedCall, Thetas } from '../relaxed/scope.js';
import type { Batch, TaskLoss } from './program.js';
import { rowsOf, type Samples } from './samples.js';

export interface Evaluation {
  readonly loss: number;
  /**
   * For each relaxed layer, the part of its output that no equivariant layer could give:
   * θ·‖(W − P_G W)x‖/‖f(x)‖, root mean squares over samples. Empty without relaxed layers.
   */
  readonly layerErrors: readonly number[];
}

/** A model with strictly equivariant layers, or none. */
export const evaluateStrict = (
  model: tf.LayersModel,
  loss: TaskLoss,
  samples: Samples,
  device: Device,
): Promise<Evaluation> =>
  evaluate((batch) => ({ loss: tf.reshape(loss(model, batch), [1]) }), samples, device);

/** A relaxed model with one θ for all layers, or one for each. */
export const evaluateRelaxed = (
  { model, scope, layers }: RelaxedModel,
  thetas: number | readonly number[],
  loss: TaskLoss,
  samples: Samples,
  device: Device,
): Promise<Evaluation> =>
  evaluate(
    (batch) =>
      scope.run<tf.Tensor, Record<string, tf.Tensor>>(
        thetas as Thetas,
        () => loss(model, batch),
        (task, calls) => ({ loss: tf.reshape(task, [1]), ...layerSizes(layers, calls) }),
      ),
    samples,
    device,
  );

/** Mean squares of θ(W − P_G W)x and of f(x), for each layer at its first application. */
function layerSizes(
  layers: readonly RelaxedLayer[],
  calls: readonly RelaxedCall[],
): Record<string, tf.Tensor> {
  const sizes = layers.map((layer) => {
    const call = calls.find((made) => made.layer === layer);
    if (!call) return [tf.scalar(0), tf.scalar(1)];
    const parts = layer.relaxation.map(({ apply, space, variable }) =>
      apply(call.x, tf.sub(variable, space.project(variable))),
    );
    const sum = parts.reduce((a, b) => tf.add(a, b));
    return [meanSquare(tf.mul(call.theta, sum)), meanSquare(layer.call(call.x, {}))];
  });
  return { asymmetric: tf.stack(sizes.map(([a]) => a)), output: tf.stack(sizes.map(([, b]) => b)) };
}

const meanSquare = (x: tf.Tensor): tf.Tensor => tf.mean(tf.square(x)).reshape([]);

type Measure = (batch: Batch) => Readonly<Record<string, tf.Tensor>>;
type Measured = Readonly<Record<string, Float32Array>>;

/** So many samples at once, which bounds what an evaluation holds in memory. */
const samplesPerCall = 1000;

async function evaluate(measure: Measure, samples: Samples, device: Device): Promise<Evaluation> {
  const run = device.startsWith('tfjs') ? evaluateEagerly(measure) : compiledOn(measure, device);
  const parts: { count: number; measured: Measured }[] = [];
  try {
    for (let from = 0; from < samples.count; from += samplesPerCall) {
      const rows = rowsOf(samples, from, Math.min(from + samplesPerCall, samples.count));
      parts.push({ count: rows.count, measured: await run.measure(rows) });
    }
  } finally {
    await run.dispose();
  }
  const mean = (key: string, i: number): number =>
    parts.reduce((sum, { count, measured }) => sum + count * measured[key][i], 0) / samples.count;
  const layers = [...(parts[0].measured['output'] ?? [])].keys();
  const layerErrors = [...layers].map((i) =>
    Math.sqrt(mean('asymmetric', i) / (mean('output', i) + 1e-24)),
  );
  return { loss: mean('loss', 0), layerErrors };
}

/** Measures samples; those of one count after the other. */
interface Measuring {
  measure(samples: Samples): Promise<Measured>;
  dispose(): Promise<void>;
}

const evaluateEagerly = (measure: Measure): Measuring => ({
  measure: async (samples) =>
    tf.tidy(() => {
      const outputs = Object.entries(measure(tensors(samples)));
      return Object.fromEntries(
        outputs.map(([key, value]) => [key, value.dataSync<'float32'>().slice()]),
      );
    }),
  dispose: async () => {},
});

const tensors = ({ count, arrays }: Samples): Batch =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data, [count, ...shape]),
    ]),
  );

/** One exported model for each number of samples: all calls but the last have the same. */
function compiledOn(measure: Measure, device: Device): Measuring {
  const sessions = new Map<number, ReturnType<typeof loadModel>>();
  return {
    async measure(samples) {
      const { count, arrays } = samples;
      const session = sessions.get(count) ?? loadModel(exported(measure, samples), { device });
      sessions.set(count, session);
      const feeds = Object.entries(arrays).map(([name, { shape, data }]) => [
        name,
        { data, shape: [count, ...shape] },
      ]);
      const results = await (await session).run(Object.fromEntries(feeds));
      const read = Object.entries(results).map(([key, { data }]) => [key, data]);
      return Object.fromEntries(read) as Measured;
    },
    async dispose() {
      for (const session of sessions.values()) await (await session).dispose();
    },
  };
}

function exported(measure: Measure, { count, arrays }: Samples): Uint8Array {
  const names = Object.keys(arrays);
  return exportModel(
    (...inputs) => measure(Object.fromEntries(names.map((name, i) => [name, inputs[i]]))),
    { inputs: names.map((name) => ({ name, shape: [count, ...arrays[name].shape] })) },
  );
}
