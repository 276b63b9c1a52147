/** He initialisation in coefficient space: through ten layers of each family activations keep their size. */
import * as tf from '@tensorflow/tfjs';
import { group, natural, regular, trivial, type FiniteGroup } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  EquivariantLinear,
  FieldActivation,
  fieldType,
  FourierActivation,
  FullyConnectedTensorProduct,
  GatedActivation,
  gatedType,
  GroupConv2d,
  harmonicsType,
  NormActivation,
  planarType,
  SeparableGroupConv2d,
  SetLinear,
  SetTensorLinear,
  SphericalHarmonics,
  SteerableConv2d,
  vectorGain,
  VectorLeakyReLU,
  VectorLinear,
  type FieldType,
} from '@intertwiner/layers';
import { freeWeights, gaussian } from './support.js';

const depth = 10;

interface Family {
  readonly name: string;
  /** Shape of a sample. */
  readonly shape: number[];
  /** The i-th linear layer, and what bends behind it. */
  readonly block: (i: number) => readonly tf.layers.Layer[];
}

const relu = () => tf.layers.reLU();
const d4 = group('D4') as FiniteGroup;
const so2 = group('SO(2)');
const so3 = group('SO(3)');

const planar = { filters: 12, kernelSize: 3, padding: 'circular' } as const;
const regularType = fieldType([regular(d4), 12]);
const spins = planarType(so2, 2, 8);
const space = fieldType([trivial(so3), 48], [natural(so3), 32]);
const harmonics = harmonicsType('O(3)', 2, 24);

const edges = new SphericalHarmonics({ degree: 2 });

/** Attributes beside the features, so that a product is a layer of one input. */
class Conditioned extends tf.layers.Layer {
  readonly product: FullyConnectedTensorProduct;
  constructor(type: FieldType, name: string) {
    super({ name });
    const right = harmonicsType('O(3)', 2);
    const output = gatedType(type);
    this.product = new FullyConnectedTensorProduct({ left: type, right, output, name });
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0];
    const directions = gaussian([x.shape[0], 3], 'directions', this.name);
    return this.product.apply([x, edges.apply(directions) as tf.Tensor]) as tf.Tensor;
  }
}

const families: Family[] = [
  {
    name: 'group convolutions and ReLU',
    shape: [4, 4, 96],
    block: (i) => [new GroupConv2d({ ...planar, group: d4, name: `g${i}` }), relu()],
  },
  {
    name: 'separable group convolutions and ReLU',
    shape: [4, 4, 96],
    block: (i) => [new SeparableGroupConv2d({ ...planar, group: d4, name: `s${i}` }), relu()],
  },
  {
    name: 'interpolated group convolutions of C8 and ReLU',
    shape: [4, 4, 64],
    block: (i) => [
      new GroupConv2d({
        ...planar,
        filters: 8,
        group: 'C8',
        interpolation: 'bilinear',
        name: `i${i}`,
      }),
      relu(),
    ],
  },
  {
    name: 'steerable convolutions of regular fields and ReLU',
    shape: [4, 4, regularType.size],
    block: (i) => [
      new SteerableConv2d({
        input: regularType,
        output: regularType,
        kernelSize: 3,
        padding: 'circular',
        gain: 2,
        name: `r${i}`,
      }),
      new FieldActivation({ type: regularType }),
    ],
  },
  {
    name: 'steerable convolutions of SO(2) and gates',
    shape: [5, 5, spins.size],
    block: (i) => [
      new SteerableConv2d({
        input: spins,
        output: gatedType(spins),
        kernelSize: 5,
        padding: 'circular',
        name: `c${i}`,
      }),
      new GatedActivation({ type: spins }),
    ],
  },
  {
    name: 'steerable convolutions of SO(2) and Fourier ReLU',
    shape: [5, 5, spins.size],
    block: (i) => [
      new SteerableConv2d({
        input: spins,
        output: spins,
        kernelSize: 5,
        padding: 'circular',
        gain: 2,
        name: `f${i}`,
      }),
      new FourierActivation({ type: spins }),
    ],
  },
  {
    name: 'steerable convolutions of SO(2) and norms',
    shape: [5, 5, spins.size],
    block: (i) => [
      new SteerableConv2d({
        input: spins,
        output: spins,
        kernelSize: 5,
        padding: 'circular',
        name: `n${i}`,
      }),
      new NormActivation({ type: spins }),
    ],
  },
  {
    name: 'linear layers of SO(3) and gates',
    shape: [space.size],
    block: (i) => [
      new EquivariantLinear({ input: space, output: gatedType(space), name: `l${i}` }),
      new GatedActivation({ type: space }),
    ],
  },
  {
    name: 'products with harmonics and gates',
    shape: [harmonics.size],
    block: (i) => [new Conditioned(harmonics, `p${i}`), new GatedActivation({ type: harmonics })],
  },
  {
    name: 'vector neurons',
    shape: [5, 3, 64],
    block: (i) => [
      new VectorLinear({ units: 64, gain: vectorGain(3), name: `v${i}` }),
      new VectorLeakyReLU({ name: `b${i}` }),
    ],
  },
  {
    name: 'sets and ReLU',
    shape: [6, 64],
    block: (i) => [new SetLinear({ units: 64, name: `d${i}` }), relu()],
  },
  {
    name: 'pairs of points and ReLU',
    shape: [4, 4, 48],
    block: (i) => [new SetTensorLinear({ from: 2, to: 2, units: 48, name: `t${i}` }), relu()],
  },
];

/** By how much ten layers change the variance of what a linear layer returns. */
function growthOf(block: Family['block'], shape: number[], draw: number): number {
  const blocks = Array.from({ length: depth }, (_, i) => block(100 * draw + i));
  const powers = tf.tidy(() => {
    let x = gaussian([4, ...shape], 'x', draw);
    return blocks.map(([linear, bend]) => {
      const y = linear.apply(x) as tf.Tensor;
      x = bend.apply(y) as tf.Tensor;
      return tf.mean(tf.square(y)).dataSync()[0];
    });
  });
  for (const layer of blocks.flat()) {
    freeWeights(layer instanceof Conditioned ? layer.product : layer);
  }
  return powers[depth - 1] / powers[0];
}

describe('through ten layers', () => {
  it.each(families)('$name keep unit variance', ({ shape, block }) => {
    const growths = [1, 2, 3].map((draw) => growthOf(block, shape, draw));
    const mean = Math.exp(growths.reduce((sum, growth) => sum + Math.log(growth), 0) / 3);
    // Random weights of some ten channels multiply the variance by 1 ± 0.4 per layer, ten layers by
    // e^{±1.2}, the mean of three draws by e^{±0.7}; three times that. A gain off by a half gives 57.
    expect(mean).toBeGreaterThan(1 / 8);
    expect(mean).toBeLessThan(8);
  });
});
