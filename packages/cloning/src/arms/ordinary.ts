/** Controls without stage 1: an MLP of the clone's shape, alone and with what is put in its loss. */
import { random } from '@intertwiner/random';
import type { Classifier } from '../network/classifier.js';
import { mlpClassifier } from '../network/mlpClassifier.js';
import { pathwayClassifier } from '../network/pathwayClassifier.js';
import { distillation } from '../stage2/regularisers/distillation.js';
import { gaussianPrior } from '../stage2/regularisers/gaussianPrior.js';
import { invariancePenalty } from '../stage2/regularisers/invariance.js';
import { classes } from '../tasks/task.js';
import type { Arm, ArmContext } from './arm.js';
import { symmetricNetwork } from './equivariant.js';

/** A ReLU MLP with the hidden layers of the two clones. */
function mlpOfCloneShape(name: string, { config, train }: ArmContext): Classifier {
  const sizes = [train.size ** 2, ...config.widths, classes];
  return mlpClassifier(name, sizes, random(config.seed, name, 'initial'));
}

export const scratchArm: Arm = {
  title: () => 'scratch MLP',
  async plan(context) {
    const classifier = mlpOfCloneShape('scratch', context);
    const { epochs, scratchLearningRate: learningRate } = context.config;
    return { classifier, training: { epochs, learningRate }, dispose: classifier.dispose };
  },
};

/** The scratch MLP trained for as many steps as augmentation, so that it may spend the clone's compute. */
export const longerArm: Arm = {
  title: () => 'scratch MLP, trained longer',
  async plan(context) {
    const classifier = mlpOfCloneShape('longer', context);
    const { epochs, longerFactor, scratchLearningRate: learningRate } = context.config;
    return {
      classifier,
      training: { epochs: epochs * longerFactor, learningRate },
      dispose: classifier.dispose,
    };
  },
};

/** Trained on images moved once more, with the label that they had; as long as `longerArm`. */
export const augmentedArm: Arm = {
  title: () => 'MLP with augmentation',
  async plan(context) {
    const classifier = mlpOfCloneShape('augmented', context);
    const { epochs, longerFactor, scratchLearningRate: learningRate } = context.config;
    const augmentation = context.task.moves;
    return {
      classifier,
      training: { epochs: epochs * longerFactor, learningRate, augmentation },
      dispose: classifier.dispose,
    };
  },
};

/** Learns the labels and the logits of the trained teacher, on the training images. */
export const distilledArm: Arm = {
  title: () => 'MLP distilled from the trained teacher',
  async plan(context) {
    const teacher = await context.trainedTeacher();
    const classifier = mlpOfCloneShape('distilled', context);
    const { epochs, distillationWeight, scratchLearningRate: learningRate } = context.config;
    const regularisers = [distillation(teacher, distillationWeight)];
    return {
      classifier,
      training: { epochs, learningRate, regularisers },
      dispose() {
        classifier.dispose();
        teacher.dispose();
      },
    };
  },
};

export const remulArm: Arm = {
  title: () => 'MLP with an equivariance penalty (REMUL)',
  async plan(context) {
    const classifier = mlpOfCloneShape('remul', context);
    const { epochs, remulWeight, scratchLearningRate: learningRate } = context.config;
    const regularisers = [invariancePenalty(context.task.moves, remulWeight)];
    return {
      classifier,
      training: { epochs, learningRate, regularisers },
      dispose: classifier.dispose,
    };
  },
};

/**
 * Priors as in the paper: wide for the equivariant weights (none here), narrow for the others. Both
 * networks train at the equivariant one's rate, which the MLP's prior keeps in check.
 */
export const pathwayArm: Arm = {
  title: () => 'residual pathway prior',
  async plan(context) {
    const { config, symmetry, train } = context;
    const equivariant = symmetricNetwork('pathway/equivariant', config, symmetry, train.size);
    const mlp = mlpOfCloneShape('pathway/mlp', context);
    const classifier = pathwayClassifier('pathway', equivariant, mlp);
    const { epochs, pathwayWeight, learningRate, scratchLearningRate } = config;
    return {
      classifier: { ...classifier, variables: equivariant.variables, cloned: mlp.variables },
      training: {
        epochs,
        learningRate,
        thetaLearningRate: scratchLearningRate,
        regularisers: [gaussianPrior(mlp.variables, pathwayWeight)],
      },
      dispose: classifier.dispose,
    };
  },
};
