/** What an experiment consists of: data, networks, what is measured, and the symmetry. */
import type * as tf from '@tensorflow/tfjs';
import type { Digits, PointClouds } from '@intertwiner/datasets';
import type { Group } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import type { Batch } from '../training/program.js';
import type { Samples } from '../training/samples.js';

export interface NetworkOptions {
  /** Channels, or what of them a network has. */
  readonly width: number;
  /** Rounds or layers, where a network lets one choose. */
  readonly depth: number;
  readonly seed: number;
  /** Prefix of the layers' names. */
  readonly name: string;
}

export type NetworkBuilder = (options: NetworkOptions) => tf.LayersModel;

/** Numbers of samples. */
export interface DataSizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface ExperimentData {
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

/** Data that come from files; otherwise they are generated. */
export interface DataSource {
  /** Square, upright, of an even side. */
  readonly digits?: Digits;
  /** Two sets of clouds of one size and one list of classes. */
  readonly clouds?: { readonly train: PointClouds; readonly test: PointClouds };
}

/** A group's action on one of the arrays, and on the output; the other arrays stay as they are. */
export interface ExperimentSymmetry {
  readonly group: Group;
  /** The array that moves. */
  readonly moved: string;
  readonly input: Action<Group>;
  /** Without it, the output should not change. */
  readonly output?: Action<Group>;
}

export interface Experiment {
  readonly title: string;
  /** What {@link Experiment.error} is, in words. */
  readonly measure: string;
  /** By name: `strict` commutes with the group, `plain` is an ordinary network of the same kind. */
  readonly networks: Readonly<Record<string, NetworkBuilder>>;
  /** The same seed gives the same samples; the sets share none, and a set's first ones depend on its
   * seed alone. */
  data(sizes: DataSizes, seed: number, source: DataSource): ExperimentData;
  /** The same experiment for data of another size than its own, such as those of a source. */
  sizedTo?(data: ExperimentData): Experiment;
  /** The network's output for a batch of the arrays. */
  predict(model: tf.LayersModel, batch: Batch): tf.Tensor;
  /** What is minimised: a mean over samples. */
  loss(output: tf.Tensor, batch: Batch): tf.Scalar;
  /** What is reported: a mean over samples. */
  error(output: tf.Tensor, batch: Batch): tf.Scalar;
  readonly symmetry: ExperimentSymmetry;
}
