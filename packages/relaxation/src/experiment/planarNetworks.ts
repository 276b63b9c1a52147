/** Convolution networks for images under C4: regular fields, relaxed ones, and ordinary ones. */
import * as tf from '@tensorflow/tfjs';
import {
  GlobalPool,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
  SpatialPool2d,
} from '@intertwiner/layers';
import { RelaxedGroupConv2d } from '../priors/relaxedGroupConv.js';
import { apply } from './apply.js';
import type { NetworkBuilder, NetworkOptions } from './experiment.js';

/** What tells the networks of one shape apart. */
interface Kind {
  readonly group: string;
  /** Filters per unit of width. */
  readonly factor: number;
  /** Filter banks of each convolution; 1 for ordinary ones. */
  readonly banks: number;
}

/**
 * A filter of a C4 network reaches over four orientations, so that an ordinary network of twice the width
 * has as many weights.
 */
const kinds = {
  strict: { group: 'C4', factor: 1, banks: 1 },
  relaxedConv: { group: 'C4', factor: 1, banks: 2 },
  plain: { group: 'C1', factor: 2, banks: 1 },
} satisfies Record<string, Kind>;

interface ImageArgs {
  /** [side, side, channels]. */
  readonly inputShape: readonly number[];
  readonly padding: 'same' | 'circular';
}

/** A convolution; the first one of a network lifts. */
type Convolution = (filters: number, kernelSize: number, part: string) => tf.layers.Layer;

/** The layers of a network of some kind, from its convolutions. */
type Shape = (convolution: Convolution, kind: Kind, options: NetworkOptions) => tf.layers.Layer[];

function networksOf(shape: Shape, args: ImageArgs): Record<keyof typeof kinds, NetworkBuilder> {
  const builder =
    (kind: Kind): NetworkBuilder =>
    (options) => {
      const { name } = options;
      const inputs = tf.input({ shape: [...args.inputShape], name: `${name}_image` });
      const layers = shape(convolutions(kind, options, args), kind, options);
      const outputs = layers.reduce((x, layer) => apply(layer, x), inputs as tf.SymbolicTensor);
      return tf.model({ inputs, outputs, name });
    };
  return {
    strict: builder(kinds.strict),
    relaxedConv: builder(kinds.relaxedConv),
    plain: builder(kinds.plain),
  };
}

function convolutions(
  { group, banks }: Kind,
  { seed, name }: NetworkOptions,
  { padding }: ImageArgs,
): Convolution {
  let Class: typeof LiftingConv2d | typeof GroupConv2d = LiftingConv2d;
  return (filters, kernelSize, part) => {
    const layerName = `${name}_${part}`;
    const bank = (own: string, useBias = true) =>
      new Class({ group, filters, kernelSize, padding, seed, useBias, name: own });
    const layer =
      banks === 1
        ? bank(layerName)
        : new RelaxedGroupConv2d(
            Array.from({ length: banks }, (_, l) => bank(`${layerName}_bank${l}`, l === 0)),
            layerName,
          );
    Class = GroupConv2d;
    return layer;
  };
}

/**
 * [side, side, 1] → logits: a 5 × 5 convolution, 2 × 2 means, two 3 × 3 convolutions, the largest
 * over positions and over the group, a dense layer.
 */
export const digitNetworks = (side: number, classes: number) =>
  networksOf(
    (convolution, { group, factor }, { width, seed, name }) => [
      convolution(factor * width, 5, 'conv0'),
      tf.layers.reLU({ name: `${name}_relu0` }),
      new SpatialPool2d({ name: `${name}_pool` }),
      convolution(factor * width, 3, 'conv1'),
      tf.layers.reLU({ name: `${name}_relu1` }),
      convolution(2 * factor * width, 3, 'conv2'),
      tf.layers.reLU({ name: `${name}_relu2` }),
      new GlobalPool({ mode: 'max', name: `${name}_positions` }),
      new GroupPool({ group, name: `${name}_group` }),
      tf.layers.dense({
        units: classes,
        name: `${name}_head`,
        kernelInitializer: tf.initializers.glorotNormal({ seed }),
      }),
    ],
    { inputShape: [side, side, 1], padding: 'same' },
  );

/**
 * [size, size, inputs] on a torus → scalars [size, size, outputs]: `depth` 3 × 3 convolutions, then one
 * of which the mean over the group is taken.
 */
export const fieldNetworks = (size: number, inputs: number, outputs: number) =>
  networksOf(
    (convolution, { group, factor }, { width, depth, name }) => [
      ...Array.from({ length: depth }, (_, i) => [
        convolution(factor * width, 3, `conv${i}`),
        tf.layers.reLU({ name: `${name}_relu${i}` }),
      ]).flat(),
      convolution(outputs, 3, 'last'),
      new GroupPool({ group, mode: 'mean', name: `${name}_mean` }),
    ],
    { inputShape: [size, size, inputs], padding: 'circular' },
  );
