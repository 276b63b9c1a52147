/**
 * The operations of random programs in float64, element by element as they are defined: slow, and
 * independent of TensorFlow.js and of the lowerings.
 */
import type {
  Algebra,
  BinaryName,
  LossName,
  Pad,
  Pair,
  ReductionName,
  UnaryName,
} from './algebra.js';

export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const array64 = (data: ArrayLike<number>, shape: readonly number[]): Array64 => ({
  shape,
  data: Float64Array.from(data),
});

/** An array from a function of the index. */
function tabulate(
  shape: readonly number[],
  element: (index: readonly number[]) => number,
): Array64 {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = element(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

function at({ shape, data }: Array64, index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) offset = offset * shape[axis]! + index[axis]!;
  return data[offset]!;
}

/** The element at an index, or 0 outside. */
function atOrZero(x: Array64, index: readonly number[]): number {
  return isInside(x.shape, index) ? at(x, index) : 0;
}

const isInside = (shape: readonly number[], index: readonly number[]): boolean =>
  shape.every((extent, axis) => index[axis]! >= 0 && index[axis]! < extent);

const map = ({ shape, data }: Array64, f: (x: number) => number): Array64 => ({
  shape,
  data: data.map(f),
});

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = ({ data }: Array64): number => sum([...data]) / data.length;
const scalar = (value: number): Array64 => array64([value], []);

/** Abramowitz & Stegun 7.1.5 and 7.1.14: the series of erf, and beyond 3 its continued fraction. */
function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    const tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - tail);
  }
  let [term, total] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];

const unary: Readonly<Record<UnaryName, (x: number) => number>> = {
  abs: Math.abs,
  cos: Math.cos,
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  erf,
  exp: Math.exp,
  leakyRelu: (x) => (x > 0 ? x : 0.2 * x),
  log1p: Math.log1p,
  neg: (x) => -x,
  reciprocal: (x) => 1 / x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  rsqrt: (x) => 1 / Math.sqrt(x),
  selu: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sin: Math.sin,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sqrt: Math.sqrt,
  square: (x) => x * x,
  step: (x) => (x > 0 ? 1 : 0),
  tanh: Math.tanh,
};

const binary: Readonly<Record<BinaryName, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  mul: (a, b) => a * b,
  squaredDifference: (a, b) => (a - b) ** 2,
  sub: (a, b) => a - b,
};

const reductions: Readonly<Record<ReductionName, (values: readonly number[]) => number>> = {
  logSumExp: (values) => Math.log(sum(values.map(Math.exp))),
  max: (values) => Math.max(...values),
  mean: (values) => sum(values) / values.length,
  min: (values) => Math.min(...values),
  prod: (values) => values.reduce((a, b) => a * b, 1),
  sum,
};

/** Broadcasts by aligning the last axes, as NumPy does. */
function broadcast(arrays: readonly Array64[], f: (...x: number[]) => number): Array64 {
  const rank = Math.max(...arrays.map(({ shape }) => shape.length));
  const padded = arrays.map(({ shape, data }) => ({
    shape: [...new Array<number>(rank - shape.length).fill(1), ...shape],
    data,
  }));
  const shape = Array.from({ length: rank }, (_, axis) =>
    padded.map((x) => x.shape[axis]!).reduce((a, b) => (a === 1 ? b : a)),
  );
  return tabulate(shape, (index) =>
    f(
      ...padded.map((x) =>
        at(
          x,
          x.shape.map((extent, axis) => (extent === 1 ? 0 : index[axis]!)),
        ),
      ),
    ),
  );
}

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Applies a function of a list to the elements along some axes. */
function reduce(
  x: Array64,
  axes: readonly number[],
  keepDims: boolean,
  f: (values: readonly number[]) => number,
): Array64 {
  const along = new Set(axes.map((axis) => positive(axis, x.shape.length)));
  const kept = x.shape.map((extent, axis) => (along.has(axis) ? 1 : extent));
  const inner = x.shape.map((extent, axis) => (along.has(axis) ? extent : 1));
  const reduced = tabulate(kept, (outer) => {
    const values = tabulate(inner, (index) =>
      at(
        x,
        index.map((i, axis) => i + outer[axis]!),
      ),
    );
    return f([...values.data]);
  });
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !along.has(axis));
  return { shape, data: reduced.data };
}

const allAxes = ({ shape }: Array64): number[] => shape.map((_, axis) => axis);

const logSumExpRows = (x: Array64): Array64 => reduce(x, [-1], true, reductions.logSumExp);

/** Where windows begin: their number along an axis, and how much is padded in front. */
function windows(extent: number, window: number, stride: number, pad: Pad) {
  if (pad === 'valid') return { count: Math.floor((extent - window) / stride) + 1, front: 0 };
  const count = Math.ceil(extent / stride);
  const padding = Math.max(0, (count - 1) * stride + window - extent);
  return { count, front: Math.floor(padding / 2) };
}

/** Sums f(image row, image column, filter row, filter column, …) over a window. */
function windowValues(
  x: Array64,
  [b, row, column]: readonly [number, number, number],
  channel: number,
  rows: ReturnType<typeof windows>,
  columns: ReturnType<typeof windows>,
  [height, width]: Pair,
  strides: Pair,
): number[] {
  const values: number[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const place = [b, row * strides[0] - rows.front + i, column * strides[1] - columns.front + j];
      const index = [...place, channel];
      if (isInside(x.shape, index)) values.push(at(x, index));
    }
  }
  return values;
}

function pool(
  x: Array64,
  window: Pair,
  strides: Pair,
  pad: Pad,
  f: (values: readonly number[]) => number,
): Array64 {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const rows = windows(height, window[0], strides[0], pad);
  const columns = windows(width, window[1], strides[1], pad);
  return tabulate([batch, rows.count, columns.count, channels], ([b, r, c, channel]) =>
    f(windowValues(x, [b!, r!, c!], channel!, rows, columns, window, strides)),
  );
}

function conv2d(x: Array64, f: Array64, strides: Pair, pad: Pad): Array64 {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [fh, fw, , filters] = f.shape as [number, number, number, number];
  const rows = windows(height, fh, strides[0], pad);
  const columns = windows(width, fw, strides[1], pad);
  return tabulate([batch, rows.count, columns.count, filters], ([b, r, c, o]) => {
    let total = 0;
    for (let i = 0; i < fh; i++) {
      for (let j = 0; j < fw; j++) {
        const row = r! * strides[0] - rows.front + i;
        const column = c! * strides[1] - columns.front + j;
        for (let k = 0; k < channels; k++) {
          total += atOrZero(x, [b!, row, column, k]) * at(f, [i, j, k, o!]);
        }
      }
    }
    return total;
  });
}

/** Every channel has filters of its own; output channel k·multiplier + m. */
function depthwiseConv2d(x: Array64, f: Array64, strides: Pair, pad: Pad): Array64 {
  const [fh, fw, channels, multiplier] = f.shape as [number, number, number, number];
  const full = tabulate([fh, fw, channels, channels * multiplier], ([i, j, k, o]) =>
    Math.floor(o! / multiplier) === k ? at(f, [i!, j!, k, o! % multiplier]) : 0,
  );
  return conv2d(x, full, strides, pad);
}

/** The adjoint of the convolution from the output's shape to the input's. */
function conv2dTranspose(
  x: Array64,
  f: Array64,
  outputShape: readonly number[],
  strides: Pair,
  pad: Pad,
): Array64 {
  const [, height, width] = outputShape as [number, number, number];
  const [fh, fw, , channels] = f.shape as [number, number, number, number];
  const rows = windows(height, fh, strides[0], pad);
  const columns = windows(width, fw, strides[1], pad);
  return tabulate(outputShape, ([b, y, z, o]) => {
    let total = 0;
    for (let r = 0; r < x.shape[1]!; r++) {
      const i = y! - (r * strides[0] - rows.front);
      if (i < 0 || i >= fh) continue;
      for (let c = 0; c < x.shape[2]!; c++) {
        const j = z! - (c * strides[1] - columns.front);
        if (j < 0 || j >= fw) continue;
        for (let k = 0; k < channels; k++) total += at(x, [b!, r, c, k]) * at(f, [i, j, o!, k]);
      }
    }
    return total;
  });
}

function matMul(a: Array64, b: Array64, transposeA = false, transposeB = false): Array64 {
  const swap = (x: Array64) =>
    transpose(x, [...allAxes(x).slice(0, -2), x.shape.length - 1, x.shape.length - 2]);
  const [left, right] = [transposeA ? swap(a) : a, transposeB ? swap(b) : b];
  const inner = left.shape.at(-1)!;
  const batch = broadcast([shapeOnly(left), shapeOnly(right)], () => 0).shape;
  const element = (x: Array64, lead: readonly number[], row: number, column: number): number => {
    const own = x.shape.slice(0, -2);
    const index = lead.slice(lead.length - own.length).map((i, k) => (own[k] === 1 ? 0 : i));
    return at(x, [...index, row, column]);
  };
  return tabulate([...batch, left.shape.at(-2)!, right.shape.at(-1)!], (index) => {
    const [lead, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    let total = 0;
    for (let k = 0; k < inner; k++) {
      total += element(left, lead, row, k) * element(right, lead, k, column);
    }
    return total;
  });
}

/** Zeros of the batch axes alone. */
const shapeOnly = ({ shape }: Array64): Array64 => tabulate(shape.slice(0, -2), () => 0);

const transpose = (x: Array64, perm: readonly number[]): Array64 =>
  tabulate(
    perm.map((axis) => x.shape[axis]!),
    (index) => {
      const source = perm.map(() => 0);
      perm.forEach((axis, i) => (source[axis] = index[i]!));
      return at(x, source);
    },
  );

const reshape = ({ data }: Array64, shape: readonly number[]): Array64 => ({ shape, data });

function concat(parts: readonly Array64[], axis: number): Array64 {
  const along = positive(axis, parts[0]!.shape.length);
  const extents = parts.map(({ shape }) => shape[along]!);
  return tabulate(parts[0]!.shape.with(along, sum(extents)), (index) => {
    let [part, place] = [0, index[along]!];
    while (place >= extents[part]!) place -= extents[part++]!;
    return at(parts[part]!, index.with(along, place));
  });
}

const expand = (x: Array64, axis: number): Array64 =>
  reshape(x, x.shape.toSpliced(positive(axis, x.shape.length + 1), 0, 1));

function unstack(x: Array64, axis: number): Array64[] {
  const along = positive(axis, x.shape.length);
  return Array.from({ length: x.shape[along]! }, (_, i) =>
    tabulate(x.shape.toSpliced(along, 1), (index) => at(x, index.toSpliced(along, 0, i))),
  );
}

function cumsum(x: Array64, axis: number, exclusive: boolean, reverse: boolean): Array64 {
  const isSummed = (i: number, place: number) =>
    (reverse ? i > place : i < place) || (!exclusive && i === place);
  return tabulate(x.shape, (index) => {
    let total = 0;
    for (let i = 0; i < x.shape[axis]!; i++) {
      if (isSummed(i, index[axis]!)) total += at(x, index.with(axis, i));
    }
    return total;
  });
}

/** tf.losses with their defaults: the mean over elements, or over rows where a row has one loss. */
const losses: Readonly<Record<LossName, (target: Array64, y: Array64) => number>> = {
  absoluteDifference: (target, y) => mean(broadcast([target, y], (t, p) => Math.abs(t - p))),
  cosineDistance: (target, y) => {
    const products = reduce(
      broadcast([target, y], (t, p) => t * p),
      [-1],
      true,
      sum,
    );
    return mean(map(products, (x) => 1 - x));
  },
  hingeLoss: (target, y) =>
    mean(broadcast([target, y], (t, p) => Math.max(0, 1 - (2 * t - 1) * p))),
  huberLoss: (target, y) =>
    mean(
      broadcast([target, y], (t, p) => {
        const gap = Math.abs(p - t);
        return gap <= 1 ? gap ** 2 / 2 : gap - 0.5;
      }),
    ),
  logLoss: (target, y) =>
    mean(
      broadcast([target, y], (t, p) => -t * Math.log(p + 1e-7) - (1 - t) * Math.log(1 - p + 1e-7)),
    ),
  meanSquaredError: (target, y) => mean(broadcast([target, y], (t, p) => (t - p) ** 2)),
  sigmoidCrossEntropy: (target, y) =>
    mean(
      broadcast([target, y], (t, p) => Math.max(p, 0) - p * t + Math.log1p(Math.exp(-Math.abs(p)))),
    ),
  softmaxCrossEntropy: (target, y) => {
    const classes = y.shape.at(-1)!;
    const smooth = map(target, (t) => t * (1 - 0.1) + 0.1 / classes);
    const logits = broadcast([y, logSumExpRows(y)], binary.sub);
    return mean(
      reduce(
        broadcast([smooth, logits], (t, l) => -t * l),
        [-1],
        false,
        sum,
      ),
    );
  },
};

export const float64: Algebra<Array64> = {
  shapeOf: ({ shape }) => shape,
  constant: array64,
  unary: (name, x) => map(x, unary[name]),
  binary: (name, a, b) => broadcast([a, b], binary[name]),
  reduce: (name, x, axes, keepDims) => reduce(x, axes ?? allAxes(x), keepDims, reductions[name]),
  softmax: (x) => broadcast([x, logSumExpRows(x)], (value, total) => Math.exp(value! - total!)),
  logSoftmax: (x) => broadcast([x, logSumExpRows(x)], binary.sub),
  cumsum,
  matMul,
  conv1d: (x, filter, stride, pad) => {
    const image = reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]);
    const y = conv2d(image, reshape(filter, [1, ...filter.shape]), [1, stride], pad);
    return reshape(y, y.shape.toSpliced(1, 1));
  },
  conv2d,
  depthwiseConv2d,
  conv2dTranspose,
  maxPool: (x, window, strides, pad) => pool(x, window, strides, pad, reductions.max),
  avgPool: (x, window, strides, pad) => pool(x, window, strides, pad, reductions.mean),
  batchNorm: (x, ...statistics) =>
    broadcast([x, ...statistics], (value, m, v, offset, scale) => {
      return ((value! - m!) * scale!) / Math.sqrt(v! + 1e-3) + offset!;
    }),
  prelu: (x, slope) => broadcast([x, slope], (value, a) => (value! >= 0 ? value! : a! * value!)),
  reshape,
  transpose,
  concat,
  stack: (parts, axis) =>
    concat(
      parts.map((part) => expand(part, axis)),
      axis,
    ),
  unstack,
  slice: (x, begin, size) =>
    tabulate(size, (index) =>
      at(
        x,
        index.map((i, axis) => i + begin[axis]!),
      ),
    ),
  pad: (x, paddings) =>
    tabulate(
      x.shape.map((extent, axis) => extent + paddings[axis]![0] + paddings[axis]![1]),
      (index) =>
        atOrZero(
          x,
          index.map((i, axis) => i - paddings[axis]![0]),
        ),
    ),
  tile: (x, reps) =>
    tabulate(
      x.shape.map((extent, axis) => extent * reps[axis]!),
      (index) =>
        at(
          x,
          index.map((i, axis) => i % x.shape[axis]!),
        ),
    ),
  reverse: (x, axes) => {
    const along = new Set(axes.map((axis) => positive(axis, x.shape.length)));
    return tabulate(x.shape, (index) =>
      at(
        x,
        index.map((i, axis) => (along.has(axis) ? x.shape[axis]! - 1 - i : i)),
      ),
    );
  },
  gather: (x, indices, axis) => {
    const along = positive(axis, x.shape.length);
    return tabulate(x.shape.with(along, indices.length), (index) =>
      at(x, index.with(along, indices[index[along]!]!)),
    );
  },
  loss: (name, target, prediction) => scalar(losses[name](target, prediction)),
};
