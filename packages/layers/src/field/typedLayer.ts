/**
 * Layers that know the field types of their input and output. When one is applied in a model, the
 * type of what it is applied to is followed back through the graph, and a type that does not fit is
 * refused by name: sizes alone often agree by accident.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import type { PoolMode } from '../pooling/reduction.js';
import type { FiniteGroup } from '@intertwiner/groups';
import { describeType, joinTypes, sameType, type FieldTerm, type FieldType } from './fieldType.js';

/** tfjs layers that act on each entry by itself. */
const pointwise = new Set(['Activation', 'ELU', 'LeakyReLU', 'ReLU', 'ThresholdedReLU']);

/** Layers that take regular fields and leave their type as it is. */
const keepsType = new Set([
  'GlobalPool',
  'GroupBatchNormalization',
  'GroupInstanceNormalization',
  'GroupLayerNormalization',
  'SpatialPool2d',
]);

export type ApplyInputs = Parameters<tf.layers.Layer['apply']>[0];
export type ApplyKwargs = Parameters<tf.layers.Layer['apply']>[1];

/** @internal */
export abstract class TypedLayer extends tf.layers.Layer implements TypedOutput {
  /** The field type of the feature axis (the last one) of the input. */
  abstract get inputType(): FieldType;
  /** The field type of the feature axis of the output. */
  abstract get outputType(): FieldType;

  override apply(inputs: ApplyInputs, kwargs?: ApplyKwargs): ReturnType<tf.layers.Layer['apply']> {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    const types = this.inputTypes;
    list.forEach((input, i) => this.#checkFits(input, types[i] ?? null));
    return super.apply(inputs, kwargs);
  }

  /** The type of every input; null for one that carries none. */
  get inputTypes(): readonly (FieldType | null)[] {
    return [this.inputType];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    return [...shape.slice(0, -1), this.outputType.size];
  }

  #checkFits(input: tf.Tensor | tf.SymbolicTensor, expected: FieldType | null): void {
    if (!expected) return;
    if (input.shape.at(-1) !== expected.size) {
      throw new LayerError(
        this.name,
        `expected a feature axis of ${expected.size} (${describeType(expected)}), ` +
          `got shape [${input.shape.map((length) => length ?? 'null').join(', ')}].`,
      );
    }
    const found = typeOf(input);
    if (found && !sameType(found, expected)) {
      throw new LayerError(
        this.name,
        `expected ${describeType(expected)}, but its input carries ${describeType(found)}; ` +
          'put an EquivariantLinear between them.',
      );
    }
  }
}

/** A layer that knows the field type of its output. */
export interface TypedOutput {
  readonly outputType: FieldType;
}

/**
 * The field type that the input of a layer carries, or null where no layer before it knows.
 *
 * @throws {LayerError} if a nonlinearity on the way has broken the symmetry.
 */
export function typeOf(input: tf.Tensor | tf.SymbolicTensor): FieldType | null {
  if (!('sourceLayer' in input)) return null;
  const layer = input.sourceLayer;
  if ('outputType' in layer) return (layer as unknown as TypedOutput).outputType;
  const name = layer.getClassName();
  if (name === 'Concatenate') return joined(input.inputs.map(typeOf));
  if (name === 'Add') return common(input.inputs.map(typeOf));
  const isPointwise = pointwise.has(name);
  if (!isPointwise && !keepsType.has(name)) return null;
  const type = typeOf(input.inputs[0]);
  if (type && isPointwise) checkPointwise(type, layer.name, 'a nonlinearity of single entries');
  return type;
}

/** The direct sum of types laid side by side, if all are known. */
function joined(types: readonly (FieldType | null)[]): FieldType | null {
  return types.reduce((sum, type) => sum && type && joinTypes(sum, type));
}

/** The type that all agree on, if all are known. */
function common([first, ...rest]: readonly (FieldType | null)[]): FieldType | null {
  return first && rest.every((type) => type && sameType(first, type)) ? first : null;
}

/**
 * @param instead what to use for other types, for the message.
 * @throws {LayerError} if the input's type is known, and not of channels whose |G| entries are permuted.
 */
export function checkRegular(
  input: ApplyInputs,
  { name, order }: FiniteGroup,
  where: string,
  instead: string,
): void {
  const type = typeOf(Array.isArray(input) ? input[0] : input);
  const fits = (term: FieldTerm) => term.action === 'permutation' && term.dimension === order;
  if (!type || order === 1 || type.terms.every(fits)) return;
  throw new LayerError(
    where,
    `expected regular fields of ${name}, but its input carries ${describeType(type)}; use ${instead} ` +
      'for other types.',
  );
}

/**
 * @throws {LayerError} if a nonlinearity before has broken the symmetry, or the input's type is known
 *   and taking maxima of single entries breaks it.
 */
export function checkPool(mode: PoolMode, input: ApplyInputs, where: string): void {
  const type = typeOf(Array.isArray(input) ? input[0] : input);
  if (!type || mode === 'mean') return;
  const bad = type.terms.find(({ action }) => action !== 'trivial' && action !== 'permutation');
  if (!bad) return;
  throw new LayerError(
    where,
    `the maximum of single entries is not equivariant on ${bad.name} of ${type.group} ` +
      `(${bad.action}); use mode 'mean' there.`,
  );
}

/**
 * @param what the nonlinearity, for the message.
 * @param odd whether it is an odd function, which also commutes with changes of sign.
 * @throws {LayerError} if a term mixes entries, so that acting on each alone breaks the symmetry.
 */
export function checkPointwise(type: FieldType, where: string, what: string, odd = false): void {
  const allowed = odd
    ? ['trivial', 'permutation', 'signed permutation']
    : ['trivial', 'permutation'];
  const bad = type.terms.find(({ action }) => !allowed.includes(action));
  if (!bad) return;
  throw new LayerError(
    where,
    `${what} is not equivariant on ${bad.name} of ${type.group} (${bad.action}); ` +
      'use NormActivation or GatedActivation there, or a permutation representation such as the ' +
      'regular one.',
  );
}
