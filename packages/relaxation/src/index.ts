export { RelaxationError } from './errors.js';
export { type Schedule } from './schedules/schedule.js';
export { perEpoch, perStep } from './schedules/steps.js';
export { triangle, type TriangleOptions } from './schedules/triangle.js';
export { linear, type DecayOptions } from './schedules/linear.js';
export { cosine } from './schedules/cosine.js';
export { constant } from './schedules/constant.js';
export { hold, type HoldOptions } from './schedules/hold.js';
export { stepwise } from './schedules/stepwise.js';
export { within, type WithinOptions } from './schedules/within.js';
export { custom } from './schedules/custom.js';
export { checkProjectable, type Projection } from './projection/projection.js';
export { generatorMoves, elementMoves, type Move } from './structure/moves.js';
export { type MapSpace } from './structure/mapSpace.js';
export { type OwnWeights, type RelaxedTerm } from './structure/structure.js';
export { RelaxedLayer, type RelaxedWeight, type RelaxedWeights } from './relaxed/relaxedLayer.js';
export { RelaxationScope, type RelaxedCall, type Thetas } from './relaxed/scope.js';
export { relax, type RelaxedModel, type RelaxOptions } from './relaxed/relax.js';
export { layerPenalties, penaltyOf, type Penalty } from './penalties/penalty.js';
export { generatorPenalty, type PenaltyOptions } from './penalties/generator.js';
export { elementPenalty, type ElementPenaltyOptions } from './penalties/element.js';
export { projectionPenalty, type ProjectionPenaltyOptions } from './penalties/projection.js';
export { spectralPenalty } from './penalties/spectral.js';
export { activationPenalty, type ActivationPenaltyOptions } from './penalties/activation.js';
export {
  elementDefects,
  generatorDefects,
  projectionDefect,
  type MatrixDefect,
} from './penalties/matrix.js';
export { canFold, foldRelaxation } from './projection/fold.js';
export { lossAlongLine, type LossAlongLineOptions } from './projection/lossAlongLine.js';
export { snapshot, trainableVariables, type Snapshot } from './projection/snapshot.js';
export { ace, type Ace, type AceOptions } from './feedback/ace.js';
export { type Samples, type SampleArray } from './training/samples.js';
export {
  relaxedProgram,
  type Batch,
  type RelaxedProgram,
  type RelaxedProgramOptions,
  type TaskLoss,
} from './training/program.js';
export { evaluateRelaxed, evaluateStrict, type Evaluation } from './training/evaluate.js';
export { type RemulOptions } from './training/remul.js';
export { type Symmetry } from './training/sampleMotion.js';
export {
  type RelaxedEpoch,
  type RelaxedTraining,
  type TrainRelaxedOptions,
} from './training/options.js';
export { trainRelaxed } from './training/trainRelaxed.js';
export { type LearnedOptions } from './feedback/learned.js';
export { gradNormWeights, type BalancedLoss, type GradNormOptions } from './feedback/gradNorm.js';
export type {
  DataSizes,
  DataSource,
  Experiment,
  ExperimentData,
  ExperimentSymmetry,
  NetworkBuilder,
  NetworkOptions,
} from './experiment/experiment.js';
export { nBodyNetwork, type NBodyNetworkOptions } from './experiment/nBodyNetwork.js';
export { experimentNames, experiments, type ExperimentName } from './experiment/experiments.js';
export {
  checkRelaxationConfig,
  penaltyNames,
  relaxationConfig,
  relaxationNames,
  rateScheduleNames,
  scheduleNames,
  type PenaltyName,
  type RelaxationConfig,
  type RelaxationName,
  type RateScheduleName,
  type ScheduleName,
} from './experiment/config.js';
export {
  experimentData,
  runExperiment,
  runRelaxation,
  weightsOf,
  type ExperimentOptions,
  type NetworkResult,
  type RelaxationOptions,
  type RelaxationResult,
} from './experiment/runRelaxation.js';
export {
  residualPathwayPrior,
  softEquivariance,
  type ResidualPathwayOptions,
  type SoftEquivarianceOptions,
} from './priors/priors.js';
export { RelaxedGroupConv2d } from './priors/relaxedGroupConv.js';
