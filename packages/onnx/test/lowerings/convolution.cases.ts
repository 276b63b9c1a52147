import * as tf from '@tensorflow/tfjs';
import type { Draw } from '../support/draw.js';
import type { Family, KernelCase } from '../support/kernelCase.js';

type Padding = number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;

interface Window {
  readonly stride: [number, number];
  readonly dilation: [number, number];
  readonly pad: Padding;
  readonly filter: [number, number];
  readonly image: [number, number];
}

function window(draw: Draw): Window {
  const dilated = draw.integer(0, 3) === 0;
  const pair = (max: number): [number, number] => [draw.integer(1, max), draw.integer(1, max)];
  const pads = () => [draw.integer(0, 1), draw.integer(0, 1)] as [number, number];
  return {
    stride: dilated ? [1, 1] : pair(3),
    dilation: dilated ? pair(2) : [1, 1],
    pad: draw.pick<Padding>([
      'same',
      'valid',
      'same',
      'valid',
      0,
      1,
      [[0, 0], pads(), pads(), [0, 0]],
    ]),
    filter: pair(3),
    image: [draw.integer(3, 7), draw.integer(3, 7)],
  };
}

const describeWindow = ({ stride, dilation, pad, filter }: Window): string =>
  `filter ${filter}, stride ${stride}, dilation ${dilation}, pad ${JSON.stringify(pad)}`;

function conv2d(
  draw: Draw,
  fixed: Partial<Window> = {},
  [channels, filters] = [draw.integer(1, 3), draw.integer(1, 3)],
): KernelCase {
  const w = { ...window(draw), ...fixed };
  const fn = (x: tf.Tensor, f: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, w.stride, w.pad, 'NHWC', w.dilation);
  const inputs = [
    draw.floats([draw.integer(1, 2), ...w.image, channels]),
    draw.floats([...w.filter, channels, filters]),
  ];
  return { call: `conv2d ${describeWindow(w)}`, fn, inputs };
}

function depthwise(draw: Draw): KernelCase {
  const w = window(draw);
  // tfjs's cpu gradients of depthwise convolutions ignore dilation, and tf refuses it with strides.
  const { image, filter, stride, pad } = w;
  const channels = draw.integer(1, 3);
  const fn = (x: tf.Tensor, f: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad);
  const inputs = [
    draw.floats([draw.integer(1, 2), ...image, channels]),
    draw.floats([...filter, channels, draw.integer(1, 3)]),
  ];
  return { call: `depthwiseConv2d ${describeWindow(w)}`, fn, inputs };
}

function transposed(draw: Draw): KernelCase {
  const w = window(draw);
  const [channels, filters] = [draw.integer(1, 3), draw.integer(1, 3)];
  const pad = draw.pick(['same', 'valid'] as const);
  const info = tf.backend_util.computeConv2DInfo(
    [2, ...w.image, channels],
    [...w.filter, channels, filters],
    w.stride,
    [1, 1],
    pad,
  );
  const fn = (dy: tf.Tensor, f: tf.Tensor) =>
    tf.conv2dTranspose(
      dy as tf.Tensor4D,
      f as tf.Tensor4D,
      [2, ...w.image, channels],
      w.stride,
      pad,
    );
  return {
    call: `conv2dTranspose ${describeWindow(w)}`,
    fn,
    inputs: [
      draw.floats([2, info.outHeight, info.outWidth, filters]),
      draw.floats([...w.filter, channels, filters]),
    ],
  };
}

function conv3d(draw: Draw): KernelCase {
  const triple = (max: number): [number, number, number] => [
    draw.integer(1, max),
    draw.integer(1, max),
    draw.integer(1, max),
  ];
  const [stride, filter, pad] = [triple(2), triple(3), draw.pick(['same', 'valid'] as const)];
  const [channels, filters] = [draw.integer(1, 2), draw.integer(1, 2)];
  const fn = (x: tf.Tensor, f: tf.Tensor) =>
    tf.conv3d(x as tf.Tensor5D, f as tf.Tensor5D, stride, pad);
  const inputs = [
    draw.floats([2, draw.integer(3, 5), draw.integer(3, 5), draw.integer(3, 5), channels]),
    draw.floats([...filter, channels, filters]),
  ];
  return { call: `conv3d filter ${filter}, stride ${stride}, pad ${pad}`, fn, inputs };
}

const activations = ['linear', 'relu', 'elu', 'sigmoid', 'relu6'] as const;

export const convolution: Family = {
  conv1d: (draw) => {
    const [length, width, stride] = [draw.integer(3, 7), draw.integer(1, 3), draw.integer(1, 2)];
    const pad = draw.pick(['same', 'valid'] as const);
    const fn = (x: tf.Tensor, f: tf.Tensor) =>
      tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, stride, pad);
    return {
      call: `conv1d stride ${stride}, ${pad}`,
      fn,
      inputs: [draw.floats([2, length, 2]), draw.floats([width, 2, 3])],
    };
  },
  conv2d: (draw) => conv2d(draw),
  'conv2d, stride 1': (draw) => conv2d(draw, { stride: [1, 1], dilation: [1, 1] }),
  'conv2d, many channels': (draw) => conv2d(draw, {}, [16, draw.integer(1, 3)]),
  'conv2d, empty batch': (draw) => ({
    call: 'conv2d of no image',
    fn: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
    inputs: [draw.floats([0, 4, 4, 2]), draw.floats([3, 3, 2, 2])],
  }),
  'depthwise and transposed, empty batch': (draw) => ({
    call: 'depthwiseConv2d and conv2dTranspose of no image',
    fn: (x, f, g) => [
      tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
      tf.conv2dTranspose(x as tf.Tensor4D, g as tf.Tensor4D, [0, 8, 8, 3], 2, 'same'),
    ],
    inputs: [draw.floats([0, 4, 4, 2]), draw.floats([3, 3, 2, 1]), draw.floats([3, 3, 3, 2])],
  }),
  'conv2d, images and filters of one element': (draw) => ({
    call: 'conv2d of one pixel',
    fn: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
    inputs: [draw.floats([1, 1, 1, 1]), draw.floats([1, 1, 1, 1])],
  }),
  'fused conv2d': (draw) => {
    const activation = draw.pick(activations);
    const { stride, pad, filter, image } = window(draw);
    const fn = (x: tf.Tensor, f: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: f as tf.Tensor4D,
        bias,
        strides: stride,
        pad,
        activation,
      });
    return {
      call: `fused.conv2d ${activation}`,
      fn,
      inputs: [draw.floats([2, ...image, 2]), draw.floats([...filter, 2, 3]), draw.floats([3])],
    };
  },
  conv2dTranspose: transposed,
  conv3d,
  conv3dTranspose: (draw) => {
    const fn = (dy: tf.Tensor, f: tf.Tensor) =>
      tf.conv3dTranspose(dy as tf.Tensor5D, f as tf.Tensor5D, [1, 4, 5, 4, 2], [2, 1, 2], 'same');
    return {
      call: 'conv3dTranspose',
      fn,
      inputs: [draw.floats([1, 2, 5, 2, 3]), draw.floats([2, 3, 3, 2, 3])],
      gradient: false,
    };
  },
  depthwiseConv2d: depthwise,
  'depthwiseConv2d, dilated': (draw) => ({
    call: 'depthwiseConv2d dilated',
    fn: (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same', 'NHWC', [2, 2]),
    inputs: [draw.floats([1, 6, 5, 2]), draw.floats([3, 2, 2, 2])],
    gradient: false,
  }),
  'fused depthwiseConv2d': (draw) => {
    const activation = draw.pick(activations);
    const fn = (x: tf.Tensor, f: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: f as tf.Tensor4D,
        bias,
        strides: 1,
        pad: 'same',
        activation,
      });
    return {
      call: `fused.depthwiseConv2d ${activation}`,
      fn,
      inputs: [draw.floats([2, 5, 4, 2]), draw.floats([3, 3, 2, 2]), draw.floats([4])],
    };
  },
  separableConv2d: (draw) => ({
    call: 'separableConv2d',
    fn: (x, d, p) =>
      tf.separableConv2d(x as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 1, 'same'),
    inputs: [draw.floats([2, 5, 4, 2]), draw.floats([3, 3, 2, 2]), draw.floats([1, 1, 4, 3])],
  }),
};
