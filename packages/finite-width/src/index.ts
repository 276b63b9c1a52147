export { empiricalNtk, type EmpiricalOptions } from './kernel/empiricalKernel.js';
export { jacobianModel, type JacobianModel } from './kernel/jacobian.js';
export { linearisedPrediction, type LinearisedProblem } from './kernel/linearised.js';
export { circularConv, type CircularConvOptions } from './networks/circularConv.js';
export { convNet, type ConvNetOptions } from './networks/convNet.js';
export { networkOf, type DrawnNetwork, type Network } from './networks/network.js';
export { perceptron, type PerceptronOptions } from './networks/perceptron.js';
export { visionTransformer, type VisionTransformerOptions } from './networks/visionTransformer.js';
export { runNetwork, type RunningNetwork } from './training/runNetwork.js';
export {
  makeTrainer,
  type FillRows,
  type Fit,
  type Trainer,
  type TrainerOptions,
} from './training/trainer.js';
