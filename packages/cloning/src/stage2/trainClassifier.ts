/** Stage 2: a classifier learns the digits of a task. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import type { Classifier } from '../network/classifier.js';
import type { Phase } from '../run/phase.js';
import { cosineDecay } from '../stage1/cloneLayer.js';
import { classes, moveImage, type ImageSet, type Task } from '../tasks/task.js';

export interface ClassifierOptions {
  /** Passes over the training images. */
  readonly epochs: number;
  /** Default: 64. */
  readonly batchSize?: number;
  /** Adam's largest learning rate, which decays to 0 along half a cosine. Default: 5e-3. */
  readonly learningRate?: number;
  readonly seed: number;
}

/** The training phase of a classifier: cross-entropy, plus its penalty if it has one. */
export function classifierPhase(
  classifier: Classifier,
  task: Task,
  data: ImageSet,
  options: ClassifierOptions,
): Phase {
  const { name, inputSize, variables } = classifier;
  const { epochs, batchSize = 64, seed } = options;
  const stepsPerEpoch = Math.floor(data.labels.length / batchSize);
  const steps = epochs * stepsPerEpoch;
  const optimizer = adam(variables, `${name}/adam`);
  const schedule = cosineDecay(options.learningRate ?? 5e-3, steps, 50);
  const orderOf = epochOrders(data.labels.length, seed, name);
  return {
    name,
    steps,
    variables,
    program: {
      inputs: [
        { name: 'images', shape: [batchSize, inputSize] },
        { name: 'labels', shape: [batchSize, classes] },
        { name: 'learningRate', shape: [] },
      ],
      step: ({ images, labels, learningRate }) => {
        let logits: tf.Tensor2D | null = null;
        const loss = optimizer.minimize(() => {
          logits = tf.keep(classifier.logits(images as tf.Tensor2D));
          const entropy = tf.losses.softmaxCrossEntropy(labels!, logits) as tf.Scalar;
          return classifier.penalty ? (entropy.add(classifier.penalty()) as tf.Scalar) : entropy;
        }, learningRate as tf.Scalar);
        const correct = tf.equal(logits!.argMax(1), labels!.argMax(1)).cast('float32').mean();
        tf.dispose(logits!);
        return { loss, accuracy: correct };
      },
    },
    fill(step, batch) {
      const order = orderOf(Math.floor(step / stepsPerEpoch));
      const stream = random(seed, name, 'moves', step);
      const first = (step % stepsPerEpoch) * batchSize;
      batch['labels']!.fill(0);
      for (let i = 0; i < batchSize; i++) {
        const index = order[first + i]!;
        const element = task.trainElements[stream.integer(task.trainElements.length)]!;
        const pixels = batch['images']!.subarray(i * inputSize, (i + 1) * inputSize);
        moveImage(data, index, task.permutation(element), pixels as Float32Array);
        batch['labels']![i * classes + task.label(data.labels[index]!, element)] = 1;
      }
      batch['learningRate']![0] = schedule(step);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** The order of the images in each epoch; the last one is kept. */
function epochOrders(count: number, seed: number, name: string): (epoch: number) => Uint32Array {
  let known = { epoch: -1, order: new Uint32Array() as Uint32Array };
  return (epoch) => {
    if (epoch !== known.epoch) {
      known = { epoch, order: random(seed, name, 'epoch', epoch).permutation(count) };
    }
    return known.order;
  };
}
