/** Stage 2: a classifier learns the digits of a task. */
import * as tf from '@tensorflow/tfjs';
import { adam, type Phase } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import type { Classifier } from '../network/classifier.js';
import { cosineDecay } from '../stage1/schedule.js';
import { classes, moveImage, type ImageSet, type Task } from '../tasks/task.js';
import type { Regulariser } from './regularisers/regulariser.js';

export interface ClassifierOptions {
  /** Passes over the training images; a fraction is allowed. */
  readonly epochs: number;
  /** Default: 64. */
  readonly batchSize?: number;
  /** Adam's largest learning rate, which decays to 0 along half a cosine. Default: 5e-3. */
  readonly learningRate?: number;
  /** The same for θ. Default: 0, which holds it. */
  readonly thetaLearningRate?: number;
  readonly regularisers?: readonly Regulariser[];
  /** Elements that move each training image before it is labelled as the task says. */
  readonly trainElements?: readonly number[];
  /** Elements that move it once more without changing its label (augmentation). */
  readonly augmentation?: readonly number[];
  readonly seed: number;
}

/** The training phase of a classifier: cross-entropy, plus the weighted regularisers. */
export function classifierPhase(
  classifier: Classifier,
  task: Task,
  data: ImageSet,
  options: ClassifierOptions,
): Phase {
  const { name, inputSize } = classifier;
  const { epochs, batchSize = 64, regularisers = [], thetaLearningRate = 0 } = options;
  const perEpoch = Math.floor(data.labels.length / batchSize);
  const steps = Math.max(1, Math.round(epochs * perEpoch));
  const schedule = cosineDecay(1, steps, 50);
  const peak = options.learningRate ?? 5e-3;
  const trainsTheta = thetaLearningRate > 0 && classifier.cloned.length > 0;
  const own = adam(classifier.variables, `${name}/adam`);
  const theta = trainsTheta ? adam(classifier.cloned, `${name}/adam.theta`) : null;
  const variables = [...classifier.variables, ...(trainsTheta ? classifier.cloned : [])];
  const moves = regularisers.find((regulariser) => regulariser.moves)?.moves;
  return {
    name,
    steps,
    variables,
    program: {
      inputs: [
        { name: 'images', shape: [batchSize, inputSize] },
        { name: 'labels', shape: [batchSize, classes] },
        { name: 'learningRate', shape: [] },
        ...(moves ? [{ name: 'moved', shape: [batchSize, inputSize] }] : []),
        ...(regularisers.length > 0 ? [{ name: 'weights', shape: [regularisers.length] }] : []),
      ],
      step: ({ images, labels, learningRate, moved, weights }) =>
        tf.tidy(() => {
          let logits = tf.zeros([1]) as tf.Tensor;
          const { value: loss, grads } = tf.variableGrads(() => {
            logits = tf.keep(classifier.logits(images as tf.Tensor2D));
            const entropy = tf.losses.softmaxCrossEntropy(labels!, logits) as tf.Scalar;
            const view = {
              images: images as tf.Tensor2D,
              logits: logits as tf.Tensor2D,
              movedLogits: () => classifier.logits(moved as tf.Tensor2D),
            };
            return regularisers.reduce(
              (sum, term, i) => sum.add(term.loss(view).mul(weights!.slice([i], [1]).reshape([]))),
              entropy,
            );
          }, variables);
          const rate = learningRate as tf.Scalar;
          own.applyGradients(grads, rate.mul(peak));
          theta?.applyGradients(grads, rate.mul(thetaLearningRate));
          const right = tf.equal(logits.argMax(1), labels!.argMax(1)).cast('float32').mean();
          logits.dispose();
          return { loss, accuracy: right };
        }),
    },
    fill: batchFiller(classifier, task, data, { ...options, batchSize, steps, moves, schedule }),
    dispose() {
      own.dispose();
      theta?.dispose();
      for (const regulariser of regularisers) regulariser.dispose?.();
    },
  };
}

interface FillerOptions extends ClassifierOptions {
  readonly batchSize: number;
  readonly steps: number;
  /** Elements of a regulariser that moves images. */
  readonly moves: readonly number[] | undefined;
  readonly schedule: (step: number) => number;
}

function batchFiller(
  { name, inputSize }: Classifier,
  task: Task,
  data: ImageSet,
  options: FillerOptions,
): Phase['fill'] {
  const { batchSize, steps, seed, regularisers = [], moves, schedule } = options;
  const { trainElements = task.trainElements, augmentation } = options;
  const stepsPerEpoch = Math.floor(data.labels.length / batchSize);
  const orderOf = epochOrders(data.labels.length, seed, name);
  const drawn = new Float32Array(inputSize);
  return (step, batch) => {
    const order = orderOf(Math.floor(step / stepsPerEpoch));
    const stream = random(seed, name, 'moves', step);
    const pick = (elements: readonly number[]) => elements[stream.integer(elements.length)]!;
    const first = (step % stepsPerEpoch) * batchSize;
    batch['labels']!.fill(0);
    for (let i = 0; i < batchSize; i++) {
      const index = order[first + i]!;
      const element = pick(trainElements);
      const at = (input: string) =>
        batch[input]!.subarray(i * inputSize, (i + 1) * inputSize) as Float32Array;
      moveImage(data, index, task.permutation(element), drawn);
      batch['labels']![i * classes + task.label(data.labels[index]!, element)] = 1;
      permuted(drawn, augmentation && task.permutation(pick(augmentation)), at('images'));
      if (moves) permuted(at('images'), task.permutation(pick(moves)), at('moved'));
    }
    batch['learningRate']![0] = schedule(step);
    regularisers.forEach((term, i) => (batch['weights']![i] = term.weight(step / steps)));
  };
}

function permuted(
  source: Float32Array,
  permutation: Int32Array | undefined,
  out: Float32Array,
): void {
  if (!permutation) return out.set(source);
  for (let p = 0; p < out.length; p++) out[p] = source[permutation[p]!]!;
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
