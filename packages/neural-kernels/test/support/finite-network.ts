/**
 * Networks of finite width with random weights, and their exact Jacobian: an oracle that shares no
 * code with the kernels. A signal is positions × channels; a tape replays the chain rule.
 */
import { random, type RandomStream } from '@intertwiner/random';
import type { Activation, Layer } from '@intertwiner/neural-kernels';

interface Signal {
  grid: number[];
  channels: number;
  values: Float64Array;
}

/** One weight layer as seen by one input: patches that meet the weights, and ∂f/∂(its output). */
interface WeightRecord {
  patches: Float64Array;
  fan: number;
  delta: Float64Array;
  outputs: number;
  weightVariance: number;
  biasVariance: number;
}

type Backward = (gradient: Float64Array) => Float64Array;

const phi: Record<string, [(x: number) => number, (x: number) => number]> = {
  relu: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
  sine: [Math.sin, Math.cos],
};

/** Empirical NNGP and NTK of one random network of the given width, for two inputs. */
export function empiricalKernels(
  layers: readonly Layer[],
  grid: number[],
  inputs: [Float64Array, Float64Array],
  width: number,
  seed: number,
): { nngp: number; ntk: number } {
  const [x, y] = inputs.map((input) => {
    const channels = input.length / grid.reduce((a, b) => a * b, 1);
    return jacobian(layers, { grid, channels, values: input }, width, random(seed, 'weights'));
  });
  const terms = x!.map((record, i) => weightTerm(record, y![i]));
  return {
    nngp: patchCovariance(x!.at(-1)!, y!.at(-1)!, 0, 0),
    ntk: terms.reduce((sum, term) => sum + term, 0),
  };
}

/** Σ over a layer's weights and biases of ∂f(x)·∂f(y). */
function weightTerm(x: WeightRecord, y: WeightRecord): number {
  const positions = x.delta.length / x.outputs;
  let sum = 0;
  for (let p = 0; p < positions; p++) {
    for (let q = 0; q < positions; q++) {
      let deltas = 0;
      for (let o = 0; o < x.outputs; o++) {
        deltas += x.delta[p * x.outputs + o] * y.delta[q * x.outputs + o];
      }
      sum += deltas * patchCovariance(x, y, p, q);
    }
  }
  return sum;
}

function patchCovariance(x: WeightRecord, y: WeightRecord, p: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < x.fan; k++) sum += x.patches[p * x.fan + k] * y.patches[q * x.fan + k];
  return (x.weightVariance * sum) / x.fan + x.biasVariance;
}

/** Forward and backward through one network; the last weight layer has a single output. */
function jacobian(
  layers: readonly Layer[],
  input: Signal,
  width: number,
  stream: RandomStream,
): WeightRecord[] {
  const records: WeightRecord[] = [];
  const backward = run(layers, input, width, stream, records, true);
  backward(Float64Array.of(1));
  return records;
}

function run(
  layers: readonly Layer[],
  signal: Signal,
  width: number,
  stream: RandomStream,
  records: WeightRecord[],
  outermost: boolean,
): Backward {
  const tape: Backward[] = [];
  for (const [i, layer] of layers.entries()) {
    const outputs = outermost && i === layers.length - 1 ? 1 : width;
    tape.push(step(layer, signal, outputs, width, stream, records));
  }
  return (gradient) => tape.reduceRight((g, back) => back(g), gradient);
}

/** Applies a layer in place. */
function step(
  layer: Layer,
  signal: Signal,
  outputs: number,
  width: number,
  stream: RandomStream,
  records: WeightRecord[],
): Backward {
  switch (layer.layer) {
    case 'dense':
      return weights(signal, identityPatches(signal), outputs, layer, stream, records);
    case 'conv': {
      const patches = convPatches(signal, layer);
      signal.grid = signal.grid.map((size) => size / (layer.stride ?? 1));
      return weights(signal, patches, outputs, layer, stream, records);
    }
    case 'activation': {
      const [value, slope] = phi[layer.activation as Activation & string];
      const before = signal.values;
      signal.values = before.map(value);
      return (g) => g.map((d, i) => d * slope(before[i]));
    }
    case 'layerNorm':
      return layerNorm(signal);
    case 'residual': {
      const before = signal.values;
      const back = run(layer.branch, signal, width, stream, records, false);
      signal.values = signal.values.map((v, i) => v + before[i]);
      return (g) => back(g).map((d, i) => d + g[i]);
    }
    case 'averagePool':
      return linear(
        signal,
        poolIndices(signal, layer.size),
        signal.grid.map((s) => s / layer.size),
      );
    case 'globalAveragePool':
      return linear(signal, poolIndices(signal, signal.grid[0], signal.grid.at(-1)!), []);
    case 'flatten':
      signal.channels *= signal.grid.reduce((a, b) => a * b, 1);
      signal.grid = [];
      return (g) => g;
    default:
      throw new Error(`No ${layer.layer} on a grid.`);
  }
}

/** For each output position and filter tap, the input position it reads, or −1 in the padding. */
type Taps = number[][];

function weights(
  signal: Signal,
  taps: Taps,
  outputs: number,
  layer: { weightVariance: number; biasVariance: number },
  stream: RandomStream,
  records: WeightRecord[],
): Backward {
  const { channels, values } = signal;
  const fan = taps[0].length * channels;
  const w = stream.fillNormal(new Float64Array(outputs * fan));
  const b = stream.fillNormal(new Float64Array(outputs), Math.sqrt(layer.biasVariance));
  const scale = Math.sqrt(layer.weightVariance / fan);
  const patches = gather(values, taps, channels);
  const record: WeightRecord = { patches, fan, delta: new Float64Array(), outputs, ...layer };
  records.push(record);
  signal.values = new Float64Array(taps.length * outputs);
  signal.channels = outputs;
  for (let p = 0; p < taps.length; p++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let k = 0; k < fan; k++) sum += w[o * fan + k] * patches[p * fan + k];
      signal.values[p * outputs + o] = scale * sum + b[o];
    }
  }
  return (gradient) => {
    record.delta = gradient;
    const back = new Float64Array(taps.length * fan);
    for (let p = 0; p < taps.length; p++) {
      for (let o = 0; o < outputs; o++) {
        const d = scale * gradient[p * outputs + o];
        for (let k = 0; k < fan; k++) back[p * fan + k] += d * w[o * fan + k];
      }
    }
    return scatter(back, taps, channels, values.length);
  };
}

function gather(values: Float64Array, taps: Taps, channels: number): Float64Array {
  return Float64Array.from(
    taps.flatMap((row) =>
      row.flatMap((p) =>
        p < 0
          ? new Array<number>(channels).fill(0)
          : [...values.subarray(p * channels, (p + 1) * channels)],
      ),
    ),
  );
}

function scatter(patches: Float64Array, taps: Taps, channels: number, size: number): Float64Array {
  const out = new Float64Array(size);
  let at = 0;
  for (const p of taps.flat()) {
    for (let c = 0; c < channels; c++, at++) if (p >= 0) out[p * channels + c] += patches[at];
  }
  return out;
}

function identityPatches(signal: Signal): Taps {
  return Array.from({ length: signal.values.length / signal.channels }, (_, p) => [p]);
}

function convPatches(signal: Signal, layer: Extract<Layer, { layer: 'conv' }>): Taps {
  const { stride = 1, padding = 'circular' } = layer;
  const [h, w] = signal.grid.length === 1 ? [1, signal.grid[0]] : (signal.grid as [number, number]);
  const sizes = [layer.filter].flat();
  const [fh, fw] = signal.grid.length === 1 ? [1, sizes[0]] : [sizes[0], sizes[1] ?? sizes[0]];
  const sh = signal.grid.length === 1 ? 1 : stride;
  const at = (y: number, x: number) => {
    if (padding === 'circular') return ((y + h) % h) * w + ((x + w) % w);
    return y < 0 || y >= h || x < 0 || x >= w ? -1 : y * w + x;
  };
  const taps: Taps = [];
  for (let y = 0; y < h; y += sh) {
    for (let x = 0; x < w; x += stride) {
      const row: number[] = [];
      for (let a = 0; a < fh; a++) {
        for (let b = 0; b < fw; b++) row.push(at(y + a - ((fh - 1) >> 1), x + b - ((fw - 1) >> 1)));
      }
      taps.push(row);
    }
  }
  return taps;
}

function poolIndices({ grid }: Signal, sizeY: number, sizeX = sizeY): Taps {
  const [h, w] = grid.length === 1 ? [1, grid[0]] : (grid as [number, number]);
  const [ph, pw] = grid.length === 1 ? [1, sizeY] : [sizeY, sizeX];
  const taps: Taps = [];
  for (let y = 0; y < h; y += ph) {
    for (let x = 0; x < w; x += pw) {
      const row: number[] = [];
      for (let a = 0; a < ph; a++) for (let b = 0; b < pw; b++) row.push((y + a) * w + x + b);
      taps.push(row);
    }
  }
  return taps;
}

/** Mean over the taps. */
function linear(signal: Signal, taps: Taps, grid: number[]): Backward {
  const { channels, values } = signal;
  const patches = gather(values, taps, channels);
  const size = taps[0].length;
  signal.grid = grid;
  signal.values = Float64Array.from({ length: taps.length * channels }, (_, i) => {
    const [p, c] = [Math.floor(i / channels), i % channels];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += patches[(p * size + k) * channels + c];
    return sum / size;
  });
  return (gradient) => {
    const spread = Float64Array.from({ length: patches.length }, (_, i) => {
      const p = Math.floor(i / (size * channels));
      return gradient[p * channels + (i % channels)] / size;
    });
    return scatter(spread, taps, channels, values.length);
  };
}

function layerNorm(signal: Signal): Backward {
  const { channels, values } = signal;
  const rows = values.length / channels;
  const scales = new Float64Array(rows);
  const out = values.slice();
  for (let p = 0; p < rows; p++) {
    const row = out.subarray(p * channels, (p + 1) * channels);
    const mean = row.reduce((a, b) => a + b, 0) / channels;
    scales[p] = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / channels);
    for (let c = 0; c < channels; c++) row[c] = (row[c] - mean) / scales[p];
  }
  signal.values = out;
  return (gradient) => {
    const back = gradient.slice();
    for (let p = 0; p < rows; p++) {
      const g = back.subarray(p * channels, (p + 1) * channels);
      const y = out.subarray(p * channels, (p + 1) * channels);
      const mean = g.reduce((a, b) => a + b, 0) / channels;
      const along = g.reduce((a, b, c) => a + b * y[c], 0) / channels;
      for (let c = 0; c < channels; c++) g[c] = (g[c] - mean - along * y[c]) / scales[p];
    }
    return back;
  };
}
