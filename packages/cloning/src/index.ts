export type { Teacher } from './teachers/teacher.js';
export {
  groupConvolutionTeacher,
  liftingTeacher,
  type ConvolutionOptions,
} from './teachers/groupConvolution.js';
export type { Student, StudentFamily, StudentShape } from './students/student.js';
export { gluFamily } from './students/glu.js';
export { mlpFamily } from './students/mlp.js';
export { clonePhase, normalisedMse, type CloneOptions } from './stage1/cloneLayer.js';
export type { ChannelMap } from './network/channelMap.js';
export type { Classifier } from './network/classifier.js';
export {
  convolutionalClassifier,
  type Convolution,
  type ConvolutionalOptions,
  type NetworkShape,
} from './network/convolutionalClassifier.js';
export { mlpClassifier } from './network/mlpClassifier.js';
export { makeTask, type ImageSet, type Task, type TaskName } from './tasks/task.js';
export { classifierPhase, type ClassifierOptions } from './stage2/trainClassifier.js';
export {
  accuracyOf,
  invarianceError,
  runClassifier,
  type Accuracy,
  type InvarianceError,
  type RunningClassifier,
} from './stage2/evaluate.js';
export {
  checkConfig,
  ConfigError,
  defaultWrongGroup,
  fullConfig,
  type CloningConfig,
} from './run/config.js';
export { runPhase, type Phase, type PhaseProgress, type PhaseRecord } from './run/phase.js';
export { clearStore, folderStore, noStore, type PhaseStore, type SavedPhase } from './run/store.js';
export { exportClassifier, type ExportedSymmetry } from './run/exportStudent.js';
export {
  runCloning,
  shownDigits,
  type ClassifierResult,
  type CloneResult,
  type CloningInputs,
  type CloningOptions,
  type CloningResult,
  type LayerExample,
} from './run/runCloning.js';
