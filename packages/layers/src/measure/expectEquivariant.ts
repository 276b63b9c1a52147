import * as tf from '@tensorflow/tfjs';
import type { ElementOf, Group } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { joinTypes, type FieldType } from '../field/fieldType.js';
import { restrictType, type Subgroup } from '../field/restrictType.js';
import { assertEquivariant, type AssertEquivariantOptions } from './assertEquivariant.js';
import type { EquivarianceReport } from './equivarianceError.js';
import { fieldAction, type FieldActionOptions } from './fieldAction.js';

/** A layer that knows the field types of its inputs and of its output. */
export interface TypedFunction {
  readonly name: string;
  /** One per input; null for an input that carries none. */
  readonly inputTypes: readonly (FieldType | null)[];
  readonly outputType: FieldType;
  apply(inputs: tf.Tensor | tf.Tensor[]): unknown;
}

export interface ExpectEquivariantOptions extends FieldActionOptions {
  /** Side of the output image, where it is not that of the input. */
  readonly outputImage?: { readonly height: number; readonly width: number };
  /**
   * Measure under a subgroup only: for instance the quarter turns of C8, which are exact on pixels
   * where its other elements are as good as the sampling.
   */
  readonly subgroup?: Subgroup;
  /** Largest error that passes, default 1e-5 (float32 rounding). */
  readonly tolerance?: number;
  /** Number of Gaussian inputs, default 4. */
  readonly samples?: number;
  readonly seed?: number;
  /** Elements to measure; default all of a finite group, 16 random ones of another. */
  readonly elements?: readonly unknown[];
}

/**
 * Measures a layer whose field types are known under its own group, and throws if it is not
 * equivariant; for tests in any framework:
 *
 *     await expectEquivariant(layer, { leading: [] });
 *     await expectEquivariant(convolution, { image: { height: 8, width: 8 } });
 *
 * Several inputs are laid side by side on the last axis. For a function or a layer without types use
 * `assertEquivariant` and say how the group acts.
 *
 * @throws {Error} naming the group element with the largest error.
 * @throws {LayerError} if an input has no type.
 */
export async function expectEquivariant(
  layer: TypedFunction,
  options: ExpectEquivariantOptions = {},
): Promise<EquivarianceReport<Group>> {
  const { subgroup, leading, image, outputImage, tolerance, seed, samples = 4 } = options;
  const types = layer.inputTypes.map((type) => {
    if (type) return type;
    throw new LayerError(layer.name, 'has an input without a field type; use assertEquivariant.');
  });
  const seen = (type: FieldType) => (subgroup ? restrictType(type, subgroup) : type);
  const input = fieldAction(seen(types.reduce(joinTypes)), {
    leading,
    image,
  } as FieldActionOptions);
  const output = fieldAction(seen(layer.outputType), {
    leading,
    image: outputImage ?? image,
  } as FieldActionOptions);
  const f = (x: tf.Tensor): tf.Tensor => {
    const sizes = types.map(({ size }) => size);
    const inputs = sizes.length === 1 ? x : tf.split(x, sizes, x.rank - 1);
    return layer.apply(inputs) as tf.Tensor;
  };
  const given = options.elements as readonly ElementOf<Group>[] | undefined;
  return assertEquivariant<Group>(f, {
    group: input.group,
    input,
    output,
    samples,
    ...(seed !== undefined && { seed }),
    ...(tolerance !== undefined && { tolerance }),
    ...(given && { elements: given }),
  } as AssertEquivariantOptions<Group>);
}
