/** What relaxation needs to know of an equivariant layer. */
import * as tf from '@tensorflow/tfjs';
import {
  group as parseGroup,
  natural,
  regular,
  trivial,
  type FiniteGroup,
  type Group,
} from '@intertwiner/groups';
import {
  circularPad2d,
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
import { RelaxationError } from '../errors.js';
import { denseSpace, filterSpace, type MapSpace } from './mapSpace.js';
import { entrySide, fieldSide, makeSide, type Side } from './side.js';

/** One of the two weights of a relaxed layer: its matrix W, or its bias. */
export interface RelaxedTerm {
  readonly kind: 'kernel' | 'bias';
  /** The maps among which the layer uses the equivariant ones. */
  readonly space: MapSpace;
  /** What w [taps, in, out] computes from the layer's input, to be added to its output. */
  apply(x: tf.Tensor, w: tf.Tensor3D): tf.Tensor;
  /** The rows [N, in] that a dense W multiplies, made of the layer's input; not for filters or biases. */
  rows?(x: tf.Tensor): tf.Tensor2D;
  /** Where the layer keeps its equivariant part; null if it has none of this kind. */
  readonly own: OwnWeights | null;
}

/** An isometry, up to a factor for each variable, from the layer's weights to its expanded kernel. */
export interface OwnWeights {
  /** The trainable variables, and ‖expand‖²/‖variable‖² for each. */
  readonly variables: readonly { readonly variable: tf.Variable; readonly scale: number }[];
  /** The layer's equivariant part in the layout of W; differentiable. The caller owns it. */
  expand(): tf.Tensor3D;
}

/** What the free weights of a layer add to its own: θ·w of each kind, or nothing. */
export type Additions = Readonly<Partial<Record<RelaxedTerm['kind'], tf.Tensor3D>>>;

/** A layer as linear maps, to which free ones can be added. */
export interface LayerStructure {
  readonly terms: readonly RelaxedTerm[];
  /**
   * The layer with free weights added to its own.
   *
   * @returns its output, and what the relaxed linear map gave: the same, or the directions of a bent
   *   vector.
   */
  apply(inputs: readonly tf.Tensor[], add: Additions): { output: tf.Tensor; map: tf.Tensor };
}

/**
 * The structure of a built layer.
 *
 * @throws RelaxationError for a layer that is no equivariant linear map known here.
 */
export function structureOf(layer: tf.layers.Layer, inputShape: tf.Shape): LayerStructure {
  if (layer instanceof EquivariantLinear) return merged(linearTerms(layer));
  if (layer instanceof VectorLinear) return merged(vectorTerms(layer, inputShape, layer.units));
  if (layer instanceof VectorLeakyReLU) return bent(layer, inputShape);
  if (layer instanceof SetLinear) return merged(setTerms(layer, inputShape));
  if (layer instanceof LiftingConv2d || layer instanceof GroupConv2d)
    return merged(planarTerms(layer, inputShape));
  if (layer instanceof SteerableConv2d) return merged(steerableTerms(layer));
  if (layer instanceof FullyConnectedTensorProduct) return beside(layer, productTerms(layer));
  throw new RelaxationError(layer.name, whyNot(layer));
}

/**
 * The equivariant kernel and θ·W as one kernel: f_eq(x) + θ·Wx costs no second product. Where the layer
 * makes its kernel from few weights anyway, only an addition of kernels is left.
 */
const merged = (terms: readonly RelaxedTerm[]): LayerStructure => ({
  terms,
  apply([x], add) {
    const parts = terms.flatMap(({ kind, own, apply }) => {
      const free = add[kind];
      const kernel = own && free ? tf.add(own.expand(), free) : (own?.expand() ?? free);
      return kernel ? [apply(x, kernel as tf.Tensor3D)] : [];
    });
    const output = parts.reduce((a, b) => tf.add(a, b));
    return { output, map: output };
  },
});

/** The layer as it is, and the free maps of its first input beside it. */
const beside = (layer: tf.layers.Layer, terms: readonly RelaxedTerm[]): LayerStructure => ({
  terms,
  apply(inputs, add) {
    const strict = layer.call([...inputs], {}) as tf.Tensor;
    const free = terms.flatMap(({ kind, apply }) =>
      add[kind] ? [apply(inputs[0], add[kind])] : [],
    );
    const output = free.reduce((a, b) => tf.add(a, b), strict);
    return { output, map: output };
  },
});

/** Vectors are bent along relaxed directions: what is relaxed is the map that makes them. */
function bent(layer: VectorLeakyReLU, inputShape: tf.Shape): LayerStructure {
  const [channels, directions] = layer.weights[0].shape as [number, number];
  const linear = merged(vectorTerms(layer, inputShape, directions ?? channels));
  return {
    terms: linear.terms,
    apply([x], add) {
      const { map } = linear.apply([x], add);
      return { output: layer.bend(x, map), map };
    },
  };
}

const relaxable = [
  EquivariantLinear,
  VectorLinear,
  VectorLeakyReLU,
  SetLinear,
  LiftingConv2d,
  GroupConv2d,
  SteerableConv2d,
  FullyConnectedTensorProduct,
];

/** Whether {@link structureOf} knows the layer. */
export const isRelaxable = (layer: tf.layers.Layer): boolean =>
  relaxable.some((Class) => layer instanceof Class);

/** Layers that are equivariant, and cannot be relaxed all the same. */
const reasons: Readonly<Record<string, string>> = {
  EgnnLayer: 'its dense layers act on invariants, which nothing constrains',
  SteerableMessages: 'relax the updates of the nodes, which are FullyConnectedTensorProducts',
  PointConvolution: 'its kernel is a function of positions, not a matrix',
  TensorProduct: 'it multiplies features channel by channel; relax the EquivariantLinear around it',
  SeparableGroupConv2d: 'its filter is a product of two; use GroupConv2d',
  SetTensorLinear: 'its features lie on pairs, where a free matrix would have n⁴ entries',
};

/** @internal Why a layer cannot be relaxed, and which can. */
export function whyNot(layer: tf.layers.Layer): string {
  const name = layer.getClassName();
  const reason = reasons[name] ? `: ${reasons[name]}` : '';
  return (
    `a ${name} has no equivariant linear map to relax${reason}. Relaxable are ` +
    `${relaxable.map(({ className }) => className).join(', ')}.`
  );
}

function linearTerms(layer: EquivariantLinear): RelaxedTerm[] {
  const input = fieldSide(layer.inputType, layer.name);
  const output = fieldSide(layer.outputType, layer.name);
  const { group } = input.terms[0].representation;
  return [
    {
      kind: 'kernel',
      space: denseSpace(group, input, output),
      apply: applyDense,
      rows: (x) => x.reshape([-1, input.size]) as tf.Tensor2D,
      own: own(layer, /kernel/, 1, () => layer.expandedKernel().expandDims(0)),
    },
    biasTerm(
      group,
      output,
      own(layer, /bias/, 1, () => layer.expandedBias()),
    ),
  ];
}

/** A vector neuron commutes with O(d): W acts on the d·C entries of each feature. */
function vectorTerms(
  layer: VectorLinear | VectorLeakyReLU,
  inputShape: tf.Shape,
  units: number,
): RelaxedTerm[] {
  const [d, channels] = inputShape.slice(-2) as [number, number];
  const group = parseGroup(`O(${d})`);
  const output = entrySide(natural(group), units);
  const expand = () => kronecker(tf.eye(d), layer.weights[0].read() as tf.Tensor2D);
  return [
    {
      kind: 'kernel',
      space: denseSpace(group, entrySide(natural(group), channels), output),
      apply: (x, w) => applyFlattened(x, w, [d, units]),
      rows: (x) => x.reshape([-1, d * channels]) as tf.Tensor2D,
      own: own(layer, /kernel|direction/, d, expand),
    },
    biasTerm(group, output, null, [d, units]),
  ];
}

/** W takes the left features alone, as the code of the paper does with the features of a node. */
function productTerms(layer: FullyConnectedTensorProduct): RelaxedTerm[] {
  const input = fieldSide(layer.inputType, layer.name);
  const output = fieldSide(layer.outputType, layer.name);
  const { group } = input.terms[0].representation;
  return [
    {
      kind: 'kernel',
      space: denseSpace(group, input, output),
      apply: applyDense,
      rows: (x) => x.reshape([-1, input.size]) as tf.Tensor2D,
      own: null,
    },
    biasTerm(group, output, null),
  ];
}

/** W mixes all elements of the set; their number must be known. */
function setTerms(layer: SetLinear, [, n, channels]: tf.Shape): RelaxedTerm[] {
  if (typeof n !== 'number') {
    throw new RelaxationError(layer.name, 'the number of elements of the set must be known.');
  }
  const group = parseGroup(`S${n}`);
  const points = natural(group);
  const output = entrySide(points, layer.units);
  const tail = [n, layer.units];
  const [deviation, mean] = layer.weights.map((weight) => weight.read() as tf.Tensor2D);
  const average = () => tf.div(tf.ones([n, n]), n) as tf.Tensor2D;
  const expand = () =>
    tf.add(
      kronecker(tf.sub(tf.eye(n), average()), deviation),
      kronecker(average(), mean),
    ) as tf.Tensor3D;
  const kernel = own(layer, /deviation|mean/, n - 1, expand)!;
  const scaled = kernel.variables.map((entry) => ({
    ...entry,
    scale: (entry.variable as tf.Tensor) === mean ? 1 : n - 1,
  }));
  return [
    {
      kind: 'kernel',
      space: denseSpace(group, entrySide(points, channels!), output),
      apply: (x, w) => applyFlattened(x, w, tail),
      rows: (x) => x.reshape([-1, n * channels!]) as tf.Tensor2D,
      own: { ...kernel, variables: scaled },
    },
    biasTerm(
      group,
      output,
      own(layer, /bias/, n, () => tf.tile(layer.weights[2].read(), [n])),
      tail,
    ),
  ];
}

function planarTerms(layer: LiftingConv2d | GroupConv2d, inputShape: tf.Shape): RelaxedTerm[] {
  const { group, kernelSize } = layer;
  checkTurnsFilters(layer.name, group);
  const depth = inputShape.at(-1)!;
  const lifts = layer instanceof LiftingConv2d;
  const inputType = lifts
    ? fieldType([trivial(group), depth])
    : fieldType([regular(group), depth / group.order]);
  const input = fieldSide(inputType, layer.name);
  const output = fieldSide(layer.outputType, layer.name);
  return [
    {
      kind: 'kernel',
      space: filterSpace(group, input, output, kernelSize),
      apply: (x, w) => convolve(x as tf.Tensor4D, w, layer),
      own: own(layer, /kernel/, group.order, () => flatFilter(layer.expandedFilter())),
    },
    biasTerm(
      group,
      output,
      own(layer, /bias/, group.order, () => layer.expandedBias()),
    ),
  ];
}

function steerableTerms(layer: SteerableConv2d): RelaxedTerm[] {
  const input = fieldSide(layer.inputType, layer.name);
  const output = fieldSide(layer.outputType, layer.name);
  const { group } = input.terms[0].representation;
  checkTurnsFilters(layer.name, group);
  const { kernelSize, padding, strides } = layer;
  const settings = { kernelSize, padding, strides };
  return [
    {
      kind: 'kernel',
      space: filterSpace(group, input, output, layer.kernelSize),
      apply: (x, w) => convolve(x as tf.Tensor4D, w, settings),
      own: own(layer, /kernel/, 1, () => flatFilter(layer.expandedFilter())),
    },
    biasTerm(
      group,
      output,
      own(layer, /bias/, 1, () => layer.expandedBias()),
    ),
  ];
}

/** @throws RelaxationError for a group that does not map the taps of a filter onto each other. */
function checkTurnsFilters(where: string, group: Group): asserts group is FiniteGroup {
  if (group.kind === 'finite' && /^[CD][124]$/.test(group.name)) return;
  throw new RelaxationError(
    where,
    `${group.name} does not move the taps of a filter onto each other, so a relaxed filter has no ` +
      'exact projection; use C1, C2, C4, D1, D2 or D4.',
  );
}

/** A bias is a map from the invariants. */
function biasTerm(
  group: Group,
  output: Side,
  ownBias: OwnWeights | null,
  tail: readonly number[] = [output.size],
): RelaxedTerm {
  const input = makeSide([{ representation: trivial(group), multiplicity: 1, first: 'channel' }]);
  const space = denseSpace(group, input, output);
  return { kind: 'bias', space, apply: (_, w) => w.reshape([...tail]), own: ownBias };
}

/** The trainable weights whose name matches; null for a bias that is not there. */
function own(
  layer: tf.layers.Layer,
  name: RegExp,
  scale: number,
  expand: () => tf.Tensor,
): OwnWeights | null {
  const found = layer.trainableWeights.filter((weight) => name.test(ownName(weight)));
  if (found.length === 0 && !name.test('kernel')) return null;
  return {
    variables: found.map((weight) => ({ variable: weight.read() as tf.Variable, scale })),
    expand: () =>
      tf.tidy(() => {
        const kernel = expand();
        return (kernel.rank === 3 ? kernel : kernel.reshape([1, 1, -1])) as tf.Tensor3D;
      }),
  };
}

/** A weight's name without the scope, which could hold any word. */
const ownName = ({ name }: tf.LayerVariable): string => name.slice(name.lastIndexOf('/') + 1);

/** y = xW on the last axis. */
function applyDense(x: tf.Tensor, w: tf.Tensor3D): tf.Tensor {
  const [, rows, columns] = w.shape;
  const y = tf.matMul(x.reshape([-1, rows]), w.reshape([rows, columns]) as tf.Tensor2D);
  return y.reshape([...x.shape.slice(0, -1), columns]);
}

/** y = xW on the last two axes as one. */
function applyFlattened(x: tf.Tensor, w: tf.Tensor3D, tail: readonly number[]): tf.Tensor {
  const [, rows, columns] = w.shape;
  const y = tf.matMul(x.reshape([-1, rows]), w.reshape([rows, columns]) as tf.Tensor2D);
  return y.reshape([...x.shape.slice(0, -2), ...tail]);
}

function convolve(
  x: tf.Tensor4D,
  w: tf.Tensor3D,
  settings: { kernelSize: number; padding: 'same' | 'circular'; strides: number },
): tf.Tensor {
  const { kernelSize: k, padding, strides } = settings;
  const filter = w.reshape([k, k, w.shape[1], w.shape[2]]) as tf.Tensor4D;
  if (padding === 'same') return tf.conv2d(x, filter, strides, 'same');
  return tf.conv2d(circularPad2d(x, (k - 1) / 2), filter, strides, 'valid');
}

/** [k, k, in, out] → [k·k, in, out]. */
const flatFilter = (filter: tf.Tensor4D): tf.Tensor =>
  filter.reshape([-1, filter.shape[2], filter.shape[3]]);

/** A ⊗ K as a kernel [1, n·C, n·units] of features with the index of A first. */
function kronecker(a: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor3D {
  const [n, m] = a.shape;
  const [channels, units] = kernel.shape;
  return tf
    .mul(a.reshape([n, 1, m, 1]), kernel.reshape([1, channels, 1, units]))
    .reshape([1, n * channels, m * units]) as tf.Tensor3D;
}
