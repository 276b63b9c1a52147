/** What a relaxed training takes and gives. */
import type * as tf from '@tensorflow/tfjs';
import type { AdamOptions, Device, PhaseStore } from '@intertwiner/engine';
import type { AceOptions } from '../feedback/ace.js';
import type { LearnedOptions } from '../feedback/learned.js';
import type { Penalty } from '../penalties/penalty.js';
import type { Projection } from '../projection/projection.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import type { Schedule } from '../schedules/schedule.js';
import type { TaskLoss } from './program.js';
import type { RemulOptions } from './remul.js';
import type { Samples } from './samples.js';

export interface TrainRelaxedOptions {
  /** What `relax` made of a model, or the model itself: the strict baseline, or REMUL's network. */
  readonly model: RelaxedModel | tf.LayersModel;
  readonly loss: TaskLoss;
  readonly train: Samples;
  /** On which the best epoch is chosen; never the test set. */
  readonly validation: Samples;
  readonly epochs: number;
  readonly batchSize: number;
  /** A number, or a schedule; default 1e-3. */
  readonly learningRate?: number | Schedule;
  /** θ; default the triangle. Not used with `ace` or `learned`. */
  readonly schedule?: Schedule;
  /** Whether θ changes with every epoch (default, as in the paper) or with every step. */
  readonly per?: 'epoch' | 'step';
  /** θ by ACE, one for each layer, in place of a schedule. */
  readonly ace?: AceOptions;
  /** θ learned with the weights, one for each layer, in place of a schedule. */
  readonly learned?: LearnedOptions;
  /** Equivariance as a second task, for any network, relaxed or not. */
  readonly remul?: RemulOptions;
  /** Default: none. */
  readonly penalties?: readonly Penalty[];
  /** Weight of the penalties: a number, or a function of θ; default 0.01. */
  readonly lambda?: number | ((theta: number) => number);
  /** How the network is made equivariant at the end; default `'drop'`. */
  readonly projection?: Projection;
  /** Keep the epoch of least projected validation loss (default), or the last. */
  readonly select?: 'best' | 'last';
  readonly adam?: AdamOptions;
  /** Learning rate of W in units of the other weights', default 1. */
  readonly relaxationRate?: number;
  /** Weight decay of W alone. */
  readonly relaxationDecay?: number;
  /** Default: `'auto'`. */
  readonly device?: Device;
  readonly seed?: number;
  /** Unique among trainings that run at once, default `'relaxation'`; also the name in the store. */
  readonly name?: string;
  /**
   * Where the training is kept, so that it goes on where it was; default: nowhere. The layers need names
   * of their own: those that tfjs counts up differ from process to process.
   */
  readonly store?: PhaseStore;
  /** It is saved when so many seconds have passed since it was last, default 15. */
  readonly saveSeconds?: number;
  /**
   * Stops the training: it is saved, the network gets the weights of the best epoch so far, and the
   * call rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RelaxedEpoch & { readonly epochs: number }) => void;
}

/** What was measured after an epoch; numbers are of float32. */
export interface RelaxedEpoch {
  readonly epoch: number;
  /** Mean training loss of the epoch, without penalties. */
  readonly loss: number;
  /** Mean penalty of the epoch, without λ. */
  readonly penalty: number;
  /** θ of each relaxed layer at the last step of the epoch, as the layers saw it. */
  readonly theta: readonly number[];
  /** Validation loss of the relaxed network at that θ. */
  readonly relaxed: number;
  /** Validation loss of the projected network. */
  readonly projected: number;
  /** How `projected` was made: `'drop'` or `'fold'`. Nothing is projected with `'none'`: W is left out. */
  readonly projection: 'drop' | 'fold';
  /** See {@link Evaluation.layerErrors}. */
  readonly layerErrors: readonly number[];
  /** With `remul`: mean equivariance loss of the epoch, and the weights α and β at its last step. */
  readonly remul?: {
    readonly equivariance: number;
    readonly alpha: number;
    readonly beta: number;
  };
}

export interface RelaxedTraining {
  readonly epochs: readonly RelaxedEpoch[];
  /** The epoch whose weights the network has now. */
  readonly chosen: RelaxedEpoch;
  /** The least validation losses of any epoch, relaxed and projected: what the constraint costs. */
  readonly least: { readonly relaxed: number; readonly projected: number };
  readonly steps: number;
  readonly msPerStep: number;
  /** What is likely to be wrong with the settings. */
  readonly warnings: readonly string[];
}
