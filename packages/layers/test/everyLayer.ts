/**
 * Every layer with every kind of group it takes and random representations of it, for laws that all of
 * them keep.
 */
import * as tf from '@tensorflow/tfjs';
import {
  group,
  homomorphism,
  induce,
  irreps,
  natural,
  regular,
  trivial,
  type FiniteGroup,
  type Group,
  type Representation,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  EgnnLayer,
  EquivariantLinear,
  fieldAction,
  FieldActivation,
  FieldBatchNormalization,
  FieldInstanceNormalization,
  FieldLayerNormalization,
  FieldNorms,
  fieldType,
  FourierActivation,
  FullyConnectedTensorProduct,
  GatedActivation,
  gatedType,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupInstanceNormalization,
  GroupLayerNormalization,
  GroupPool,
  harmonicsType,
  imageAction,
  invariant,
  LiftingConv2d,
  NormActivation,
  ParticleInputs,
  particleType,
  permutationAction,
  planarType,
  PointConvolution,
  RadialBasis,
  restrictType,
  scalars,
  SetLinear,
  SetPool,
  SetTensorLinear,
  SpatialPool2d,
  SeparableGroupConv2d,
  SphericalHarmonics,
  SteerableConv2d,
  SteerableGeometry,
  SteerableMessages,
  TensorProduct,
  vectorAction,
  VectorBatchNormalization,
  VectorInvariants,
  VectorLeakyReLU,
  VectorLinear,
  VectorNeighbours,
  VectorPool,
  type Action,
  type FieldType,
  type SetOrder,
} from '@intertwiner/layers';

// Element types differ between the kinds of groups; a case's actions are of one group.
export type AnyAction = Action<Group>;

export interface LayerCase {
  readonly id: string;
  readonly make: (name: string) => tf.layers.Layer;
  /** How the group acts on every input and output. */
  readonly inputs: readonly AnyAction[];
  readonly outputs: readonly AnyAction[];
  /** The actions of the inverse transposes, where they are others: on gradients. */
  readonly dualInputs?: readonly AnyAction[];
  readonly dualOutputs?: readonly AnyAction[];
  /** Shapes of one sample, where the actions leave them open. */
  readonly shapes?: readonly (readonly number[])[];
  /** Bound on relative errors; default that of one layer's sums. */
  readonly tolerance?: number;
}

const compact = ['C3', 'D4', 'S4', 'Q8', 'C2xS3', 'SO(2)', 'O(2)', 'SO(3)', 'O(3)', 'SU(2)'];
const planar = ['C1', 'C2', 'C4', 'D1', 'D2', 'D4'];
const n = 4;

/** Representations of a group of dimension up to 9. */
function pool(g: Group): Representation[] {
  const v = natural(g);
  const found: Representation[] = [trivial(g), v];
  if (v.dimension <= 3) found.push(v.times(v));
  if (g.kind === 'finite') {
    const finite = g as FiniteGroup;
    if (finite.order <= 8) found.push(regular(finite) as Representation);
    found.push(...(irreps(finite, 'R') as readonly unknown[] as Representation[]));
  } else {
    found.push(v.dual());
  }
  return found.filter(({ dimension }) => dimension <= 9);
}

/** A random type of up to 3 terms, the same for the same path. */
function randomType(g: Group, path: string, keep: (type: FieldType) => boolean = () => true) {
  const stream = random(7, 'types', g.name, path);
  const reps = pool(g);
  for (;;) {
    const terms = Array.from({ length: 1 + stream.integer(3) }, () => {
      return [reps[stream.integer(reps.length)], 1 + stream.integer(3)] as const;
    });
    const type = fieldType(...terms);
    if (type.size <= 24 && keep(type)) return type;
  }
}

const dual = (type: FieldType): FieldType =>
  fieldType(...type.terms.map((t) => [t.representation!.dual(), t.multiplicity] as const));

const on = (type: FieldType, ...leading: number[]) => fieldAction(type, { leading });

/** Actions on values and on gradients of layers between field types. */
function typed(inputs: FieldType[], output: FieldType, ...leading: number[]) {
  const act = (type: FieldType) => on(type, ...leading);
  return {
    inputs: inputs.map(act),
    outputs: [act(output)],
    dualInputs: inputs.map((type) => act(dual(type))),
    dualOutputs: [act(dual(output))],
  };
}

const any = (action: unknown) => action as AnyAction;

function linearCases(): LayerCase[] {
  return [...compact, 'SO(1,3)', 'Sp(4)', 'S5'].flatMap((name) => {
    const g = group(name);
    const [input, right] = ['in', 'right'].map((path) => randomType(g, path));
    // With a term of the input, so that there are maps between them.
    const shared = new Set(input.terms.map((term) => term.name));
    const output = randomType(g, 'out', ({ terms }) => terms.some((t) => shared.has(t.name)));
    const one = (type: FieldType, c: number) =>
      fieldType(...type.terms.map((t) => [t.representation!, c] as const));
    const [left2, right2, out2] = [input, right, output].map((type) => one(type, 2));
    return [
      {
        id: `EquivariantLinear ${name}`,
        make: (layer) => new EquivariantLinear({ input, output, name: layer }),
        ...typed([input], output, 2),
      },
      {
        id: `GatedActivation ${name}`,
        make: (layer) => new GatedActivation({ type: output, name: layer }),
        ...typed([gatedType(output)], output),
      },
      {
        id: `TensorProduct ${name}`,
        make: (layer) =>
          new TensorProduct({ left: left2, right: right2, output: out2, name: layer }),
        ...typed([left2, right2], out2),
      },
      {
        id: `FullyConnectedTensorProduct ${name}`,
        make: (layer) =>
          new FullyConnectedTensorProduct({ left: input, right, output, name: layer }),
        ...typed([input, right], output),
      },
    ] satisfies LayerCase[];
  });
}

function lengthCases(): LayerCase[] {
  return compact.flatMap((name) => {
    const type = randomType(group(name), 'lengths');
    const norms = new FieldNorms({ type }).outputType;
    const acts = typed([type], type, 3);
    return [
      {
        id: `NormActivation ${name}`,
        make: (layer) => new NormActivation({ type, name: layer }),
        ...acts,
      },
      ...(name === 'D4' ? [inducedCase()] : []),
      {
        id: `FieldNorms ${name}`,
        make: (layer) => new FieldNorms({ type, name: layer }),
        ...typed([type], norms, 3),
      },
      ...[FieldBatchNormalization, FieldInstanceNormalization, FieldLayerNormalization].map(
        (Layer): LayerCase => ({
          id: `${Layer.className} ${name}`,
          make: (layer) => new Layer({ type, name: layer }),
          ...acts,
        }),
      ),
    ] satisfies LayerCase[];
  });
}

/** Norms of the blocks of a representation of C4, induced to D4. */
function inducedCase(): LayerCase {
  const [c4, d4] = ['C4', 'D4'].map((name) => group(name) as FiniteGroup);
  const rotations = d4.elements.filter((g) => {
    const [a, b, c, d] = natural(d4).matrix(g);
    return a * d - b * c > 0;
  });
  const like = (m: Float64Array) =>
    rotations.find((g) =>
      natural(d4)
        .matrix(g)
        .every((x, at) => Math.abs(x - m[at]) < 1e-9),
    )!;
  const inclusion = homomorphism(
    c4,
    d4,
    c4.generators.map((g) => like(natural(c4).matrix(g))),
  );
  const type = fieldType([induce(natural(c4), inclusion) as Representation, 2]);
  return {
    id: 'NormActivation induced',
    make: (layer) => new NormActivation({ type, blockSize: 2, name: layer }),
    ...typed([type], type, 3),
  };
}

function permutationCases(): LayerCase[] {
  return ['C5', 'D4', 'S4', 'Q8', 'Z6'].flatMap((name) => {
    const g = group(name);
    const type = randomType(g, 'permuted', ({ terms }) =>
      terms.every(({ action }) => action === 'trivial' || action === 'permutation'),
    );
    const finite = g as FiniteGroup;
    const regularType = fieldType([regular(finite), 2]);
    const acts = typed([regularType], regularType, 3);
    return [
      {
        id: `FieldActivation ${name}`,
        make: (layer) => new FieldActivation({ type, activation: 'silu', name: layer }),
        ...typed([type], type),
      },
      {
        id: `GroupPool ${name}`,
        make: (layer) => new GroupPool({ group: finite, name: layer }),
        ...typed([regularType], scalars(g, 2), 3),
      },
      ...[GroupBatchNormalization, GroupLayerNormalization, GroupInstanceNormalization].map(
        (Layer): LayerCase => ({
          id: `${Layer.className} ${name}`,
          make: (layer) => new Layer({ group: finite, name: layer }),
          ...acts,
        }),
      ),
    ] satisfies LayerCase[];
  });
}

function planarCases(): LayerCase[] {
  const side = 4;
  const size = { height: side, width: side };
  const cases = planar.flatMap((name): LayerCase[] => {
    const g = group(name) as FiniteGroup;
    const field = (channels: number, height = side) =>
      any(
        imageAction(g, { height, width: height, channels: channels * g.order, field: 'regular' }),
      );
    const [input, output] = ['in', 'out'].map((path) => randomType(g, path));
    return [
      {
        id: `LiftingConv2d ${name}`,
        make: (layer) => new LiftingConv2d({ group: g, filters: 2, kernelSize: 3, name: layer }),
        inputs: [any(imageAction(g, { ...size, channels: 2 }))],
        outputs: [field(2)],
      },
      {
        id: `GroupConv2d ${name}`,
        make: (layer) =>
          new GroupConv2d({
            group: g,
            filters: 2,
            kernelSize: 3,
            padding: 'circular',
            name: layer,
          }),
        inputs: [field(2)],
        outputs: [field(2)],
      },
      {
        id: `SeparableGroupConv2d ${name}`,
        make: (layer) =>
          new SeparableGroupConv2d({ group: g, filters: 2, kernelSize: 3, name: layer }),
        inputs: [field(2)],
        outputs: [field(2)],
      },
      {
        id: `SpatialPool2d ${name}`,
        make: (layer) => new SpatialPool2d({ name: layer }),
        inputs: [field(2)],
        outputs: [field(2, 2)],
      },
      {
        id: `GlobalPool ${name}`,
        make: (layer) => new GlobalPool({ mode: 'max', name: layer }),
        inputs: [field(2)],
        outputs: [on(fieldType([regular(g), 2]))],
      },
      {
        id: `SteerableConv2d ${name}`,
        make: (layer) => new SteerableConv2d({ input, output, kernelSize: 3, name: layer }),
        inputs: [fieldAction(input, { image: size })],
        outputs: [fieldAction(output, { image: size })],
      },
    ];
  });
  // Interpolated filters under the turns that are exact on pixels.
  for (const [name, exact] of [
    ['C8', 'C4'],
    ['D6', 'D2'],
  ] as const) {
    const g = group(name) as FiniteGroup;
    const field = fieldAction(
      restrictType(fieldType([regular(g) as Representation, 1]), group(exact) as FiniteGroup),
      { image: size },
    );
    const scalar = fieldAction(scalars(group(exact), 2), { image: size });
    const args = { group: g, filters: 1, kernelSize: 3, interpolation: 'bilinear' } as const;
    cases.push(
      {
        id: `LiftingConv2d ${name}`,
        make: (layer) => new LiftingConv2d({ ...args, name: layer }),
        inputs: [scalar],
        outputs: [field],
      },
      {
        id: `GroupConv2d ${name}`,
        make: (layer) => new GroupConv2d({ ...args, name: layer }),
        inputs: [field],
        outputs: [field],
      },
      {
        id: `SeparableGroupConv2d ${name}`,
        make: (layer) => new SeparableGroupConv2d({ ...args, name: layer }),
        inputs: [field],
        outputs: [field],
      },
    );
  }
  // Sampled filters under the turns that are exact on pixels.
  const sampled = Object.entries({
    C8: 'C4',
    D8: 'D4',
    D3: 'D1',
    C6: 'C2',
    'SO(2)': 'C4',
    'O(2)': 'D4',
  });
  for (const [name, exact] of sampled) {
    const [input, output] = ['in', 'out'].map((path) => randomType(group(name), path));
    const seen = (type: FieldType) =>
      fieldAction(restrictType(type, group(exact) as FiniteGroup), { image: size });
    cases.push({
      id: `SteerableConv2d ${name}`,
      make: (layer) => new SteerableConv2d({ input, output, kernelSize: 5, name: layer }),
      inputs: [seen(input)],
      outputs: [seen(output)],
    });
    const type = planarType(group(name), name === 'D3' ? 1 : 2, 2);
    const isLie = name.includes('(');
    const samples = on(isLie ? restrictType(type, group(exact) as FiniteGroup) : type);
    cases.push({
      id: `FourierActivation ${name}`,
      make: (layer) => new FourierActivation({ type, name: layer }),
      inputs: [samples],
      outputs: [samples],
    });
  }
  return cases;
}

/** S_n permuting one or two axes of n in front of the features. */
function permuted(axes: 0 | 1 | 2, features: number): AnyAction {
  const g = group(`S${n}`) as FiniteGroup;
  if (axes === 0) return any({ ...invariant(g), sampleShape: [features] });
  if (axes === 1) return any(vectorAction(natural(g), [], [features]));
  const v = natural(g);
  return any(
    permutationAction(g, [n, n, features], (element) => {
      const matrix = v.matrix(element);
      const source = (i: number) => matrix.subarray(i * n, (i + 1) * n).indexOf(1);
      return Int32Array.from({ length: n * n * features }, (_, at) => {
        const [i, j, c] = [
          Math.floor(at / (n * features)),
          Math.floor(at / features) % n,
          at % features,
        ];
        return (source(i) * n + source(j)) * features + c;
      });
    }),
  );
}

function setCases(): LayerCase[] {
  const orders = [1, 2] as const;
  return [
    {
      id: 'SetLinear S4',
      make: (name) => new SetLinear({ units: 3, name }),
      inputs: [permuted(1, 2)],
      outputs: [permuted(1, 3)],
    },
    {
      id: 'SetPool S4',
      make: (name) => new SetPool({ mode: 'max', name }),
      inputs: [permuted(1, 3)],
      outputs: [permuted(0, 3)],
    },
    ...orders.flatMap((from) =>
      orders.map((to: SetOrder): LayerCase => ({
        id: `SetTensorLinear ${from}→${to} S4`,
        make: (name) => new SetTensorLinear({ from, to, units: 2, name }),
        inputs: [permuted(from, 3)],
        outputs: [permuted(to, 2)],
      })),
    ),
  ];
}

function vectorCases(): LayerCase[] {
  return ['O(2)', 'SO(3)', 'O(3)', 'O(5)'].flatMap((name): LayerCase[] => {
    const v = natural(group(name));
    const at = (channels: number) => vectorAction(v, [n], [channels]);
    return [
      {
        id: `VectorLinear ${name}`,
        make: (layer) => new VectorLinear({ units: 3, name: layer }),
        inputs: [at(2)],
        outputs: [at(3)],
      },
      {
        id: `VectorLeakyReLU ${name}`,
        make: (layer) => new VectorLeakyReLU({ name: layer }),
        inputs: [at(3)],
        outputs: [at(3)],
        // Quotients by squared lengths of learned directions, which may be small.
        tolerance: 5e-5,
      },
      {
        id: `VectorNeighbours ${name}`,
        make: (layer) =>
          new VectorNeighbours({ neighbours: 2, cross: name === 'SO(3)', name: layer }),
        inputs: [at(2)],
        outputs: [vectorAction(v, [2 * n], [name === 'SO(3)' ? 6 : 4])],
      },
      {
        id: `VectorPool mean ${name}`,
        make: (layer) => new VectorPool({ size: 2, name: layer }),
        inputs: [at(3)],
        outputs: [vectorAction(v, [n / 2], [3])],
      },
      {
        id: `VectorPool max ${name}`,
        make: (layer) => new VectorPool({ mode: 'max', name: layer }),
        inputs: [at(3)],
        outputs: [vectorAction(v, [], [3])],
      },
      {
        id: `VectorBatchNormalization ${name}`,
        make: (layer) => new VectorBatchNormalization({ name: layer }),
        inputs: [at(3)],
        outputs: [at(3)],
      },
      {
        id: `VectorInvariants ${name}`,
        make: (layer) => new VectorInvariants({ name: layer }),
        inputs: [at(3)],
        outputs: [on(scalars(v.group, 9), n)],
      },
    ];
  });
}

function graphCases(): LayerCase[] {
  const cases: LayerCase[] = [];
  for (const name of ['O(2)', 'SO(3)', 'O(3)']) {
    const g = group(name);
    const v = on(fieldType([natural(g), 1]), n);
    const scalar = (k: number) => on(scalars(g, k), n);
    cases.push({
      id: `EgnnLayer ${name}`,
      make: (layer) => new EgnnLayer({ units: 3, edgeFeatures: 2, name: layer }),
      inputs: [scalar(3), v, v, on(scalars(g, 2), n, n)],
      outputs: [scalar(3), v, v],
      tolerance: 5e-5,
    });
  }
  cases.push({
    id: 'EgnnLayer S4',
    make: (layer) => new EgnnLayer({ units: 3, edgeFeatures: 2, name: layer }),
    inputs: [permuted(1, 3), permuted(1, 3), permuted(1, 3), permuted(2, 2)],
    outputs: [permuted(1, 3), permuted(1, 3), permuted(1, 3)],
    tolerance: 5e-5,
  });
  for (const name of ['SO(3)', 'O(3)'] as const) {
    const g = group(name);
    const v = on(fieldType([natural(g), 1]), n);
    const input = randomType(g, 'graph');
    const output = randomType(g, 'messages');
    const attributes = harmonicsType(name, 2);
    const spins = harmonicsType(name, 1, 2);
    cases.push(
      {
        id: `SteerableGeometry ${name}`,
        make: (layer) => new SteerableGeometry({ degree: 2, group: name, name: layer }),
        inputs: [v, v],
        outputs: [on(attributes, n, n), on(attributes, n), on(scalars(g, 1), n, n)],
        // Directions of near points magnify roundings.
        tolerance: 5e-5,
      },
      {
        id: `SteerableMessages ${name}`,
        make: (layer) =>
          new SteerableMessages({ input, attributes, output, edgeScalars: 2, name: layer }),
        inputs: [on(input, n), on(attributes, n, n), on(scalars(g, 2), n, n)],
        outputs: [on(output, n)],
        tolerance: 2e-5,
      },
      {
        id: `SphericalHarmonics ${name}`,
        make: (layer) => new SphericalHarmonics({ degree: 3, group: name, name: layer }),
        inputs: [v],
        outputs: [on(harmonicsType(name, 3), n)],
        tolerance: 5e-5,
      },
      ...(['gaussian', 'bessel'] as const).map((kind): LayerCase => ({
        id: `RadialBasis ${kind} ${name}`,
        make: (layer) => new RadialBasis({ size: 4, cutoff: 3, kind, name: layer }),
        inputs: [on(scalars(g, 1), n)],
        outputs: [on(scalars(g, 4), n)],
      })),
      {
        id: `PointConvolution ${name}`,
        make: (layer) =>
          new PointConvolution({ input: spins, output: spins, degree: 2, cutoff: 5, name: layer }),
        inputs: [on(spins, n), v],
        outputs: [on(spins, n)],
        tolerance: 5e-5,
      },
    );
  }
  const input = harmonicsType('O(3)', 1, 2);
  const attributes = harmonicsType('O(3)', 1);
  cases.push(
    {
      id: 'SteerableMessages S4',
      make: (layer) => new SteerableMessages({ input, attributes, output: input, name: layer }),
      inputs: [permuted(1, input.size), permuted(2, attributes.size)],
      outputs: [permuted(1, input.size)],
      tolerance: 2e-5,
    },
    {
      id: 'ParticleInputs O(3)',
      make: (layer) => new ParticleInputs({ name: layer }),
      inputs: [3, 3, 1].map((k) =>
        on(k === 3 ? fieldType([natural(group('O(3)')), 1]) : scalars(group('O(3)'), 1), n),
      ),
      outputs: [
        on(particleType(), n),
        on(scalars(group('O(3)'), 1), n),
        on(scalars(group('O(3)'), 1), n, n),
      ],
    },
  );
  return cases;
}

/** All cases. */
export function layerCases(): LayerCase[] {
  return [
    ...linearCases(),
    ...lengthCases(),
    ...permutationCases(),
    ...planarCases(),
    ...setCases(),
    ...vectorCases(),
    ...graphCases(),
  ];
}

/** Shapes of one sample of every input. */
export function sampleShapes({ inputs, shapes }: LayerCase): number[][] {
  return inputs.map(({ sampleShape }, i) => [...(shapes?.[i] ?? sampleShape!)]);
}

/** The layer as a function of a list of inputs that returns a list of outputs. */
export function asFunction(layer: tf.layers.Layer): (inputs: tf.Tensor[]) => tf.Tensor[] {
  return (inputs) => {
    const outputs = layer.apply(inputs.length === 1 ? inputs[0] : inputs);
    return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
  };
}
