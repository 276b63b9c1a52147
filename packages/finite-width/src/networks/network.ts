import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';

/** A network with weights: a differentiable function of vectors. */
export interface Network {
  readonly name: string;
  /** Numbers per input. */
  readonly inputSize: number;
  readonly outputs: number;
  /** What training changes, and what the empirical NTK differentiates by. */
  readonly variables: readonly tf.Variable[];
  /** [B, inputSize] → [B, outputs]; every row of the result depends on its own input alone. */
  apply(x: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

/** A network that can be drawn anew. */
export interface DrawnNetwork extends Network {
  /** Fresh initial weights, in the order of `variables`. */
  draw(stream: RandomStream): Float32Array[];
}

/** A part of a network: its shape and the standard deviation of its initial normals (0: zeros). */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly deviation: number;
}

/** Makes a network from its parameters and a function of them. */
export function drawnNetwork(
  { name, inputSize, outputs }: Pick<Network, 'name' | 'inputSize' | 'outputs'>,
  parameters: readonly Parameter[],
  stream: RandomStream,
  apply: (x: tf.Tensor2D, weights: Readonly<Record<string, tf.Tensor>>) => tf.Tensor2D,
): DrawnNetwork {
  const draw = (from: RandomStream) =>
    parameters.map(({ shape, deviation }) => {
      const values = new Float32Array(tf.util.sizeFromShape([...shape]));
      return deviation === 0 ? values : from.fillNormal(values, deviation);
    });
  const initial = draw(stream);
  const variables = parameters.map((parameter, i) => {
    const tensor = tf.tensor(initial[i]!, [...parameter.shape]);
    const variable = tf.variable(tensor, true, `${name}/${parameter.name}`);
    tensor.dispose();
    return variable;
  });
  const weights = Object.fromEntries(parameters.map((p, i) => [p.name, variables[i]!]));
  return {
    name,
    inputSize,
    outputs,
    variables,
    draw,
    apply: (x) => tf.tidy(() => apply(x, weights)),
    dispose: () => tf.dispose(variables),
  };
}

/**
 * A `tf.LayersModel` of one input and one output as a network: inputs and outputs flattened, layers
 * as in inference. The model keeps its weights; disposing of the network does not touch them.
 *
 * @throws RangeError on several inputs or outputs, or an open extent besides the batch.
 */
export function networkOf(model: tf.LayersModel): Network {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new RangeError(
      `networkOf: expected one input and one output, ${model.name} has ` +
        `${model.inputs.length} and ${model.outputs.length}.`,
    );
  }
  const input = fixedShape(model.name, 'input', model.inputs[0]!.shape);
  const output = fixedShape(model.name, 'output', model.outputs[0]!.shape);
  const outputs = tf.util.sizeFromShape(output);
  return {
    name: model.name,
    inputSize: tf.util.sizeFromShape(input),
    outputs,
    // A layer's variable reads as the tf.Variable that it is.
    variables: model.trainableWeights.map((weight) => weight.read() as tf.Variable),
    apply: (x) =>
      tf.tidy(() => {
        const images = x.reshape([-1, ...input]);
        return (model.apply(images, { training: false }) as tf.Tensor).reshape([-1, outputs]);
      }) as tf.Tensor2D,
    dispose() {},
  };
}

function fixedShape(model: string, side: string, shape: readonly (number | null)[]): number[] {
  const rest = shape.slice(1);
  if (rest.includes(null)) {
    throw new RangeError(
      `networkOf: the ${side} of ${model} has an open extent: [${shape.join()}].`,
    );
  }
  return rest as number[];
}
