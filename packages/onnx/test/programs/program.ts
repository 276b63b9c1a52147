/** Random training programs: an input of some kind, a few layers, a head, a loss, a penalty. */
import { sample, sizeOf, type Draw } from '../support/draw.js';
import type { Operand } from '../support/runtime.js';
import { lossNames, type Algebra, type LossName } from './algebra.js';
import { array64, float64, type Array64 } from './float64.js';
import { layersOfRank, Parameters, type Layer } from './layers.js';

export interface Program {
  /** The layers and the loss, to be shown when the program fails. */
  readonly name: string;
  /** The kinds of its layers, as `layersOfRank` calls them. */
  readonly kinds: readonly string[];
  readonly lossName: LossName;
  readonly parameters: readonly Operand[];
  /** The batch of each step: its inputs, or the indices of an embedding's rows. */
  readonly inputs: readonly Operand[];
  readonly targets: readonly Operand[];
  /** The loss of a batch. */
  loss<T>(a: Algebra<T>, input: T, target: T, parameters: readonly T[]): T;
}

/** Larger programs only take longer: what is composed with what matters. */
const largestSize = 400;
export const stepsPerProgram = 2;

const inputShapes: readonly ((draw: Draw, batch: number) => number[])[] = [
  (draw, batch) => [batch, draw.integer(1, 6)],
  (draw, batch) => [batch, draw.integer(1, 5), draw.integer(1, 4)],
  (draw, batch) => [batch, draw.integer(2, 6), draw.integer(2, 6), draw.integer(1, 3)],
];

export function program(draw: Draw): Program {
  const batch = draw.integer(1, 4);
  const shape = draw.pick(inputShapes)(draw, batch);
  const inputs = Array.from({ length: stepsPerProgram }, () => draw.floats(shape, -1.5, 1.5));
  const parameters = new Parameters(draw);
  const layers: Layer[] = [];
  const kinds: string[] = [];
  let x = toArray64(inputs[0]!);
  const append = (layer: Layer): void => {
    x = layer.apply(float64, x, parameters.operands.map(toArray64));
    layers.push(layer);
  };
  for (let count = draw.integer(2, 5); count > 0; count--) {
    const { kind, layer } = drawLayer(draw, x, parameters);
    kinds.push(kind);
    append(layer);
  }
  if (x.shape.length > 2) append(flatten(batch, sizeOf(x.shape) / batch));
  append(layersOfRank[2]!['dense']!(draw, x.shape, parameters));
  // Of one class, a cross entropy is 0.
  const suitable = lossNames.filter(
    (loss) => loss !== 'softmaxCrossEntropy' || x.shape.at(-1)! > 1,
  );
  const name = draw.pick(suitable);
  if (name === 'logLoss') append(probabilities);
  const targets = inputs.map(() => drawTarget(draw, name, x.shape));
  const penalised = draw.bool() ? draw.integer(0, parameters.operands.length - 1) : null;
  return {
    name: [`[${shape}]`, ...layers.map(({ name }) => name), name].join(' → '),
    kinds,
    lossName: name,
    parameters: parameters.operands,
    inputs,
    targets,
    loss: (a, input, target, own) => {
      const prediction = layers.reduce((y, layer) => layer.apply(a, y, own), input);
      const loss = a.loss(name, target, prediction);
      if (penalised === null) return loss;
      const squares = a.reduce('sum', a.unary('square', own[penalised]!), undefined, false);
      return a.binary('add', loss, a.binary('mul', squares, a.constant(Float32Array.of(0.01), [])));
    },
  };
}

export const toArray64 = ({ data, shape }: Operand): Array64 =>
  array64(data as Float32Array, shape);

/** A layer after which the program is not too large and its numbers are neither huge nor odd. */
function drawLayer(draw: Draw, x: Array64, parameters: Parameters) {
  const makers = layersOfRank[x.shape.length]!;
  for (;;) {
    const before = parameters.operands.length;
    const kind = draw.pick(Object.keys(makers));
    const layer = makers[kind]!(draw, x.shape, parameters);
    const y = layer.apply(float64, x, parameters.operands.map(toArray64));
    const isModest = y.data.every((value) => Math.abs(value) < 20);
    if (isModest && sizeOf(y.shape) <= largestSize) return { kind, layer };
    parameters.operands.length = before;
  }
}

const flatten = (batch: number, size: number): Layer => ({
  name: 'flatten',
  apply: (a, x) => a.reshape(x, [batch, size]),
});

/** Numbers between 0.05 and 0.95, as the logarithms of a loss need them. */
const probabilities: Layer = {
  name: 'probabilities',
  apply: (a, x) => {
    const part = a.binary('mul', a.unary('sigmoid', x), a.constant(Float32Array.of(0.9), []));
    return a.binary('add', part, a.constant(Float32Array.of(0.05), []));
  },
};

function drawTarget(draw: Draw, name: LossName, shape: readonly number[]): Operand {
  if (name !== 'softmaxCrossEntropy') return draw.floats(shape, 0, 1);
  const [rows, classes] = shape as [number, number];
  const data = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) data[row * classes + draw.integer(0, classes - 1)] = 1;
  return { data, shape, dtype: 'float32' };
}

export const programs = (count: number, seed: number): Program[] => sample(program, count, seed);
