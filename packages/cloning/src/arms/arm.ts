/** The rows of the table: networks that learn the same task, each in its own way. */
import type { PhaseOptions } from '@intertwiner/engine';
import type { CloneResult } from '../stage1/cloneLayers.js';
import type { Classifier } from '../network/classifier.js';
import type { CloningConfig } from '../run/config.js';
import type { InvarianceError } from '../stage2/evaluate.js';
import type { ClassifierOptions } from '../stage2/trainClassifier.js';
import type { ImageSet, Task } from '../tasks/task.js';
import type { PlanarSymmetry } from '../teachers/planarSymmetry.js';

/** What all arms of a run share. */
export interface ArmContext {
  readonly config: CloningConfig;
  readonly symmetry: PlanarSymmetry;
  readonly wrongSymmetry: PlanarSymmetry;
  readonly task: Task;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** How stage 1 runs; its store is shared by all arms with the same clones. */
  readonly stage1: PhaseOptions;
  /** The network of the teachers, trained on the task; the caller disposes of it. */
  trainedTeacher(): Promise<Classifier>;
  measureInvariance(classifier: Classifier): Promise<InvarianceError>;
}

/** A network ready for stage 2, and how it is to be trained. */
export interface ArmPlan {
  readonly classifier: Classifier;
  readonly training: Omit<ClassifierOptions, 'seed' | 'batchSize'>;
  /** What stage 1 reached, if there was one. */
  readonly stage1?: readonly CloneResult[];
  /** The error before stage 1 (random θ) and after it. */
  readonly before?: { readonly stage1: InvarianceError; readonly stage2: InvarianceError };
  dispose(): void;
}

export interface Arm {
  /** In words, for tables. */
  title(config: CloningConfig): string;
  /** Makes the network, with stage 1 if it has one. */
  plan(context: ArmContext): Promise<ArmPlan>;
}
