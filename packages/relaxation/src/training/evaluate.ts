/** The loss on held-out samples, and how far each layer is from equivariant, on the training device. */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type Device } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import type { RelaxedModel } from '../relaxed/relax.js';
import type { RelaxedCall } from '../relaxed/scope.js';
import type { Batch, TaskLoss } from './program.js';
import type { Samples } from './samples.js';

export interface Evaluation {
  readonly loss: number;
  /**
   * For each relaxed layer, the part of its output that no equivariant layer could give:
   * θ·‖(W − P_G W)x‖/‖f(x)‖, root mean squares over samples. Empty without relaxed layers.
   */
  readonly layerErrors: readonly number[];
}

/** A model with strictly equivariant layers. */
export const evaluateStrict = (
  model: tf.LayersModel,
  loss: TaskLoss,
  samples: Samples,
  device: Device,
  threads?: number,
): Promise<Evaluation> =>
  evaluate((batch) => ({ loss: tf.reshape(loss(model, batch), [1]) }), samples, device, threads);

/** A relaxed model with one θ for all layers, or one for each. */
export const evaluateRelaxed = (
  { model, scope }: RelaxedModel,
  thetas: number | readonly number[],
  loss: TaskLoss,
  samples: Samples,
  device: Device,
  threads?: number,
): Promise<Evaluation> =>
  evaluate(
    (batch) =>
      scope.run(
        thetas,
        () => loss(model, batch),
        (task, calls) => ({ loss: tf.reshape(task, [1]), layers: layerErrors(calls) }),
      ),
    samples,
    device,
    threads,
  );

function layerErrors(calls: readonly RelaxedCall[]): tf.Tensor {
  const first = new Map(calls.map((call) => [call.layer, call]));
  const errors = [...first.values()].map(({ layer, x, theta }) => {
    const parts = layer.relaxation.map(({ apply, space, variable }) =>
      apply(x, tf.sub(variable, space.project(variable))),
    );
    const asymmetric = tf.mul(
      theta,
      parts.reduce((a, b) => tf.add(a, b)),
    );
    const output = layer.call(x, {});
    return tf.reshape(tf.div(rms(asymmetric), tf.add(rms(output), 1e-12)), [1]);
  });
  return errors.length === 1 ? errors[0] : tf.concat(errors);
}

const rms = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.mean(tf.square(x)));

type Measure = (batch: Batch) => Readonly<Record<string, tf.Tensor>>;

async function evaluate(
  measure: Measure,
  samples: Samples,
  device: Device,
  threads?: number,
): Promise<Evaluation> {
  const { loss, layers } = device.startsWith('tfjs')
    ? evaluateEagerly(measure, samples)
    : await evaluateExported(measure, samples, device, threads);
  return { loss: loss[0], layerErrors: [...(layers ?? [])] };
}

function evaluateEagerly(measure: Measure, samples: Samples): Record<string, Float32Array> {
  return tf.tidy(() => {
    const outputs = measure(tensors(samples));
    const read = Object.entries(outputs).map(([key, value]) => [key, value.dataSync().slice()]);
    return Object.fromEntries(read) as Record<string, Float32Array>;
  });
}

const tensors = ({ count, arrays }: Samples): Batch =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data, [count, ...shape]),
    ]),
  );

async function evaluateExported(
  measure: Measure,
  { count, arrays }: Samples,
  device: Device,
  threads?: number,
): Promise<Record<string, Float32Array>> {
  const names = Object.keys(arrays);
  const shapeOf = (name: string) => [count, ...arrays[name].shape];
  const bytes = exportModel(
    (...inputs) => measure(Object.fromEntries(names.map((name, i) => [name, inputs[i]]))),
    { inputs: names.map((name) => ({ name, shape: shapeOf(name) })) },
  );
  const loaded = await loadModel(bytes, { device, ...(threads !== undefined && { threads }) });
  try {
    const feed = (name: string) => [name, { data: arrays[name].data, shape: shapeOf(name) }];
    const results = await loaded.run(Object.fromEntries(names.map(feed)));
    const read = Object.entries(results).map(([key, { data }]) => [key, data]);
    return Object.fromEntries(read) as Record<string, Float32Array>;
  } finally {
    await loaded.dispose();
  }
}
