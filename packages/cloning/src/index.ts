// Teachers
export {
  isTraced,
  type AnyTeacher,
  type LayerTeacher,
  type RuntimeTeacher,
  type Teacher,
  type TeacherShape,
  type TracedTeacher,
} from './teachers/teacher.js';
export {
  groupConvolutionTeacher,
  liftingTeacher,
  shiftTeacher,
  type ConvolutionOptions,
  type ShiftOptions,
} from './teachers/convolution.js';
export {
  interpolatedGroupTeacher,
  interpolatedLiftingTeacher,
  type InterpolatedOptions,
} from './teachers/interpolated.js';
export { intertwinerTeacher } from './teachers/intertwiner.js';
export { pointTeacher, randomMotions, type PointOptions } from './teachers/points.js';
export {
  flattenedAction,
  modelTeacher,
  onnxTeacher,
  type OnnxTeacherOptions,
  type Symmetry,
} from './teachers/functional.js';
export { checkClaim, type Claim, type ClaimOptions } from './teachers/claim.js';
export { planarGroup, planarSymmetry, type PlanarSymmetry } from './teachers/planarSymmetry.js';

// Students
export type { Student, StudentFamily } from './students/student.js';
export { studentFamily, studentForms } from './students/family.js';
export { gluFamily } from './students/glu.js';
export { lowRankFamily } from './students/lowRank.js';
export { mlpFamily } from './students/mlp.js';
export { residualFamily } from './students/residual.js';
export { transformerFamily } from './students/transformer.js';
export { denseMatrix, exactStudent } from './students/exact.js';
export {
  searchStudent,
  type Attempt,
  type SearchOptions,
  type SearchResult,
} from './students/search.js';

// Stage 1
export type { InputSource } from './inputs/inputSource.js';
export { gaussianNoise } from './inputs/gaussianNoise.js';
export { dataRows, standardisedRows, type Rows } from './inputs/dataRows.js';
export { matchedNoise } from './inputs/matchedNoise.js';
export { activations } from './inputs/activations.js';
export { clonePhase, type CloneOptions } from './stage1/clone.js';
export {
  compileMap,
  mapSymmetry,
  normalisedMse,
  runningStudent,
  runningTeacher,
  type CloneErrorOptions,
  type FilterSource,
  type MapSymmetry,
  type RunningMap,
} from './stage1/cloneError.js';
export type { ClonedLayers, CloneResult } from './stage1/cloneLayers.js';

// Networks and stage 2
export type { ChannelMap } from './network/channelMap.js';
export type { Classifier } from './network/classifier.js';
export {
  convolutionalClassifier,
  type Convolution,
  type ConvolutionalOptions,
  type NetworkShape,
} from './network/convolutionalClassifier.js';
export { mlpClassifier } from './network/mlpClassifier.js';
export { averagedClassifier } from './network/averagedClassifier.js';
export { makeTask, moveImage, type ImageSet, type Task, type TaskName } from './tasks/task.js';
export type { Regulariser, StepView } from './stage2/regularisers/regulariser.js';
export { anchor } from './stage2/regularisers/anchor.js';
export { distillation } from './stage2/regularisers/distillation.js';
export { filterDivergence } from './stage2/regularisers/filterDivergence.js';
export { gaussianPrior } from './stage2/regularisers/gaussianPrior.js';
export { invariancePenalty } from './stage2/regularisers/invariance.js';
export { classifierPhase, type ClassifierOptions } from './stage2/trainClassifier.js';
export {
  accuracyOf,
  invarianceError,
  runClassifier,
  type Accuracy,
  type InvarianceError,
  type RunningClassifier,
} from './stage2/evaluate.js';

// Runs
export { armNames, type ArmName } from './arms/names.js';
export { arms } from './arms/arms.js';
export { studentsOf } from './arms/cloned.js';
export { symmetricNetwork } from './arms/equivariant.js';
export type { Arm, ArmContext, ArmPlan } from './arms/arm.js';
export {
  checkConfig,
  configNames,
  defaultWrongGroup,
  fullConfig,
  imageSize,
  parseConfig,
  type CloneInputs,
  type CloningConfig,
  type CloningMode,
} from './run/config.js';
export { ConfigError } from './run/errors.js';
export {
  clearStore,
  folderStore,
  noStore,
  runPhase,
  type Phase,
  type PhaseOptions,
  type PhaseProgress,
  type PhaseRecord,
  type PhaseStore,
  type SavedPhase,
} from '@intertwiner/engine';
export { exportClassifier, type ExportedSymmetry } from './run/exportStudent.js';
export {
  layerExamples,
  runCloning,
  shownDigits,
  type ClassifierResult,
  type CloningInputs,
  type CloningOptions,
  type CloningResult,
  type LayerExample,
  type SymmetryCurve,
} from './run/runCloning.js';
export {
  cloneTeacher,
  defaultTeacherConfig,
  parseTeacherConfig,
  teacherConfigNames,
  type ClonedFunction,
  type TeacherCloning,
  type TeacherCloningOptions,
  type TeacherCloningResult,
  type TeacherConfig,
  type TeacherErrors,
} from './run/cloneTeacher.js';
