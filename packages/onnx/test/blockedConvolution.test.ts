import * as tf from '@tensorflow/tfjs';
import {
  passNames,
  trace,
  writeModel,
  type Graph,
  type InputSpec,
  type Target,
} from '@intertwiner/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { sample, type Draw } from './support/draw.js';
import {
  acceptedCases,
  disagreements,
  withGradients,
  type CaseMaker,
  type KernelCase,
} from './support/kernelCase.js';
import { runModel } from './support/runtime.js';
import { runtimeTarget } from './support/target.js';

/** Channels and batches below, at and above a block of 8 or 16, and a filter of any shape. */
function convolution(draw: Draw, activation?: 'relu' | 'elu' | 'linear'): KernelCase {
  const dilated = draw.integer(0, 3) === 0;
  const pair = (max: number): [number, number] => [draw.integer(1, max), draw.integer(1, max)];
  const [strides, dilations] = dilated ? [1, pair(2)] : [draw.bool() ? 1 : pair(2), 1];
  const pad = draw.pick(['same', 'valid', 1] as const);
  const filter = [draw.integer(2, 5), draw.integer(1, 5)];
  const channels = [
    draw.pick([1, 3, 8, 12, 16, 18]),
    draw.pick([4, 8, 8, 12, 16, 20, 33]),
  ] as const;
  const image = [draw.integer(6, 9), draw.pick([6, 8, 8, 9])];
  const inputs = [
    draw.floats([draw.pick([8, 9, 16, 20]), ...image, channels[0]]),
    draw.floats([...filter, ...channels], -0.5, 0.5),
    ...(activation ? [draw.floats([channels[1]])] : []),
  ];
  const shared = { strides, pad, dilations } as { strides: number; pad: 'same'; dilations: number };
  return {
    call: `filter ${filter}, stride ${strides}, dilation ${dilations}, pad ${pad}`,
    inputs,
    fn: (x, f, bias) =>
      activation
        ? tf.fused.conv2d({
            ...{ ...shared, x: x as tf.Tensor4D, filter: f as tf.Tensor4D, bias: bias! },
            activation,
          })
        : tf.conv2d(
            ...([x as tf.Tensor4D, f as tf.Tensor4D, shared.strides, shared.pad] as const),
            ...(['NHWC', shared.dilations] as const),
          ),
    // Gradients of filters are sums of some thousand products.
    tolerance: 1e-4,
  };
}

const cases: Record<string, CaseMaker> = {
  conv2d: (draw) => convolution(draw),
  'conv2d with bias': (draw) => convolution(draw, 'linear'),
  'conv2d with bias and ReLU': (draw) => convolution(draw, 'relu'),
  'conv2d, then a bias, then ReLU': (draw) => {
    const { fn, inputs, ...rest } = convolution(draw);
    const bias = draw.floats([inputs[1]!.shape.at(-1)!]);
    return {
      ...rest,
      inputs: [...inputs, bias],
      fn: (x, f, b) => tf.relu(tf.add(fn(x, f) as tf.Tensor, b as tf.Tensor)),
    };
  },
  'conv2d with bias and ELU': (draw) => convolution(draw, 'elu'),
};

describe('blocked convolutions', () => {
  let target: Target | null = null;
  beforeAll(async () => {
    // Keeps tfjs's cpu backend from printing an advertisement.
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
    target = await runtimeTarget();
  });

  it.for(Object.entries(cases))(
    '%s agrees with tfjs-cpu, gradients included',
    async ([, make], { skip }) => {
      if (!target) return skip('ONNX Runtime has no blocked convolutions on this processor.');
      expect(await disagreements(acceptedCases(make, 8), target)).toEqual([]);
    },
  );

  it('are what most of these cases are traced to', () => {
    const operators = acceptedCases(cases['conv2d']!, 8).flatMap(({ kernelCase }) => {
      const specs = kernelCase.inputs.map(({ shape }, i) => ({ name: `${i}`, shape }));
      const traced = (...inputs: tf.Tensor[]) =>
        Object.fromEntries(withGradients(kernelCase)(...inputs).map((y, i) => [`y${i}`, y]));
      const { nodes } = trace(traced, specs as InputSpec[], { target: { channelBlock: 16 } });
      return nodes.filter(({ opType }) => opType.startsWith('Conv'));
    });
    const blocked = operators.filter(({ domain }) => domain === 'com.microsoft.nchwc');
    expect(blocked.length).toBeGreaterThan(operators.length / 2);
  });

  it.each([4, 8, 16, 20])('to %i channels apply a bias and ReLU themselves', (channels) => {
    const { nodes } = trace(
      (x, f, b) => tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'), b!)),
      [
        { name: 'x', shape: [16, 28, 28, 6] },
        { name: 'f', shape: [5, 5, 6, channels] },
        { name: 'b', shape: [channels] },
      ],
      { target: { channelBlock: 16 } },
    );
    const operators = nodes.map(({ opType }) => opType);
    expect(operators).toContain('Conv');
    expect(operators).not.toContain('Add');
    expect(operators).not.toContain('Relu');
  });

  it('follow one another without leaving blocks, to the same bits', async ({ skip }) => {
    if (!target) return skip('ONNX Runtime has no blocked convolutions on this processor.');
    const specs = [
      { name: 'x', shape: [16, 8, 8, 16] },
      ...['f', 'g'].map((name) => ({ name, shape: [3, 3, 16, 16] })),
    ];
    const loss = (x: tf.Tensor, f: tf.Tensor, g: tf.Tensor) => {
      const hidden = tf.relu(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'));
      return tf.sum(tf.square(tf.conv2d(hidden, g as tf.Tensor4D, 1, 'same')));
    };
    const gradients = (...inputs: tf.Tensor[]) => {
      const [byX, byF, byG] = tf.grads(loss as (...args: tf.Tensor[]) => tf.Tensor)(inputs);
      return { byX: byX!, byF: byF!, byG: byG! };
    };
    const without = passNames.filter((pass) => pass !== 'blockLayouts');
    const [apart, kept] = [without, passNames].map((passes) =>
      trace(gradients, specs, { target: target!, passes }),
    ) as [Graph, Graph];
    const reorders = ({ nodes }: Graph) =>
      nodes.filter(({ opType }) => opType === 'ReorderInput').length;
    expect(reorders(kept)).toBeLessThan(reorders(apart));
    const feeds = specs.map(({ name, shape }) => [name, sample((d) => d.floats(shape), 1)[0]!]);
    const results = await Promise.all(
      [apart, kept].map((graph) => runModel(writeModel(graph), Object.fromEntries(feeds))),
    );
    expect(results[1]).toEqual(results[0]);
  });

  it('are in no graph without a target', () => {
    const { nodes } = trace(
      (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
      [
        { name: 'x', shape: [16, 28, 28, 16] },
        { name: 'f', shape: [5, 5, 16, 16] },
      ],
    );
    expect(nodes.every(({ domain }) => domain === undefined)).toBe(true);
  });
});
