/** Networks whose layers stage 1 made: the clones, and their controls. */
import { activations } from '../inputs/activations.js';
import { dataRows, standardisedRows } from '../inputs/dataRows.js';
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import type { InputSource } from '../inputs/inputSource.js';
import { matchedNoise } from '../inputs/matchedNoise.js';
import type { Classifier } from '../network/classifier.js';
import type { CloneInputs, CloningConfig, CloningMode } from '../run/config.js';
import { clonedLayers, type ClonedLayers, type LayerPlan } from '../stage1/cloneLayers.js';
import { anchor } from '../stage2/regularisers/anchor.js';
import { filterDivergence } from '../stage2/regularisers/filterDivergence.js';
import { invariancePenalty } from '../stage2/regularisers/invariance.js';
import type { Regulariser } from '../stage2/regularisers/regulariser.js';
import { studentFamily } from '../students/family.js';
import type { ImageSet, Task } from '../tasks/task.js';
import { subgroupAction, type PlanarSymmetry } from '../teachers/planarSymmetry.js';
import type { Arm, ArmContext } from './arm.js';
import { symmetricNetwork } from './equivariant.js';
import { denseStudents } from './oracle.js';

interface CloneArm {
  readonly title: (config: CloningConfig) => string;
  /** Prefix of the network's variables. */
  readonly name: string;
  /** Default: the configuration's. */
  readonly mode?: CloningMode;
  readonly of?: 'symmetry' | 'wrongSymmetry';
  readonly targets?: 'teacher' | 'shuffled';
  /** Dense embeddings of the teachers instead of clones. */
  readonly isOracle?: boolean;
}

function cloneArm(arm: CloneArm): Arm {
  const { name, of = 'symmetry', targets = 'teacher', isOracle = false } = arm;
  return {
    title: arm.title,
    async plan(context) {
      const { config, train } = context;
      const symmetry = context[of];
      const clones = isOracle
        ? denseStudents(name, symmetry)
        : studentsOf(context, symmetry, targets);
      const network = symmetricNetwork(name, config, symmetry, train.size, clones.layers);
      const stage1 = await context.measureInvariance(network);
      const results = await clones.train(context.stage1);
      const before = { stage1, stage2: await context.measureInvariance(network) };
      return {
        classifier: network,
        training: trainingIn(arm.mode ?? config.mode, network, context),
        stage1: results,
        before,
        dispose() {
          network.dispose();
          clones.dispose();
        },
      };
    },
  };
}

/** Students of a symmetry's layers. Their names do not depend on the arm, so that arms share them. */
export function studentsOf(
  { config, train }: Pick<ArmContext, 'config' | 'train'>,
  symmetry: PlanarSymmetry,
  targets: 'teacher' | 'shuffled' = 'teacher',
): ClonedLayers {
  const inputs = layerInputs(config.cloneInputs, symmetry, train);
  const plan = (i: 0 | 1): LayerPlan => ({
    teacher: symmetry.layers[i],
    family: studentFamily(config.student, config.widths[i]),
    steps: config.cloneSteps[i],
    batchSize: config.cloneBatch,
    learningRate: config.cloneLearningRate,
    seed: config.seed,
    targets,
    inputs: inputs[i],
  });
  const suffix = targets === 'shuffled' ? ', shuffled' : '';
  return clonedLayers(`clone of ${symmetry.name}${suffix}`, [plan(0), plan(1)]);
}

/** What the two layers are cloned on. */
function layerInputs(
  kind: CloneInputs,
  symmetry: PlanarSymmetry,
  { images, size }: ImageSet,
): [InputSource, InputSource] {
  const noise = (i: 0 | 1) => gaussianNoise(symmetry.layers[i].inputSize);
  const rows = () =>
    standardisedRows({ name: 'the training images', values: images, width: size ** 2 });
  switch (kind) {
    case 'noise':
      return [noise(0), noise(1)];
    case 'activations':
      return [noise(0), activations(symmetry, noise(0))];
    case 'data':
    case 'covariance': {
      const first = kind === 'data' ? dataRows(rows()) : matchedNoise(rows());
      return [first, activations(symmetry, first)];
    }
  }
}

/** How stage 2 holds θ. */
function trainingIn(mode: CloningMode, network: Classifier, { config, task, train }: ArmContext) {
  const { epochs, learningRate, thetaLearningRate, klWeight, anchorWeight } = config;
  const regularisers: Regulariser[] = [];
  if (klWeight > 0) regularisers.push(filterDivergence(network.filters, klWeight));
  switch (mode) {
    case 'retain':
      return { epochs, learningRate, regularisers };
    case 'break':
      if (anchorWeight > 0) regularisers.push(anchor(network.cloned, anchorWeight));
      break;
    case 'partial':
      regularisers.push(
        invariancePenalty(keptElements(config, task, train.size), config.keepWeight),
      );
      break;
    case 'schedule':
      regularisers.push(anchor(network.cloned, (progress) => anchorWeight * (1 - progress)));
      break;
  }
  return { epochs, learningRate, thetaLearningRate, regularisers };
}

/** The elements of the task's group that the subgroup to be kept consists of. */
function keptElements({ keep }: CloningConfig, task: Task, size: number): number[] {
  const action = subgroupAction(keep, size);
  const kept = new Set(action.group.elements.map((g) => action.permutation(g).join()));
  return task.group.elements.filter((g) => kept.has(task.permutation(g).join()));
}

export const retainedArm = cloneArm({
  name: 'retained',
  title: () => 'clone, θ held',
  mode: 'retain',
});

export const brokenArm = cloneArm({
  name: 'broken',
  title: () => 'clone, θ trained',
  mode: 'break',
});

export const partialArm = cloneArm({
  name: 'partial',
  title: ({ keep }) => `clone, θ trained, ${keep} kept`,
  mode: 'partial',
});

export const scheduledArm = cloneArm({
  name: 'scheduled',
  title: () => 'clone, θ held less and less',
  mode: 'schedule',
});

const modeTitle = ({ mode, keep }: CloningConfig): string =>
  ({
    retain: 'θ held',
    break: 'θ trained',
    partial: `θ trained, ${keep} kept`,
    schedule: 'θ held less and less',
  })[mode];

/** The clone in the mode of the configuration. */
export const clone = cloneArm({ name: 'clone', title: (config) => `clone, ${modeTitle(config)}` });

/** Clones of another group's layers, in a network of theirs. */
export const wrongGroupArm = cloneArm({
  name: 'wrongGroup',
  title: ({ wrongGroup }) => `clone of ${wrongGroup}`,
  of: 'wrongSymmetry',
});

/** Students of the same shape that were shown another sample's targets. */
export const shuffledArm = cloneArm({
  name: 'shuffled',
  title: () => 'clone of shuffled targets',
  targets: 'shuffled',
});

/** The teacher's layers as dense tensors, which stage 2 may train. */
export const oracleArm = cloneArm({
  name: 'oracle',
  title: (config) => `dense embedding of the teacher, ${modeTitle(config)}`,
  isOracle: true,
});
