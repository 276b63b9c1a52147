/** Accuracy and equivariance of a classifier, measured on its exported model. */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type LoadedModel } from '@intertwiner/engine';
import {
  equivarianceError,
  invariant,
  permutationAction,
  type EquivarianceReport,
} from '@intertwiner/layers';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import type { Classifier } from '../network/classifier.js';
import { moveImage, type ImageSet, type Task } from '../tasks/task.js';

/** A classifier's model in a runtime. */
export interface RunningClassifier {
  /** Logits of a batch of flattened images, [count, classes] row-major. */
  logits(images: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Exports a classifier with its present weights and loads it on the CPU. */
export async function runClassifier(
  { inputSize, logits }: Classifier,
  threads?: number,
): Promise<RunningClassifier> {
  const bytes = exportModel((images) => ({ logits: logits(images as tf.Tensor2D) }), {
    inputs: [{ name: 'images', shape: [null, inputSize] }],
  });
  const model: LoadedModel = await loadModel(bytes, {
    device: 'cpu',
    ...(threads !== undefined && { threads }),
  });
  return {
    async logits(images) {
      const shape = [images.length / inputSize, inputSize];
      const outputs = await model.run({ images: { data: images, shape } });
      return outputs['logits']!.data as Float32Array;
    },
    dispose: () => model.dispose(),
  };
}

/** Shares of right answers. */
export interface Accuracy {
  /** On digits as they are. */
  readonly plain: number;
  /** On digits moved by each of the task's moves, the identity included. */
  readonly transformed: number;
  readonly perElement: readonly { readonly element: string; readonly accuracy: number }[];
}

const evaluationBatch = 250;

export async function accuracyOf(
  classifier: RunningClassifier,
  task: Task,
  data: ImageSet,
): Promise<Accuracy> {
  const perElement: { element: string; accuracy: number }[] = [];
  for (const element of task.moves) {
    const right = await countRight(classifier, task, data, element);
    const accuracy = right / data.labels.length;
    perElement.push({ element: task.group.elementName(element), accuracy });
  }
  const mean = perElement.reduce((sum, { accuracy }) => sum + accuracy, 0) / perElement.length;
  return { plain: perElement[0]!.accuracy, transformed: mean, perElement };
}

async function countRight(
  classifier: RunningClassifier,
  task: Task,
  data: ImageSet,
  element: number,
): Promise<number> {
  let right = 0;
  for (let first = 0; first < data.labels.length; first += evaluationBatch) {
    const count = Math.min(evaluationBatch, data.labels.length - first);
    const predicted = await predictLabels(classifier, task, data, { element, first, count });
    predicted.forEach((label, i) => {
      if (label === task.label(data.labels[first + i]!, element)) right++;
    });
  }
  return right;
}

/** A run of images, and the element that moves them. */
export interface MovedImages {
  readonly element: number;
  readonly first: number;
  readonly count: number;
}

/** The labels that a classifier gives to images of a set, moved by an element. */
export async function predictLabels(
  classifier: RunningClassifier,
  task: Task,
  data: ImageSet,
  { element, first, count }: MovedImages,
): Promise<number[]> {
  const logits = await classifier.logits(movedImages(task, data, element, first, count));
  const width = logits.length / count;
  return Array.from({ length: count }, (_, i) =>
    argMax(logits.subarray(i * width, (i + 1) * width)),
  );
}

function movedImages(task: Task, data: ImageSet, element: number, first: number, count: number) {
  const pixels = data.size ** 2;
  const out = new Float32Array(count * pixels);
  for (let i = 0; i < count; i++) {
    const image = out.subarray(i * pixels, (i + 1) * pixels);
    moveImage(data, first + i, task.permutation(element), image);
  }
  return out;
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The error ‖f(gx) − f(x)‖ / ‖f(x)‖ of the logits, on digits and on Gaussian noise. */
export interface InvarianceError {
  readonly data: EquivarianceReport;
  readonly noise: EquivarianceReport;
}

/** Measures {@link InvarianceError} on the first `samples` images, and on as many of noise. */
export async function invarianceError(
  classifier: RunningClassifier,
  task: Task,
  data: ImageSet,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Promise<InvarianceError> {
  const pixels = data.size ** 2;
  const digits = data.images.subarray(0, samples * pixels);
  const noise = random(seed, 'invariance').fillNormal(new Float32Array(samples * pixels));
  const measure = async (images: Float32Array) => {
    const inputs = tf.tensor2d(images, [images.length / pixels, pixels]);
    try {
      return await equivarianceError((x) => tensorLogits(classifier, x), {
        group: task.group,
        input: permutationAction(task.group, [pixels], task.permutation),
        output: invariant(task.group),
        elements: task.moves,
        inputs,
      });
    } finally {
      inputs.dispose();
    }
  };
  return { data: await measure(digits), noise: await measure(noise) };
}

async function tensorLogits(classifier: RunningClassifier, x: tf.Tensor): Promise<tf.Tensor> {
  const logits = await classifier.logits((await x.data()) as Float32Array);
  return tf.tensor2d(logits, [x.shape[0]!, logits.length / x.shape[0]!]);
}
