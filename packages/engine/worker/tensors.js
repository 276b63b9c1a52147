// What both ways of training need of ONNX Runtime's tensors.
import { Tensor } from 'onnxruntime-node';

/** @typedef {{ name: string, dtype: string, shape: readonly number[] }} Type */

export const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** Tensors by name, of arrays by name. */
export const tensorsOf = (types, data) =>
  Object.fromEntries(
    types.map(({ name, dtype, shape }) => [name, new Tensor(dtype, data[name], shape)]),
  );

export const dataOf = (results, names) =>
  Object.fromEntries(names.map((name) => [name, results[name].data]));

/** What all steps of a call are fed with: their number, and their batches one behind the other. */
export const batchFeeds = (stepsInput, steps, inputs, batches) => {
  const stacked = inputs.map(({ name, dtype, shape }) => {
    const elements = batches[name].subarray(0, steps * sizeOf(shape));
    return [name, new Tensor(dtype, elements, [steps, ...shape])];
  });
  return { ...Object.fromEntries(stacked), [stepsInput]: new Tensor('int64', [BigInt(steps)], []) };
};
