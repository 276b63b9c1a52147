export { LayerError } from './errors.js';
export type { GroupSpec } from './group/groupSpec.js';
export { groupFilterIndex, liftingFilterIndex } from './conv/filterIndex.js';
export { circularPad2d } from './conv/circularPadding.js';
export type { PlanarConv2dArgs } from './conv/regularConv2d.js';
export { LiftingConv2d } from './conv/liftingConv2d.js';
export { GroupConv2d } from './conv/groupConv2d.js';
export { SeparableGroupConv2d } from './conv/separableGroupConv2d.js';
export type { PoolMode } from './pooling/reduction.js';
export { GroupPool, type GroupPoolArgs } from './pooling/groupPool.js';
export { GlobalPool, type GlobalPoolArgs } from './pooling/globalPool.js';
export { SpatialPool2d, type SpatialPool2dArgs } from './pooling/spatialPool2d.js';
export type { GroupNormalizationArgs } from './normalization/groupNormalization.js';
export {
  GroupBatchNormalization,
  type GroupBatchNormalizationArgs,
} from './normalization/groupBatchNormalization.js';
export {
  FieldBatchNormalization,
  type FieldBatchNormalizationArgs,
} from './normalization/fieldBatchNormalization.js';
export { GroupLayerNormalization } from './normalization/groupLayerNormalization.js';
export { GroupInstanceNormalization } from './normalization/groupInstanceNormalization.js';
export type { ActionKind } from './field/actionKind.js';
export {
  describeType,
  fieldType,
  joinTypes,
  scalars,
  type FieldTerm,
  type FieldType,
} from './field/fieldType.js';
export { planarIrrep, planarType } from './field/planarIrreps.js';
export { EquivariantLinear, type EquivariantLinearArgs } from './linear/equivariantLinear.js';
export { TensorProduct, type TensorProductArgs } from './linear/tensorProduct.js';
export {
  FullyConnectedTensorProduct,
  type FullyConnectedTensorProductArgs,
} from './linear/fullyConnectedTensorProduct.js';
export { harmonicsType, type RotationGroupName } from './field/rotationIrreps.js';
export { SphericalHarmonics, type SphericalHarmonicsArgs } from './rotations/sphericalHarmonics.js';
export { RadialBasis, type RadialBasisArgs } from './rotations/radialBasis.js';
export { PointConvolution, type PointConvolutionArgs } from './rotations/pointConvolution.js';
export type { FieldNormalizationArgs } from './normalization/fieldNormalization.js';
export { FieldInstanceNormalization } from './normalization/fieldInstanceNormalization.js';
export { FieldLayerNormalization } from './normalization/fieldLayerNormalization.js';
export { FieldNorms, type FieldNormsArgs } from './nonlinearity/fieldNorms.js';
export { FourierActivation, type FourierActivationArgs } from './nonlinearity/fourierActivation.js';
export type { ActivationName } from './nonlinearity/activations.js';
export { FieldActivation, type FieldActivationArgs } from './nonlinearity/fieldActivation.js';
export { NormActivation, type NormActivationArgs } from './nonlinearity/normActivation.js';
export {
  GatedActivation,
  gatedType,
  type GatedActivationArgs,
} from './nonlinearity/gatedActivation.js';
export { vectorGain, VectorLinear, type VectorLinearArgs } from './vector/vectorLinear.js';
export { VectorLeakyReLU, type VectorLeakyReLUArgs } from './vector/vectorLeakyReLU.js';
export {
  VectorBatchNormalization,
  type VectorBatchNormalizationArgs,
} from './vector/vectorBatchNormalization.js';
export { VectorInvariants, type VectorInvariantsArgs } from './vector/vectorInvariants.js';
export { VectorNeighbours, type VectorNeighboursArgs } from './vector/vectorNeighbours.js';
export { VectorPool, type VectorPoolArgs } from './vector/vectorPool.js';
export { vnDgcnn, vnPointNet, type VectorNetworkOptions } from './models/vectorNeurons.js';
export { SetLinear, type SetLinearArgs } from './sets/setLinear.js';
export {
  SetTensorLinear,
  type SetOrder,
  type SetTensorLinearArgs,
} from './sets/setTensorLinear.js';
export { SetPool, type SetPoolArgs } from './sets/setPool.js';
export { EgnnLayer, type EgnnLayerArgs } from './graph/egnnLayer.js';
export { SteerableGeometry, type SteerableGeometryArgs } from './graph/steerableGeometry.js';
export { SteerableMessages, type SteerableMessagesArgs } from './graph/steerableMessages.js';
export { ParticleInputs, particleType } from './graph/particleInputs.js';
export { egnn, particleEgnn, type EgnnOptions, type ParticleEgnnOptions } from './models/egnn.js';
export {
  particleSegnn,
  segnn,
  type SegnnOptions,
  type SteerableNetworkOptions,
} from './models/segnn.js';
export {
  groupAverage,
  groupAverageAsync,
  type GroupAverageOptions,
  type SymmetriseOptions,
} from './symmetrise/groupAverage.js';
export {
  canonicalise,
  canonicaliseAsync,
  type CanonicaliseOptions,
} from './symmetrise/canonicalise.js';
export {
  frameAverage,
  frameAverageAsync,
  type FrameAverageOptions,
} from './symmetrise/frameAverage.js';
export { augment } from './symmetrise/augment.js';
export { sessionFunction, type ModelSession } from './symmetrise/session.js';
export type { AsyncBatchFunction, SyncBatchFunction } from './symmetrise/plan.js';
export { SteerableConv2d, type SteerableConv2dArgs } from './steerable/steerableConv2d.js';
export { restrictModel } from './restrict/restrictModel.js';
export { countParameters, summary, type ParameterCount } from './measure/summary.js';
export { toPlain } from './plain/toPlain.js';
export { invariant, permutationAction, vectorAction, type Action } from './measure/action.js';
export { fieldAction, type FieldActionOptions } from './measure/fieldAction.js';
export {
  expectEquivariant,
  type ExpectEquivariantOptions,
  type TypedFunction,
} from './measure/expectEquivariant.js';
export { restrictType, type Subgroup } from './field/restrictType.js';
export { imageAction, type ImageActionOptions } from './measure/imageAction.js';
export { planarImageAction, type PlanarImageActionOptions } from './measure/planarImageAction.js';
export type { BatchFunction } from './measure/run.js';
export {
  sampleElements,
  type EquivarianceOptions,
  type MeasureOptions,
} from './measure/sampling.js';
export {
  equivarianceError,
  type ElementError,
  type EquivarianceReport,
  type WorstSample,
} from './measure/equivarianceError.js';
export { exponential } from './measure/exponential.js';
export { equivarianceByLayer, type LayerEquivariance } from './measure/equivarianceByLayer.js';
export { orbitVariance, type OrbitVarianceReport } from './measure/orbitVariance.js';
export {
  lieDerivative,
  type GeneratorDerivative,
  type LieDerivativeOptions,
  type LieDerivativeReport,
} from './measure/lieDerivative.js';
export { roundingLevel } from './measure/rounding.js';
export { jacobianVector } from './measure/jacobianVector.js';
export { assertEquivariant, type AssertEquivariantOptions } from './measure/assertEquivariant.js';
