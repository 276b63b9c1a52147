import type * as tf from '@tensorflow/tfjs';
import { describeType } from '../field/fieldType.js';
import { typeOf } from '../field/typedLayer.js';

/** How many numbers a model consists of. */
export interface ParameterCount {
  /** What training changes. */
  readonly trainable: number;
  /** What it does not: bases of intertwiners and moving statistics, saved along. */
  readonly fixed: number;
}

/** The exact number of parameters of a built layer or model. */
export function countParameters(of: tf.layers.Layer | tf.LayersModel): ParameterCount {
  const trained = new Set(of.trainableWeights);
  const count = (weights: readonly tf.LayerVariable[]) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((n, d) => n * d!, 1), 0);
  return {
    trainable: count([...trained]),
    fixed: count([...new Set(of.weights)].filter((weight) => !trained.has(weight))),
  };
}

/** One line of a {@link summary}. */
interface Row {
  readonly layer: string;
  readonly shape: string;
  readonly field: string;
  readonly trainable: string;
  readonly fixed: string;
}

/**
 * A model in words: for every layer its class, the shape and the representation of what it returns,
 * parameters trained and fixed, and defects that were accepted. Fields of unknown type have a dash.
 */
export function summary(model: tf.LayersModel): string {
  const rows = model.layers.map(rowOf);
  const { trainable, fixed } = countParameters(model);
  const head = {
    layer: 'layer',
    shape: 'output',
    field: 'field',
    trainable: 'trained',
    fixed: 'fixed',
  };
  const total = {
    layer: 'total',
    shape: '',
    field: '',
    trainable: String(trainable),
    fixed: String(fixed),
  };
  return table([head, ...rows, total]);
}

function rowOf(layer: tf.layers.Layer): Row {
  const outputs = [layer.output].flat();
  const { trainable, fixed } = countParameters(layer);
  return {
    layer: `${layer.name} (${layer.getClassName()})`,
    shape: outputs.map(({ shape }) => `[${shape.map((d) => d ?? 'B').join(', ')}]`).join(' '),
    field: outputs.map(fieldOf).join('; ') + defectsOf(layer),
    trainable: String(trainable),
    fixed: String(fixed),
  };
}

function fieldOf(tensor: tf.SymbolicTensor): string {
  try {
    const type = typeOf(tensor);
    return type ? describeType(type) : '–';
  } catch (error) {
    return `broken: ${(error as Error).message}`;
  }
}

/** Defects that a layer was built with. */
function defectsOf(layer: tf.layers.Layer): string {
  const { strideDefect = 0, interpolationDefect = 0 } = layer as {
    strideDefect?: number;
    interpolationDefect?: number;
  };
  const stride = strideDefect > 0 ? ` (stride defect ${strideDefect.toFixed(2)})` : '';
  const filters =
    interpolationDefect > 0 ? ` (interpolation defect ${interpolationDefect.toFixed(2)})` : '';
  return stride + filters;
}

function table(rows: readonly Row[]): string {
  const columns = ['layer', 'shape', 'field', 'trainable', 'fixed'] as const;
  const isNumber = (column: (typeof columns)[number]) =>
    column === 'trainable' || column === 'fixed';
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      columns
        .map((column, i) =>
          isNumber(column) ? row[column].padStart(widths[i]) : row[column].padEnd(widths[i]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
