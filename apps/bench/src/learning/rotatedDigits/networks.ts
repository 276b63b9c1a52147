/**
 * The networks that are compared: one shape, a symmetry each, and channels such that all have as many
 * weights (within 2 %). On 14 × 14 pixels: a 5 × 5 convolution, 2 × 2 means, two more 5 × 5
 * convolutions on 7 × 7, means over positions, the maximum over the group, and a dense layer; batch
 * normalisation and ReLU after every convolution. Every step but sampled filters commutes with
 * quarter turns exactly.
 */
import * as tf from '@tensorflow/tfjs';
import {
  asFiniteGroup,
  group,
  regular,
  representationFromFunction,
  trivial,
  type LieGroup,
} from '@intertwiner/groups';
import {
  FieldBatchNormalization,
  fieldType,
  GatedActivation,
  gatedType,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
  SpatialPool2d,
  SteerableConv2d,
  type FieldType,
} from '@intertwiner/layers';
import { classes, side } from './data.js';

/** Channels of the three convolutions. */
type Widths = readonly [number, number, number];

export interface Arm {
  readonly name: string;
  readonly title: string;
  /** @param name prefix of its layers, unique among models that live at once. */
  build(seed: number, name: string): tf.LayersModel;
}

const kernelSize = 5;
const inputShape = [side, side, 1];
/** Of the moving moments. */
const momentum = 0.9;

export const arms: readonly Arm[] = [
  regularArm('cnn', 'plain CNN', 'C1', [13, 16, 14]),
  regularArm('p4', 'p4', 'C4', [9, 6, 9]),
  regularArm('p4m', 'p4m', 'D4', [6, 5, 5]),
  sampledArm('c8', 'C8, steerable', 'C8', [7, 7, 8]),
  harmonicArm('so2', 'SO(2), steerable', [[13, 11, 10], [12, 11, 10], 20]),
];

/** What the arms differ in; the rest of the network is the same. */
interface Plan {
  /** One of the three convolutions, with what follows it up to the next. */
  block(position: number, seed: number, name: string): tf.layers.Layer[];
  /** From [B, features] to invariants. */
  invariants(name: string): tf.layers.Layer[];
}

/** Convolutions by permuted filters; of C1, the ordinary ones. */
function regularArm(name: string, title: string, group: string, widths: Widths): Arm {
  return arm(
    name,
    title,
    regularPlan(group, (i, args) => {
      const own = { ...args, group, filters: widths[i]!, kernelSize, useBias: false };
      return i === 0 ? new LiftingConv2d({ ...own, inputShape }) : new GroupConv2d(own);
    }),
  );
}

/** Steerable convolutions between regular fields, with sampled harmonics for filters. */
function sampledArm(name: string, title: string, spec: string, widths: Widths): Arm {
  const g = asFiniteGroup(group(spec));
  const types = [fieldType([trivial(g), 1]), ...widths.map((m) => fieldType([regular(g), m]))];
  return arm(
    name,
    title,
    regularPlan(spec, (i, args) => steerable(types[i]!, types[i + 1]!, i, args)),
  );
}

/** Steerable convolutions between harmonics of SO(2), with gates, and scalars at the end. */
function harmonicArm(
  name: string,
  title: string,
  widths: readonly [Harmonics, Harmonics, number],
): Arm {
  const g = group('SO(2)') as LieGroup;
  const frequency = (k: number) =>
    representationFromFunction(
      g,
      2,
      ([a, , c]) => {
        const angle = k * Math.atan2(c!, a!);
        return [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)];
      },
      `frequency ${k}`,
    );
  const [first, second] = [frequency(1), frequency(2)];
  const [a, b, last] = widths;
  const harmonics = ([m, n, o]: Harmonics) => fieldType([trivial(g), m], [first, n], [second, o]);
  const inputs = [fieldType([trivial(g), 1]), harmonics(a), harmonics(b)];
  const outputs = [gatedType(inputs[1]!), gatedType(inputs[2]!), fieldType([trivial(g), last])];
  return arm(name, title, {
    block: (i, seed, layerName) => [
      steerable(inputs[i]!, outputs[i]!, i, { seed, name: `${layerName}_conv${i}` }),
      new FieldBatchNormalization({ type: outputs[i]!, momentum, name: `${layerName}_norm${i}` }),
      i < 2
        ? new GatedActivation({ type: inputs[i + 1]!, name: `${layerName}_gate${i}` })
        : tf.layers.reLU({ name: `${layerName}_relu${i}` }),
    ],
    invariants: () => [],
  });
}

/** Channels of frequency 0, 1 and 2. */
type Harmonics = readonly [number, number, number];

interface ConvolutionArgs {
  readonly seed: number;
  readonly name: string;
}

function regularPlan(
  group: string,
  convolution: (position: number, args: ConvolutionArgs) => tf.layers.Layer,
): Plan {
  return {
    block: (i, seed, name) => [
      convolution(i, { seed, name: `${name}_conv${i}` }),
      new GroupBatchNormalization({ group, momentum, name: `${name}_norm${i}` }),
      tf.layers.reLU({ name: `${name}_relu${i}` }),
    ],
    invariants: (name) => [new GroupPool({ group, name: `${name}_group` })],
  };
}

function steerable(
  input: FieldType,
  output: FieldType,
  position: number,
  args: ConvolutionArgs,
): SteerableConv2d {
  return new SteerableConv2d({
    ...{ input, output, kernelSize, useBias: false, gain: 2, ...args },
    ...(position === 0 && { inputShape }),
  });
}

function arm(name: string, title: string, { block, invariants }: Plan): Arm {
  return {
    name,
    title,
    build: (seed, prefix) =>
      tf.sequential({
        name: prefix,
        layers: [
          ...block(0, seed, prefix),
          new SpatialPool2d({ name: `${prefix}_pool` }),
          ...block(1, seed, prefix),
          ...block(2, seed, prefix),
          new GlobalPool({ name: `${prefix}_positions` }),
          ...invariants(prefix),
          tf.layers.dense({
            units: classes,
            name: `${prefix}_head`,
            kernelInitializer: tf.initializers.glorotNormal({ seed }),
          }),
        ],
      }),
  };
}
