/** One step of training a relaxed network, for `compileTraining`. */
import * as tf from '@tensorflow/tfjs';
import { adam, type AdamOptions, type Optimizer, type TrainingProgram } from '@intertwiner/engine';
import type { InputSpec } from '@intertwiner/onnx';
import { ace, type Ace, type AceOptions } from '../feedback/ace.js';
import { penaltyOf, type Penalty } from '../penalties/penalty.js';
import { trainableVariables } from '../projection/snapshot.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import type { RelaxedCall } from '../relaxed/scope.js';

/** A batch by the names of the sample arrays. */
export type Batch = Readonly<Record<string, tf.Tensor>>;

/** The task: a mean over the samples of the batch. */
export type TaskLoss = (model: tf.LayersModel, batch: Batch) => tf.Scalar;

export interface RelaxedProgramOptions {
  /** Prefix of the optimizer's variables, unique among programs that live at once. */
  readonly name: string;
  /** The relaxed model, or a model without relaxation: the strict baseline. */
  readonly network: RelaxedModel | tf.LayersModel;
  readonly loss: TaskLoss;
  /** Shapes of a batch. */
  readonly inputs: readonly InputSpec[];
  readonly penalties: readonly Penalty[];
  readonly adam?: AdamOptions | undefined;
  /**
   * Decoupled weight decay of W and of the free biases alone, in place of the optimizer's. A decay
   * larger than that of the equivariant weights, at a constant θ, is a residual pathway prior (Finzi
   * et al. 2021).
   */
  readonly relaxationDecay?: number | undefined;
  /** θ by ACE instead of the input. */
  readonly ace?: AceOptions | undefined;
}

export interface RelaxedProgram extends TrainingProgram {
  /** What it trains, without the optimizer's own. */
  readonly variables: readonly tf.Variable[];
  dispose(): void;
}

/**
 * Inputs: the batch, `learningRate`, `theta` and `lambda` (scalars). Outputs: `loss` (the task alone),
 * `penalty` (without λ), and `thetas`: the θ that each relaxed layer was applied with, as the layers
 * report it, in the order of their first application.
 */
export function relaxedProgram(options: RelaxedProgramOptions): RelaxedProgram {
  const { name, network, loss, penalties, inputs } = options;
  const relaxed = isRelaxed(network) ? network : null;
  const model = relaxed ? relaxed.model : (network as tf.LayersModel);
  const variables = trainableVariables(model);
  const optimizers = optimizersOf(options, relaxed, variables);
  const control =
    relaxed && options.ace ? ace(relaxed.layers.length, `${name}/ace`, options.ace) : null;
  const scalars = ['learningRate', 'theta', 'lambda'].map((input) => ({ name: input, shape: [] }));

  const step = ({ learningRate, theta, lambda, ...batch }: Batch) => {
    const seen: { loss: tf.Tensor; penalty: tf.Tensor; thetas: tf.Tensor }[] = [];
    const total = (): tf.Scalar => {
      if (!relaxed) return record(seen, loss(model, batch), tf.scalar(0), tf.scalar(0));
      const thetas = control ? unstacked(control) : (theta as tf.Scalar);
      return relaxed.scope.run(
        thetas,
        () => loss(model, batch),
        (task, calls) => {
          const penalty = penaltyOf(penalties, calls);
          record(seen, task, penalty, thetasOf(calls));
          return tf.add(task, tf.mul(penalty, lambda)) as tf.Scalar;
        },
      );
    };
    const trained = control ? [...variables, control.gamma as tf.Variable] : [...variables];
    const { value, grads } = tf.variableGrads(total, trained);
    value.dispose();
    for (const optimizer of optimizers) optimizer.applyGradients(grads, learningRate as tf.Scalar);
    control?.update(grads[control.gamma.name] as tf.Tensor1D);
    tf.dispose(grads);
    return released(seen[0]);
  };
  return {
    inputs: [...inputs, ...scalars],
    step: (all) => tf.tidy(() => step(all)),
    variables,
    dispose: () => {
      for (const optimizer of optimizers) optimizer.dispose();
      control?.dispose();
    },
  };
}

/** One optimizer for the equivariant weights and one for W, which may decay differently. */
function optimizersOf(
  { name, adam: options = {}, relaxationDecay = options.weightDecay ?? 0 }: RelaxedProgramOptions,
  relaxed: RelaxedModel | null,
  variables: readonly tf.Variable[],
): Optimizer[] {
  const free = new Set<tf.Variable>(
    relaxed?.layers.flatMap(({ relaxation }) => relaxation.map(({ variable }) => variable)) ?? [],
  );
  const equivariant = variables.filter((variable) => !free.has(variable));
  const own = adam(equivariant, `${name}/adam`, options);
  if (free.size === 0) return [own];
  const freeOptions = { ...options, weightDecay: relaxationDecay };
  return [own, adam([...free], `${name}/adam/relaxation`, freeOptions)];
}

export const isRelaxed = (network: RelaxedModel | tf.LayersModel): network is RelaxedModel =>
  'scope' in network;

/** Keeps the values that the gradient's own tidy would dispose of. */
function record(
  seen: { loss: tf.Tensor; penalty: tf.Tensor; thetas: tf.Tensor }[],
  loss: tf.Scalar,
  penalty: tf.Scalar,
  theta: tf.Tensor,
): tf.Scalar {
  const [a, b, c] = [loss, penalty, theta].map((value) => tf.keep(tf.clone(value)));
  seen.push({ loss: a, penalty: b, thetas: c });
  return loss;
}

/** Hands kept values over to the tidy around. */
function released<T extends Record<string, tf.Tensor>>(kept: T): T {
  const copies = Object.entries(kept).map(([key, value]) => [key, tf.clone(value)]);
  tf.dispose(Object.values(kept));
  return Object.fromEntries(copies) as T;
}

const unstacked = ({ gamma }: Ace): tf.Scalar[] => tf.unstack(gamma) as tf.Scalar[];

/** The θ of every layer that was applied, once. */
function thetasOf(calls: readonly RelaxedCall[]): tf.Tensor {
  const first = new Map(calls.map(({ layer, theta }) => [layer, theta]));
  return tf.stack([...first.values()].map((theta) => tf.reshape(theta as tf.Scalar, [])));
}
