/** Random layers, of features [B, n], sequences [B, t, c] and images [B, h, w, c]. */
import type { Draw } from '../support/draw.js';
import type { Operand } from '../support/runtime.js';
import type { Algebra, Pair, UnaryName } from './algebra.js';

/** A layer, whose parameters stand in the program's list. */
export interface Layer {
  readonly name: string;
  apply<T>(a: Algebra<T>, x: T, parameters: readonly T[]): T;
}

/** The parameters of a program, as they are drawn. */
export class Parameters {
  readonly operands: Operand[] = [];
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Uniform from centre ± spread; returns its place in the list. */
  add(shape: readonly number[], spread: number, centre = 0): number {
    this.operands.push(this.#draw.floats(shape, centre - spread, centre + spread));
    return this.operands.length - 1;
  }

  /** A kernel whose outputs are about as large as its inputs. */
  kernel(shape: readonly number[], inputs: number): number {
    return this.add(shape, 1.5 / Math.sqrt(inputs));
  }
}

export type LayerMaker = (draw: Draw, shape: readonly number[], p: Parameters) => Layer;
type Apply = Layer['apply'];

const layer = (name: string, apply: Apply): Layer => ({ name, apply });

const activations: readonly (UnaryName | 'gelu' | 'linear' | 'swish')[] = [
  'elu',
  'gelu',
  'leakyRelu',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'sin',
  'softplus',
  'swish',
  'tanh',
];

function activate<T>(a: Algebra<T>, name: (typeof activations)[number], x: T): T {
  if (name === 'linear') return x;
  if (name === 'swish') return a.binary('mul', x, a.unary('sigmoid', x));
  if (name !== 'gelu') return a.unary(name, x);
  const half = a.constant(Float32Array.of(0.5), []);
  const root = a.constant(Float32Array.of(Math.SQRT1_2), []);
  const one = a.constant(Float32Array.of(1), []);
  const bell = a.binary('add', one, a.unary('erf', a.binary('mul', x, root)));
  return a.binary('mul', a.binary('mul', x, half), bell);
}

const pair = (draw: Draw, max: number): Pair => [draw.integer(1, max), draw.integer(1, max)];
const padding = (draw: Draw) => draw.pick(['same', 'valid'] as const);
const units = (draw: Draw) => draw.integer(1, 5);

/** Layers of any rank that act on the last axis. */
const onChannels: Readonly<Record<string, LayerMaker>> = {
  dense: (draw, shape, p) => {
    const [inputs, outputs, activation] = [shape.at(-1)!, units(draw), draw.pick(activations)];
    const [kernel, bias] = [p.kernel([inputs, outputs], inputs), p.add([outputs], 0.5)];
    return layer(`dense ${outputs} ${activation}`, (a, x, w) =>
      activate(a, activation, a.binary('add', linear(a, x, w[kernel]!), w[bias]!)),
    );
  },
  residual: (draw, shape, p) => {
    const [n, activation] = [shape.at(-1)!, draw.pick(activations)];
    const kernel = p.kernel([n, n], n);
    return layer(`residual ${activation}`, (a, x, w) =>
      a.binary('add', x, activate(a, activation, linear(a, x, w[kernel]!))),
    );
  },
  'gated linear unit': (draw, shape, p) => {
    const [inputs, outputs] = [shape.at(-1)!, units(draw)];
    const kernels = [p.kernel([inputs, outputs], inputs), p.kernel([inputs, outputs], inputs)];
    return layer(`gated linear unit ${outputs}`, (a, x, w) => {
      const [value, gate] = kernels.map((kernel) => linear(a, x, w[kernel]!)) as [never, never];
      return a.binary('mul', value, a.unary('sigmoid', gate));
    });
  },
  'layer normalisation': (_, shape, p) => {
    const n = shape.at(-1)!;
    const [scale, offset] = [p.add([n], 0.5, 1), p.add([n], 0.5)];
    return layer('layer normalisation', (a, x, w) => {
      const centred = a.binary('sub', x, a.reduce('mean', x, [-1], true));
      const variance = a.reduce('mean', a.unary('square', centred), [-1], true);
      const shifted = a.binary('add', variance, a.constant(Float32Array.of(0.1), []));
      const normal = a.binary('mul', centred, a.unary('rsqrt', shifted));
      return a.binary('add', a.binary('mul', normal, w[scale]!), w[offset]!);
    });
  },
  'batch normalisation': (_, shape, p) => {
    const n = shape.at(-1)!;
    const [scale, offset] = [p.add([n], 0.5, 1), p.add([n], 0.5)];
    const axes = shape.slice(0, -1).map((_extent, axis) => axis);
    return layer('batch normalisation', (a, x, w) => {
      const mean = a.reduce('mean', x, axes, false);
      const centred = a.binary('sub', x, mean);
      const variance = a.reduce('mean', a.unary('square', centred), axes, false);
      // A batch of few equal rows has hardly any variance, and would magnify rounding.
      const shifted = a.binary('add', variance, a.constant(Float32Array.of(0.05), []));
      return a.batchNorm(x, mean, shifted, w[offset]!, w[scale]!);
    });
  },
  prelu: (_, shape, p) => {
    const slope = p.add([shape.at(-1)!], 0.5, 0.3);
    return layer('prelu', (a, x, w) => a.prelu(x, w[slope]!));
  },
  'softmax weights': (draw) => {
    const isLog = draw.bool();
    return layer(isLog ? 'logSoftmax' : 'softmax weights', (a, x) =>
      isLog ? a.logSoftmax(x) : a.binary('mul', x, a.softmax(x)),
    );
  },
  'unit length': () =>
    layer('unit length', (a, x) => {
      const squares = a.reduce('sum', a.unary('square', x), [-1], true);
      const shifted = a.binary('add', squares, a.constant(Float32Array.of(0.3), []));
      return a.binary('div', x, a.unary('sqrt', shifted));
    }),
  maxout: (draw, shape, p) => {
    const [inputs, outputs] = [shape.at(-1)!, units(draw)];
    const kernel = p.kernel([inputs, 2 * outputs], inputs);
    const name = draw.pick(['max', 'min', 'logSumExp', 'prod', 'mean'] as const);
    return layer(`${name} of pairs`, (a, x, w) => {
      const y = linear(a, x, w[kernel]!);
      const pairs = a.reshape(y, [...shape.slice(0, -1), outputs, 2]);
      // tfjs has a gradient of products along axes counted from the front only.
      return a.reduce(name, pairs, [name === 'prod' ? shape.length : -1], false);
    });
  },
  thresholds: (_, shape, p) => {
    const n = shape.at(-1)!;
    const [threshold, slope] = [p.add([n], 0.3), p.add([n], 0.3, 0.5)];
    return layer('thresholds', (a, x, w) => {
      // Not a.where of a comparison: tfjs takes comparisons for differentiable, and stops at them.
      const isAbove = a.unary('step', a.binary('sub', x, w[threshold]!));
      const chosen = a.binary('mul', isAbove, a.unary('square', x));
      // Of equal shapes: tfjs has no gradient of broadcast maxima, minima and squared differences.
      const scaled = a.binary('mul', x, w[slope]!);
      const bent = a.binary('maximum', chosen, a.binary('minimum', scaled, x));
      return a.binary('squaredDifference', bent, scaled);
    });
  },
  'gather and concatenate': (draw, shape, p) => {
    const n = shape.at(-1)!;
    const indices = Array.from({ length: draw.integer(1, 4) }, () => draw.integer(0, n - 1));
    const scale = p.add([indices.length], 1);
    return layer(`gather ${indices} and concatenate`, (a, x, w) =>
      a.concat([x, a.binary('mul', a.gather(x, indices, -1), w[scale]!)], -1),
    );
  },
  'odd functions': (_, shape, p) => {
    const scale = p.add([shape.at(-1)!], 0.4, 0.6);
    return layer('rational and logarithm', (a, x, w) => {
      const y = a.binary('mul', x, w[scale]!);
      const bell = a.unary('reciprocal', a.unary('exp', a.unary('abs', y)));
      return a.binary('sub', a.unary('log1p', a.unary('square', y)), a.binary('mul', y, bell));
    });
  },
  'tile and fold': (draw, shape, p) => {
    const reps = shape.map((_, axis) => (axis === shape.length - 1 ? draw.integer(1, 3) : 1));
    const scale = p.add([shape.at(-1)! * reps.at(-1)!], 1);
    return layer(`tile ${reps}`, (a, x, w) =>
      a.unary('tanh', a.binary('mul', a.tile(x, reps), w[scale]!)),
    );
  },
  reverse: (draw, shape, p) => {
    const axis = -draw.integer(1, shape.length - 1);
    const scale = p.add([shape.at(-1)!], 0.8);
    return layer(`reversed along ${axis}`, (a, x, w) =>
      a.binary('add', x, a.binary('mul', a.reverse(x, [axis]), w[scale]!)),
    );
  },
};

/** x · W on the last axis. */
function linear<T>(a: Algebra<T>, x: T, kernel: T): T {
  const shape = a.shapeOf(x);
  if (shape.length === 2) return a.matMul(x, kernel);
  const rows = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const flat = a.matMul(a.reshape(x, [rows, shape.at(-1)!]), kernel);
  return a.reshape(flat, [...shape.slice(0, -1), a.shapeOf(kernel)[1]!]);
}

/** [B, t, c] as t tensors [B, c]. tfjs's gradient of `unstack` fails where there is one. */
function timeSteps<T>(a: Algebra<T>, x: T): T[] {
  const [batch, length, channels] = a.shapeOf(x) as [number, number, number];
  return length === 1 ? [a.reshape(x, [batch, channels])] : a.unstack(x, 1);
}

const onFeatures: Readonly<Record<string, LayerMaker>> = {
  ...onChannels,
  'outer product': (_, shape, p) => {
    const [batch, n] = shape as [number, number];
    const kernel = p.kernel([n, 2], n);
    return layer('outer product', (a, x, w) => {
      const column = a.reshape(x, [batch, n, 1]);
      const row = a.reshape(a.matMul(x, w[kernel]!), [batch, 1, 2]);
      return a.reshape(a.unary('tanh', a.matMul(column, row)), [batch, 2 * n]);
    });
  },
  'running sum': (draw) => {
    const [exclusive, reverse] = [draw.bool(), draw.bool()];
    return layer('running sum', (a, x) => a.unary('tanh', a.cumsum(x, 1, exclusive, reverse)));
  },
  'slice and pad': (draw, [batch, n]) => {
    const begin = draw.integer(0, n! - 1);
    const size = draw.integer(1, n! - begin);
    const paddings: Pair[] = [
      [0, 0],
      [draw.integer(0, 2), draw.integer(0, 2)],
    ];
    return layer(`slice ${begin} + ${size}, pad ${paddings[1]}`, (a, x) =>
      a.pad(a.slice(x, [0, begin], [batch!, size]), paddings),
    );
  },
};

const onSequences: Readonly<Record<string, LayerMaker>> = {
  ...onChannels,
  'convolution 1-D': (draw, [, length, channels], p) => {
    const [width, stride, pad] = [
      draw.integer(1, Math.min(3, length!)),
      draw.integer(1, 2),
      padding(draw),
    ];
    const filter = p.kernel([width, channels!, units(draw)], width * channels!);
    return layer(`conv1d ${width} stride ${stride} ${pad}`, (a, x, w) =>
      a.unary('relu', a.conv1d(x, w[filter]!, stride, pad)),
    );
  },
  attention: (draw, [, , channels], p) => {
    const width = draw.integer(1, 3);
    const kernels = Array.from({ length: 3 }, () => p.kernel([channels!, width], channels!));
    return layer(`attention ${width}`, (a, x, w) => {
      const [query, key, value] = kernels.map((kernel) => linear(a, x, w[kernel]!)) as never[];
      const scores = a.matMul(query!, key!, false, true);
      return a.matMul(a.softmax(scores), value!);
    });
  },
  recurrence: (draw, [batch, , channels], p) => {
    const [width, everyStep] = [draw.integer(1, 3), draw.bool()];
    const [into, round] = [
      p.kernel([channels!, width], channels!),
      p.kernel([width, width], width),
    ];
    return layer(`recurrence ${width}${everyStep ? ', every step' : ''}`, (a, x, w) => {
      let state = a.constant(new Float32Array(batch! * width), [batch!, width]);
      const states = timeSteps(a, x).map((input) => {
        const sum = a.binary('add', a.matMul(input, w[into]!), a.matMul(state, w[round]!));
        return (state = a.unary('tanh', sum));
      });
      return everyStep ? a.stack(states, 1) : state;
    });
  },
  'gated recurrence': (_, [batch, , channels], p) => {
    const width = 2;
    const into = p.kernel([channels!, 4 * width], channels!);
    const round = p.kernel([width, 4 * width], width);
    const bias = p.add([4 * width], 0.5);
    return layer('long short-term memory', (a, x, w) => {
      const zeros = () => a.constant(new Float32Array(batch! * width), [batch!, width]);
      let [state, memory] = [zeros(), zeros()];
      for (const input of timeSteps(a, x)) {
        const sum = a.binary('add', a.matMul(input, w[into]!), a.matMul(state, w[round]!));
        const gates = a.binary('add', sum, w[bias]!);
        const [i, f, c, o] = [0, 1, 2, 3].map((gate) =>
          a.slice(gates, [0, gate * width], [batch!, width]),
        ) as never[];
        const kept = a.binary('mul', a.unary('sigmoid', f!), memory);
        const added = a.binary('mul', a.unary('sigmoid', i!), a.unary('tanh', c!));
        memory = a.binary('add', kept, added);
        state = a.binary('mul', a.unary('sigmoid', o!), a.unary('tanh', memory));
      }
      return state;
    });
  },
  positions: (_, [, length, channels], p) => {
    const table = p.add([length!, channels!], 1);
    return layer('positions', (a, x, w) => a.binary('add', x, w[table]!));
  },
  transposed: () => layer('transpose 0 2 1', (a, x) => a.transpose(x, [0, 2, 1])),
  'running sum': (draw) => {
    const [exclusive, reverse] = [draw.bool(), draw.bool()];
    // tfjs's gradient of a running sum along another axis than the last is transposed.
    return layer('running sum', (a, x) => {
      const sums = a.cumsum(a.transpose(x, [0, 2, 1]), 2, exclusive, reverse);
      return a.unary('tanh', a.transpose(sums, [0, 2, 1]));
    });
  },
  pooled: (draw) => {
    const [name, axis] = [draw.pick(['mean', 'max', 'logSumExp'] as const), draw.pick([-2, 1])];
    return layer(`${name} over ${axis}`, (a, x) => a.reduce(name, x, [axis], false));
  },
};

const onImages: Readonly<Record<string, LayerMaker>> = {
  convolution: (draw, [, height, width, channels], p) => {
    const strides = pair(draw, 2);
    const window = [draw.integer(1, Math.min(3, height!)), draw.integer(1, Math.min(3, width!))];
    const [pad, activation] = [padding(draw), draw.pick(activations)];
    const filters = draw.integer(1, 3);
    const fan = window[0]! * window[1]! * channels!;
    const [filter, bias] = [p.kernel([...window, channels!, filters], fan), p.add([filters], 0.5)];
    return layer(`conv2d ${window} stride ${strides} ${pad} ${activation}`, (a, x, w) => {
      const y = a.conv2d(x, w[filter]!, strides, pad);
      return activate(a, activation, a.binary('add', y, w[bias]!));
    });
  },
  'depthwise separable': (draw, [, height, width, channels], p) => {
    const window = [draw.integer(1, Math.min(3, height!)), draw.integer(1, Math.min(3, width!))];
    const [strides, pad, multiplier] = [pair(draw, 2), padding(draw), draw.integer(1, 2)];
    const depth = p.kernel([...window, channels!, multiplier], window[0]! * window[1]!);
    const point = p.kernel([1, 1, channels! * multiplier, 2], channels! * multiplier);
    return layer(`separable ${window} stride ${strides} ${pad}`, (a, x, w) => {
      const y = a.depthwiseConv2d(x, w[depth]!, strides, pad);
      return a.conv2d(a.unary('relu6', y), w[point]!, [1, 1], 'same');
    });
  },
  transposed: (draw, [batch, height, width, channels], p) => {
    const [strides, filters, side] = [pair(draw, 2), draw.integer(1, 2), draw.integer(1, 3)];
    const filter = p.kernel([side, side, filters, channels!], side * side * channels!);
    const outputs = [batch!, height! * strides[0], width! * strides[1], filters];
    return layer(`conv2dTranspose ${side} stride ${strides}`, (a, x, w) =>
      a.unary('tanh', a.conv2dTranspose(x, w[filter]!, outputs, strides, 'same')),
    );
  },
  pooling: (draw, [, height, width]) => {
    const window = [
      draw.integer(1, Math.min(3, height!)),
      draw.integer(1, Math.min(3, width!)),
    ] as const;
    const [strides, isMax] = [pair(draw, 2), draw.bool()];
    // The gradient of averages over windows beyond the border is wrong in tfjs.
    const pad = isMax ? padding(draw) : 'valid';
    return layer(`${isMax ? 'max' : 'avg'}Pool ${window} stride ${strides} ${pad}`, (a, x) =>
      isMax ? a.maxPool(x, window, strides, pad) : a.avgPool(x, window, strides, pad),
    );
  },
  'batch normalisation': onChannels['batch normalisation']!,
  'channel dense': onChannels['dense']!,
  'residual convolution': (draw, [, , , channels], p) => {
    const filter = p.kernel([3, 3, channels!, channels!], 9 * channels!);
    const activation = draw.pick(activations);
    return layer(`residual conv2d ${activation}`, (a, x, w) => {
      const y = a.conv2d(x, w[filter]!, [1, 1], 'same');
      return a.binary('add', x, activate(a, activation, y));
    });
  },
  'squeeze and excite': (_, [batch, , , channels], p) => {
    const kernel = p.kernel([channels!, channels!], channels!);
    return layer('squeeze and excite', (a, x, w) => {
      const means = a.reduce('mean', x, [1, 2], false);
      const gate = a.unary('sigmoid', a.matMul(means, w[kernel]!));
      return a.binary('mul', x, a.reshape(gate, [batch!, 1, 1, channels!]));
    });
  },
  'mirrored border': (draw, [batch, height, width, channels], p) => {
    const rows = draw.integer(1, height!);
    const scale = p.add([channels!], 1);
    return layer(`${rows} mirrored rows`, (a, x, w) => {
      const part = a.slice(x, [0, 0, 0, 0], [batch!, rows, width!, channels!]);
      return a.concat([a.binary('mul', a.reverse(part, [1]), w[scale]!), x], 1);
    });
  },
  'global pooling': (draw) => {
    // No maximum: of equal ones, as overlapping windows leave them, tfjs counts each.
    const name = draw.pick(['mean', 'logSumExp'] as const);
    return layer(`global ${name}`, (a, x) => a.reduce(name, x, [1, -2], false));
  },
};

/** The layers for tensors of rank 2, 3 and 4. */
export const layersOfRank: Readonly<Record<number, Readonly<Record<string, LayerMaker>>>> = {
  2: onFeatures,
  3: onSequences,
  4: onImages,
};
