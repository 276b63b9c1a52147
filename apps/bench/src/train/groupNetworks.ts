/** Group convolutional networks, built from the layers that users build them from. */
import * as tf from '@tensorflow/tfjs';
import {
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
} from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import { groupCnnWork, type GroupCnnShape } from './floor.js';
import { oneHot, supervised } from './networks.js';
import type { TrainingTask } from './task.js';

/**
 * Convolutions of regular fields with padding, each followed by batch normalisation and ReLU; the
 * maximum over the group, the mean over positions, a dense layer, softmax cross-entropy.
 */
export function groupCnnTask(shape: GroupCnnShape): TrainingTask {
  const { group, fields, side, kernel, classes, batch } = shape;
  const name = `${group.toLowerCase()}-cnn`;
  return {
    name,
    title: `${group} CNN (${fields.join(', ')}) regular fields, ${kernel}×${kernel}, ${side}×${side}, batch ${batch}`,
    work: groupCnnWork(shape),
    optimizers: ['adam'],
    kernels: ['Conv2DBackpropFilter'],
    peer: { name: `${name}-${side}-${batch}`, kind: 'group-cnn', ...shape },
    build(optimizer, prefix) {
      const stream = random(0, 'group-cnn');
      const model = network(shape, prefix);
      const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const task = supervised({
        ...{ optimizer, prefix, weights },
        shapes: { x: [batch, side, side, 1], y: [batch, classes] },
        data: {
          x: stream.fillNormal(new Float32Array(batch * side * side)),
          y: oneHot(stream, batch, classes),
        },
        loss: (x, y) =>
          tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor),
      });
      return {
        ...task,
        dispose() {
          task.dispose();
          tf.dispose(model.nonTrainableWeights.map((weight) => weight.read()));
        },
      };
    },
  };
}

function network({ group, fields, side, kernel, classes }: GroupCnnShape, prefix: string) {
  const model = tf.sequential({ name: prefix });
  fields.forEach((filters, i) => {
    const args = { group, filters, kernelSize: kernel, useBias: false, name: `${prefix}/conv${i}` };
    model.add(
      i === 0 ? new LiftingConv2d({ ...args, inputShape: [side, side, 1] }) : new GroupConv2d(args),
    );
    model.add(new GroupBatchNormalization({ group, name: `${prefix}/norm${i}` }));
    model.add(tf.layers.reLU({ name: `${prefix}/relu${i}` }));
  });
  model.add(new GroupPool({ group, mode: 'max', name: `${prefix}/pool` }));
  model.add(new GlobalPool({ mode: 'mean', name: `${prefix}/mean` }));
  model.add(tf.layers.dense({ units: classes, name: `${prefix}/head` }));
  return model;
}
