import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import type { AsyncBatchFunction } from './plan.js';

/**
 * A model outside of tfjs, such as what `loadModel` of `@intertwiner/engine` makes of an ONNX file: all
 * that the measures and symmetrisers need to know of it.
 */
export interface ModelSession {
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
  run(
    feeds: Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>,
  ): Promise<
    Record<string, { readonly data: ArrayLike<number | bigint>; readonly shape: readonly number[] }>
  >;
}

/**
 * A session as a function of a batch, to be measured or symmetrised.
 *
 * @param names which input and output to use, where there are several.
 * @throws {LayerError} if the session has several and none is named, or none of that name.
 */
export function sessionFunction(
  session: ModelSession,
  names: { readonly input?: string; readonly output?: string } = {},
): AsyncBatchFunction {
  const input = pick(session.inputs, names.input, 'input');
  const output = pick(session.outputs, names.output, 'output');
  return async (x) => {
    const data = (await x.data()) as Float32Array;
    const results = await session.run({ [input]: { data, shape: x.shape } });
    const y = results[output];
    return tf.tensor(Float32Array.from(y.data, Number), [...y.shape]);
  };
}

function pick(
  declared: readonly { readonly name: string }[],
  wanted: string | undefined,
  what: 'input' | 'output',
): string {
  const known = declared.map(({ name }) => name);
  if (wanted === undefined && known.length === 1) return known[0];
  if (wanted !== undefined && known.includes(wanted)) return wanted;
  const asked =
    wanted === undefined ? `name one ${what} of` : `there is no ${what} '${wanted}' among`;
  throw new LayerError('sessionFunction', `${asked} ${known.join(', ')}.`);
}
