/** The network of the teachers itself, and a strictly invariant one of another kind. */
import { random } from '@intertwiner/random';
import { averagedClassifier } from '../network/averagedClassifier.js';
import type { Classifier } from '../network/classifier.js';
import { convolutionalClassifier, type Convolution } from '../network/convolutionalClassifier.js';
import { mlpClassifier } from '../network/mlpClassifier.js';
import type { CloningConfig } from '../run/config.js';
import { classes } from '../tasks/task.js';
import type { PlanarSymmetry } from '../teachers/planarSymmetry.js';
import type { LayerTeacher } from '../teachers/teacher.js';
import type { Arm } from './arm.js';

const own = (teacher: LayerTeacher): Convolution => ({
  teacher,
  map: teacher.channels,
  weights: [],
});

/** A network of a symmetry's layers, or of stand-ins for them. */
export function symmetricNetwork(
  name: string,
  config: CloningConfig,
  { layers, pool }: PlanarSymmetry,
  size: number,
  standIns?: readonly [Convolution, Convolution],
): Classifier {
  const [lifting, group] = standIns ?? [own(layers[0]), own(layers[1])];
  return convolutionalClassifier({
    name,
    shape: { size, pool, channels: config.channels, classes },
    lifting,
    group,
    stream: random(config.seed, name, 'initial'),
  });
}

export const teacherArm: Arm = {
  title: ({ group }) => `${group} network (the teacher's kind)`,
  async plan({ config, symmetry, train }) {
    const classifier = symmetricNetwork('teacher', config, symmetry, train.size);
    const { epochs, learningRate } = config;
    return { classifier, training: { epochs, learningRate }, dispose: classifier.dispose };
  },
};

/** An MLP whose logits are averaged over the whole group. */
export const invariantArm: Arm = {
  title: () => 'MLP averaged over the group',
  async plan({ config, task, train }) {
    const sizes = [train.size ** 2, config.invariantWidth, classes];
    const mlp = mlpClassifier('invariant', sizes, random(config.seed, 'invariant', 'initial'));
    const classifier = averagedClassifier(mlp, task.group, task.permutation);
    const { epochs, invariantLearningRate: learningRate } = config;
    return { classifier, training: { epochs, learningRate }, dispose: classifier.dispose };
  },
};
