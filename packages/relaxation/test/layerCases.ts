/** One layer of every kind that can be relaxed, in its variants. */
import type * as tf from '@tensorflow/tfjs';
import { group, natural, regular, trivial } from '@intertwiner/groups';
import {
  EquivariantLinear,
  fieldType,
  FullyConnectedTensorProduct,
  GroupConv2d,
  LiftingConv2d,
  SetLinear,
  SteerableConv2d,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';

export interface LayerCase {
  readonly name: string;
  readonly make: () => tf.layers.Layer;
  /** Of a sample of each input. */
  readonly shapes: readonly (readonly number[])[];
}

const so3 = group('SO(3)');
const c4 = group('C4');
const d4 = group('D4');
const v3 = fieldType([natural(so3), 3], [trivial(so3), 2]);
const r4 = fieldType([regular(d4), 2], [natural(d4), 1]);
const [q, p] = [fieldType([natural(c4), 1], [trivial(c4), 1]), fieldType([regular(c4), 2])];
const convolutions = [{ padding: 'circular' }, { strides: 2 }, {}] as const;

export const layerCases: readonly LayerCase[] = [
  {
    name: 'EquivariantLinear, SO(3)',
    make: () => new EquivariantLinear({ input: v3, output: v3 }),
    shapes: [[11]],
  },
  {
    name: 'EquivariantLinear, D4',
    make: () => new EquivariantLinear({ input: r4, output: r4 }),
    shapes: [[3, 18]],
  },
  { name: 'VectorLinear', make: () => new VectorLinear({ units: 4 }), shapes: [[2, 3, 5]] },
  { name: 'VectorLeakyReLU', make: () => new VectorLeakyReLU(), shapes: [[2, 3, 5]] },
  {
    name: 'VectorLeakyReLU, shared directions',
    make: () => new VectorLeakyReLU({ shareDirection: true }),
    shapes: [[2, 3, 5]],
  },
  { name: 'SetLinear', make: () => new SetLinear({ units: 3 }), shapes: [[5, 2]] },
  {
    name: 'LiftingConv2d',
    make: () => new LiftingConv2d({ group: 'D4', filters: 2, kernelSize: 3 }),
    shapes: [[6, 6, 2]],
  },
  ...convolutions.map((options) => ({
    name: `GroupConv2d ${JSON.stringify(options)}`,
    make: () => new GroupConv2d({ group: 'C4', filters: 2, kernelSize: 3, ...options }),
    shapes: [[7, 7, 8]],
  })),
  ...convolutions.map((options) => ({
    name: `SteerableConv2d ${JSON.stringify(options)}`,
    make: () => new SteerableConv2d({ input: q, output: p, kernelSize: 3, ...options }),
    shapes: [[7, 7, 3]],
  })),
  {
    name: 'FullyConnectedTensorProduct',
    make: () => new FullyConnectedTensorProduct({ left: v3, right: v3, output: v3 }),
    shapes: [[11], [11]],
  },
];

/** The classes that relax() names where it is given another. */
export function relaxableClasses(
  relax: (layer: tf.layers.Layer) => unknown,
  other: tf.layers.Layer,
) {
  try {
    relax(other);
  } catch (error) {
    return /Relaxable are (.*)\.$/.exec((error as Error).message)![1]!.split(', ');
  }
  throw new Error(`${other.name} was relaxed.`);
}
