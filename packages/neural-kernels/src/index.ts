export type { Activation } from './activations/activation.js';
export type { InputScaling } from './gram/input.js';
export { rbfGram } from './gram/rbf.js';
export type { KernelMatrices } from './gram/tiles.js';
export { conditioning, type Conditioning } from './linalg/conditioning.js';
export { convKernel, type ConvOptions } from './network/conv.js';
export { groupConvKernel, type GroupConvOptions } from './network/group-conv.js';
export type { GroupPositions } from './network/group-evaluator.js';
export {
  networkKernel,
  vectorNetworkKernel,
  type GramOptions,
  type KernelValues,
  type NetworkSpec,
  type NeuralKernel,
  type VectorKernel,
} from './network/kernel.js';
export type { Layer, Padding } from './network/layers.js';
export { mlpKernel, type LayerOptions } from './network/mlp.js';
export { myrtleKernel, type MyrtleOptions } from './network/myrtle.js';
export { residualKernel, type ResidualOptions } from './network/residual.js';
export type { ActionDefects } from './predict/action-defects.js';
export { classPairs, type ClassPairDiagnosis } from './predict/class-pairs.js';
export { diagnose, type Diagnosis } from './predict/diagnose.js';
export type { Estimate, Proportion } from './predict/estimate.js';
export {
  heldOutPoses,
  type HeldOutPoses,
  type HeldOutPosesOptions,
} from './predict/held-out-poses.js';
export { learningCurve, posesNeeded, type Poses } from './predict/learning-curve.js';
export { poolOverGroup } from './predict/pooled-kernel.js';
export {
  predict,
  type PairOutcome,
  type PredictOptions,
  type Prediction,
} from './predict/predict.js';
export type { SymmetryProblem } from './predict/problem.js';
export { compareKernels, sensitivities, type Sensitivity } from './predict/what-if.js';
export { isometryDefect, type OrbitGroup } from './symmetry/group-average.js';
export { invariantShare } from './symmetry/invariant-share.js';
export {
  orbitErrors,
  type IrrepShare,
  type OrbitErrorOptions,
  type OrbitErrors,
} from './symmetry/orbit-errors.js';
export { mmdSquared } from './symmetry/orbit-pair.js';
export {
  holdoutErrors,
  kernelRegression,
  leaveOneOutErrors,
  type KernelRegression,
} from './symmetry/regression.js';
export { spectralError, type SpectralError } from './symmetry/spectral-error.js';
