/** One step of training a relaxed network, for `compileTraining`. */
import * as tf from '@tensorflow/tfjs';
import { adam, type AdamOptions, type Optimizer, type TrainingProgram } from '@intertwiner/engine';
import type { InputSpec } from '@intertwiner/onnx';
import { ace, type AceOptions } from '../feedback/ace.js';
import type { ThetaControl } from '../feedback/control.js';
import { gradNormState, type GradNormState } from '../feedback/gradNormState.js';
import { learned, type LearnedOptions } from '../feedback/learned.js';
import { penaltyOf, type Penalty } from '../penalties/penalty.js';
import { trainableVariables } from '../projection/snapshot.js';
import type { RelaxedLayer } from '../relaxed/relaxedLayer.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import type { RelaxedCall, Thetas } from '../relaxed/scope.js';
import { equivarianceLoss, type RemulOptions } from './remul.js';
import { sampleMotion, type SampleMotion } from './sampleMotion.js';

/** A batch by the names of the sample arrays. */
export type Batch = Readonly<Record<string, tf.Tensor>>;

/** The task: a mean over the samples of the batch. */
export type TaskLoss = (model: tf.LayersModel, batch: Batch) => tf.Scalar;

export interface RelaxedProgramOptions {
  /** Prefix of the optimizer's variables, unique among programs that live at once. */
  readonly name: string;
  /** The relaxed model, or a model without relaxation: the strict baseline, or REMUL's network. */
  readonly network: RelaxedModel | tf.LayersModel;
  readonly loss: TaskLoss;
  /** Shapes of a batch. */
  readonly inputs: readonly InputSpec[];
  readonly penalties: readonly Penalty[];
  readonly adam?: AdamOptions | undefined;
  /** Learning rate of W and of the free biases, in units of the other weights'; default 1. */
  readonly relaxationRate?: number | undefined;
  /**
   * Decoupled weight decay of W and of the free biases alone, in place of the optimizer's. A decay
   * larger than that of the equivariant weights, at a constant θ, is a residual pathway prior (Finzi
   * et al. 2021).
   */
  readonly relaxationDecay?: number | undefined;
  /** θ by ACE instead of the input. */
  readonly ace?: AceOptions | undefined;
  /** θ learned with the weights instead of the input. */
  readonly learned?: LearnedOptions | undefined;
  /** Equivariance as a second task. */
  readonly remul?: RemulOptions | undefined;
  /** Seed of the group elements of `remul`, default 0. */
  readonly seed?: number | undefined;
}

export interface RelaxedProgram extends TrainingProgram {
  /** What it trains, without the optimizer's own. */
  readonly variables: readonly tf.Variable[];
  /** Writes the random group elements of a step, if `remul` needs them. */
  fillMotions(step: number, batch: Readonly<Record<string, ArrayLike<number>>>): void;
  dispose(): void;
}

/** The gradients of one loss, and what to record of it. */
interface Backward {
  readonly grads: Record<string, tf.Tensor>;
  readonly outputs: Record<string, tf.Tensor>;
}

/**
 * Inputs: the batch, `learningRate`, `theta` and `lambda` (scalars), and what `remul` draws. Outputs:
 * `loss` (the task alone), `penalty` (without λ), and `thetas`: the θ that each relaxed layer was
 * applied with, as the layers report it, in the order of the relaxed layers. With `remul` also
 * `equivariance`, its loss, and `balance`, the weights α and β of the step.
 */
export function relaxedProgram(options: RelaxedProgramOptions): RelaxedProgram {
  const { name, network, loss, penalties, inputs, remul } = options;
  const relaxed = isRelaxed(network) ? network : null;
  const model = relaxed ? relaxed.model : (network as tf.LayersModel);
  const variables = trainableVariables(model);
  const optimizers = optimizersOf(options, relaxed, variables);
  const control = relaxed ? controlOf(options, relaxed.layers.length) : null;
  const trained = control ? [...variables, control.theta as tf.Variable] : [...variables];
  const motion = remul ? motionOf(options, remul) : null;
  const balance = remul?.gradNorm ? balanceOf(name, remul) : null;
  const scalars = ['learningRate', 'theta', 'lambda'].map((input) => ({ name: input, shape: [] }));

  /** Applies the network with this step's θ. */
  function within<T>(
    theta: tf.Scalar,
    apply: () => T,
    use: (result: T, calls: readonly RelaxedCall[]) => T = (result) => result,
  ): T {
    if (!relaxed) return use(apply(), []);
    const thetas: Thetas = control ? (tf.unstack(control.theta) as tf.Scalar[]) : theta;
    return relaxed.scope.run(thetas, apply, use);
  }

  function task({ theta, lambda, ...batch }: Batch): Backward {
    return backward(trained, (record) =>
      within(
        theta as tf.Scalar,
        () => loss(model, batch),
        (value, calls) => {
          const penalty = penaltyOf(penalties, calls);
          record({ loss: value, penalty, thetas: thetasOf(relaxed?.layers ?? [], calls) });
          return calls.length > 0 ? tf.add(value, tf.mul(penalty, lambda)) : value;
        },
      ),
    );
  }

  /** The task's gradients and those of the equivariance, by their weights. */
  function balanced(
    { grads, outputs }: Backward,
    batch: Batch,
    symmetry: RemulOptions,
    moving: SampleMotion,
  ): Backward {
    const second = backward(trained, (record) => {
      const value = within(batch['theta'] as tf.Scalar, () =>
        equivarianceLoss(symmetry, moving, model, batch),
      );
      record({ equivariance: value });
      return value;
    });
    const { alpha = 1, beta = 1 } = symmetry;
    const weights = balance ? tf.clone(balance.weights) : tf.tensor1d([alpha, beta]);
    const losses = [outputs['loss'], second.outputs['equivariance']];
    balance?.update(
      tf.stack(losses.map((value) => value.reshape([]))) as tf.Tensor1D,
      tf.stack([jointNorm(grads, variables), jointNorm(second.grads, variables)]) as tf.Tensor1D,
    );
    return {
      grads: weightedSum([grads, second.grads], tf.unstack(weights)),
      outputs: { ...outputs, ...second.outputs, balance: weights },
    };
  }

  function step({ learningRate, ...batch }: Batch): Record<string, tf.Tensor> {
    const first = task(batch);
    const { grads, outputs } = remul && motion ? balanced(first, batch, remul, motion) : first;
    for (const optimizer of optimizers) optimizer.applyGradients(grads, learningRate as tf.Scalar);
    control?.update(grads[control.theta.name] as tf.Tensor1D, learningRate as tf.Scalar);
    return outputs;
  }

  return {
    inputs: [...inputs, ...scalars, ...(motion?.inputs ?? [])],
    step: (all) => tf.tidy(() => step(all)),
    variables,
    fillMotions: (at, batch) => motion?.fill(at, batch),
    dispose: () => {
      for (const optimizer of optimizers) optimizer.dispose();
      control?.dispose();
      balance?.dispose();
    },
  };
}

/** One optimizer for the equivariant weights and one for W, which may learn and decay differently. */
function optimizersOf(
  options: RelaxedProgramOptions,
  relaxed: RelaxedModel | null,
  variables: readonly tf.Variable[],
): Optimizer[] {
  const { name, adam: settings = {}, relaxationRate = 1 } = options;
  const free = new Set<tf.Variable>(
    relaxed?.layers.flatMap(({ relaxation }) => relaxation.map(({ variable }) => variable)) ?? [],
  );
  const equivariant = variables.filter((variable) => !free.has(variable));
  const own = adam(equivariant, `${name}/adam`, settings);
  if (free.size === 0) return [own];
  const weightDecay = options.relaxationDecay ?? settings.weightDecay ?? 0;
  const ofW = adam([...free], `${name}/adam/relaxation`, { ...settings, weightDecay });
  return [own, relaxationRate === 1 ? ofW : atRate(ofW, relaxationRate)];
}

/** An optimizer whose learning rate is multiplied by a factor. */
const atRate = (inner: Optimizer, factor: number): Optimizer => ({
  minimize: (loss, rate) => inner.minimize(loss, tf.mul(rate, factor) as tf.Scalar),
  applyGradients: (grads, rate) => inner.applyGradients(grads, tf.mul(rate, factor) as tf.Scalar),
  dispose: () => inner.dispose(),
});

function controlOf(options: RelaxedProgramOptions, layers: number): ThetaControl | null {
  const { name } = options;
  if (options.learned) return learned(layers, `${name}/learned`, options.learned);
  if (!options.ace) return null;
  const { gamma, update, dispose } = ace(layers, `${name}/ace`, options.ace);
  return { theta: gamma, update, dispose };
}

function motionOf({ name, inputs, seed = 0 }: RelaxedProgramOptions, remul: RemulOptions) {
  return sampleMotion(`${name}: remul`, remul, inputs[0].shape[0], seed);
}

function balanceOf(name: string, { alpha = 1, beta = 1, gradNorm }: RemulOptions): GradNormState {
  return gradNormState([alpha, beta], `${name}/gradNorm`, gradNorm === true ? {} : gradNorm || {});
}

export const isRelaxed = (network: RelaxedModel | tf.LayersModel): network is RelaxedModel =>
  'scope' in network;

/** The gradients of a loss, with values that it records on the way and that outlive it. */
function backward(
  variables: tf.Variable[],
  loss: (record: (values: Record<string, tf.Tensor>) => void) => tf.Tensor,
): Backward {
  const kept: Record<string, tf.Tensor> = {};
  const record = (values: Record<string, tf.Tensor>) => {
    for (const [key, value] of Object.entries(values)) kept[key] = tf.keep(tf.clone(value));
  };
  const { value, grads } = tf.variableGrads(() => loss(record) as tf.Scalar, variables);
  value.dispose();
  // Clones belong to the tidy around; what was kept does not.
  const outputs = Object.entries(kept).map(([key, tensor]) => [key, tf.clone(tensor)]);
  tf.dispose(kept);
  return { grads, outputs: Object.fromEntries(outputs) as Record<string, tf.Tensor> };
}

/** ‖·‖ of the gradients of some variables together. */
function jointNorm(grads: Record<string, tf.Tensor>, variables: readonly tf.Variable[]): tf.Tensor {
  const squares = variables.flatMap(({ name }) =>
    grads[name] ? [tf.sum(tf.square(grads[name]))] : [],
  );
  return tf.sqrt(tf.addN(squares));
}

function weightedSum(
  parts: readonly Record<string, tf.Tensor>[],
  weights: readonly tf.Tensor[],
): Record<string, tf.Tensor> {
  const names = new Set(parts.flatMap((part) => Object.keys(part)));
  const sums = [...names].map((name) => {
    const terms = parts.flatMap((part, i) => (part[name] ? [tf.mul(part[name], weights[i])] : []));
    return [name, tf.addN(terms)] as const;
  });
  return Object.fromEntries(sums);
}

/** The θ of every relaxed layer, as it was applied; 0 for one that was not, or without any. */
function thetasOf(layers: readonly RelaxedLayer[], calls: readonly RelaxedCall[]): tf.Tensor {
  if (layers.length === 0) return tf.scalar(0);
  const seen = new Map(calls.map(({ layer, theta }) => [layer, theta]));
  return tf.stack(layers.map((layer) => tf.reshape((seen.get(layer) ?? 0) as tf.Scalar, [])));
}
