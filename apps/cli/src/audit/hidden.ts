/**
 * How a group might act on the values of a hidden layer. Nobody writes that down, so several actions
 * are tried, and the one with the smallest error counts: none at all, moving pixels (or tokens on a
 * grid), the representation of the input along an axis, and the last two with channels permuted, as
 * regular representations do. The permutation of channels, with signs, is found by matching.
 */
import { gridAction, natural, type ElementOf, type Group } from '@intertwiner/groups';
import { matchRows } from './matching.js';

/** The values of a layer for a batch: [B, ...shape], row-major. */
export interface Batch {
  readonly data: Float32Array;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly count: number;
}

/** Values for x and for g·x of every element that is tried. */
export interface Observation {
  readonly group: Group;
  readonly elements: readonly ElementOf<Group>[];
  readonly plain: Batch;
  readonly moved: readonly Batch[];
}

/** An action that was tried, and what is left when it is taken away. */
export interface Explanation {
  readonly action: string;
  /** Mean over elements and samples of ‖z(g·x) − ρ(g) z(x)‖ / ‖z(x)‖. */
  readonly mean: number;
  readonly max: number;
  /** Mean over the samples, for each element. */
  readonly perElement: readonly number[];
  /**
   * Share of each channel in the error, ‖·‖ of its part over ‖z(x)‖, mean over elements and samples;
   * null where the action has no channels.
   */
  readonly channels: readonly number[] | null;
  /** For actions that permute numbers: where each number of a sample comes from, per element. */
  readonly sources: readonly Sources[] | null;
}

/** (ρ(g) z)[i] = sign[i] · z[index[i]]. */
export interface Sources {
  readonly index: Int32Array;
  readonly sign: Int8Array | null;
}

/** Numbers in a channel's place: which entries of a sample belong together. */
interface Channels {
  readonly count: number;
  readonly of: (entry: number) => number;
}

interface Candidate {
  readonly action: string;
  /** ρ(g) z(x) for element number e; null where it does not apply. */
  readonly sources: (e: number) => Sources | null;
  readonly channels: Channels | null;
}

/** Features are matched one with another up to so many. */
const mostMatched = 4096;
/** An error up to this is rounding: no further action is tried. */
const exact = 1e-6;

/**
 * The best action found for a layer.
 *
 * @param inherited the action of the value that this one is a reshaped copy of, if it is one.
 */
export function explain(
  observation: Observation,
  inherited: readonly Sources[] | null,
): Explanation {
  let best: Explanation | null = null;
  for (const candidate of candidates(observation, inherited)) {
    const found = evaluate(observation, candidate);
    if (found && (!best || found.mean < best.mean)) best = found;
    if (best && best.max <= exact) break;
  }
  for (const found of best && best.max <= exact ? [] : linearExplanations(observation)) {
    if (found.mean < best!.mean) best = found;
  }
  return best!;
}

function* candidates(
  { group, elements, plain, moved }: Observation,
  inherited: readonly Sources[] | null,
): Generator<Candidate> {
  const { shape } = plain;
  const size = sizeOf(shape);
  const identity = { index: Int32Array.from({ length: size }, (_, i) => i), sign: null };
  const features: View = { label: '', outer: size, pixels: 1, inner: 1, permutation: [] };
  const each = channelsOf(features);
  yield { action: 'none: it is invariant', sources: () => identity, channels: each };
  if (inherited) {
    yield { action: 'as the value it reshapes', sources: (e) => inherited[e]!, channels: null };
  }
  const views = [...pixelViews(group, elements, shape), ...permutedAxes(group, elements, shape)];
  for (const view of views) {
    const fixed = (e: number) => ({ index: viewSources(view, view.permutation[e]!), sign: null });
    yield { action: view.label, sources: fixed, channels: channelsOf(view) };
  }
  // A single channel leaves nothing to permute.
  for (const view of views.filter(({ outer, inner }) => outer * inner > 1)) {
    if (view.outer * view.inner > mostMatched) continue;
    yield {
      action: `${view.label}, channels permuted`,
      sources: (e) => matchedSources(view, view.permutation[e]!, plain, moved[e]!),
      channels: channelsOf(view),
    };
  }
  if (size > 1 && size <= mostMatched) {
    yield {
      action: 'features permuted',
      sources: (e) => matchedSources(features, Int32Array.of(0), plain, moved[e]!),
      channels: each,
    };
  }
}

/** A sample as outer × pixels × inner, of which the group moves the pixels. */
interface View {
  readonly label: string;
  readonly outer: number;
  readonly pixels: number;
  readonly inner: number;
  /** For each element: pixel p of g·z is pixel permutation[p] of z. */
  readonly permutation: readonly Int32Array[];
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

/** Neighbouring axes that are a grid of pixels, and single axes that list one. */
function pixelViews(
  group: Group,
  elements: readonly ElementOf<Group>[],
  shape: readonly number[],
): View[] {
  if (group.kind !== 'finite') return [];
  const grids: { label: string; from: number; to: number; height: number; width: number }[] = [];
  for (let axis = 0; axis + 1 < shape.length; axis++) {
    const [height, width] = [shape[axis]!, shape[axis + 1]!];
    const label = `pixels on the axes ${axis + 1} and ${axis + 2}`;
    grids.push({ label, from: axis, to: axis + 2, height, width });
  }
  shape.forEach((extent, axis) => {
    const side = Math.round(Math.sqrt(extent));
    if (side * side !== extent) return;
    const label = `tokens of a ${side}×${side} grid on the axis ${axis + 1}`;
    grids.push({ label, from: axis, to: axis + 1, height: side, width: side });
  });
  return grids.flatMap(({ label, from, to, height, width }) => {
    const permutation = gridPermutations(group, elements as readonly number[], height, width);
    if (!permutation || height * width === 1) return [];
    const [outer, inner] = [sizeOf(shape.slice(0, from)), sizeOf(shape.slice(to))];
    return [{ label, outer, pixels: height * width, inner, permutation }];
  });
}

function gridPermutations(
  group: Group,
  elements: readonly number[],
  height: number,
  width: number,
): Int32Array[] | null {
  try {
    const action = gridAction(group, { height, width });
    return elements.map((element) => action.permutation(element));
  } catch {
    // Not every group moves every grid onto itself.
    return null;
  }
}

/** Axes as long as the set that the group permutes. */
function permutedAxes(
  group: Group,
  elements: readonly ElementOf<Group>[],
  shape: readonly number[],
): View[] {
  const images = elements.map((element) => imageOf(group, element));
  const degree = images[0]?.length;
  if (images.some((image) => image === null) || degree === undefined || degree < 2) return [];
  const permutation = images.map((image) => inverted(image!));
  return shape.flatMap((extent, axis) => {
    if (extent !== degree) return [];
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    const label = `items on the axis ${axis + 1} permuted`;
    return [{ label, outer, pixels: extent, inner, permutation }];
  });
}

/** Where a permutation group sends its points; null for another group. */
function imageOf(group: Group, element: ElementOf<Group>): Int32Array | null {
  if (group.kind === 'permutation') return element as Int32Array;
  if (group.kind !== 'finite' || group.defining.kind !== 'permutation') return null;
  return group.defining.image(element as number);
}

function inverted(permutation: Int32Array): Int32Array {
  const out = new Int32Array(permutation.length);
  permutation.forEach((to, from) => (out[to] = from));
  return out;
}

function channelsOf({ outer, pixels, inner }: View): Channels {
  const of = (i: number) => Math.floor(i / (pixels * inner)) * inner + (i % inner);
  return { count: outer * inner, of };
}

function viewSources({ outer, pixels, inner }: View, permutation: Int32Array): Int32Array {
  return Int32Array.from({ length: outer * pixels * inner }, (_, i) => {
    const [o, p] = [Math.floor(i / (pixels * inner)), Math.floor(i / inner) % pixels];
    return (o * pixels + permutation[p]!) * inner + (i % inner);
  });
}

/** Pixels moved, and channels permuted as fits best. */
function matchedSources(
  view: View,
  permutation: Int32Array,
  plain: Batch,
  moved: Batch,
): Sources | null {
  const { outer, pixels, inner } = view;
  const channels = outer * inner;
  const straight = permutation.map((_, p) => p);
  const length = pixels * plain.count;
  const target = channelMatrix(view, moved, straight);
  const match = matchRows(target, channelMatrix(view, plain, permutation), channels, length);
  const index = new Int32Array(channels * pixels);
  const sign = new Int8Array(channels * pixels);
  for (let i = 0; i < index.length; i++) {
    const [o, p, q] = [
      Math.floor(i / (pixels * inner)),
      Math.floor(i / inner) % pixels,
      i % inner,
    ] as const;
    const channel = o * inner + q;
    const source = match.source[channel]!;
    index[i] = (Math.floor(source / inner) * pixels + permutation[p]!) * inner + (source % inner);
    sign[i] = match.sign[channel]!;
  }
  return { index, sign };
}

/** Channels × (samples · pixels), each pixel read through a permutation. */
function channelMatrix(view: View, batch: Batch, permutation: Int32Array): Float32Array {
  const { outer, pixels, inner } = view;
  const { data, count } = batch;
  const [size, length] = [outer * pixels * inner, count * pixels];
  const out = new Float32Array(count * size);
  for (let b = 0; b < count; b++) {
    for (let o = 0; o < outer; o++) {
      for (let p = 0; p < pixels; p++) {
        const from = b * size + (o * pixels + permutation[p]!) * inner;
        for (let q = 0; q < inner; q++) {
          out[(o * inner + q) * length + b * pixels + p] = data[from + q]!;
        }
      }
    }
  }
  return out;
}

function evaluate(observation: Observation, candidate: Candidate): Explanation | null {
  const sources: Sources[] = [];
  for (let e = 0; e < observation.elements.length; e++) {
    const one = candidate.sources(e);
    if (!one) return null;
    sources.push(one);
  }
  const { data, shape, count } = observation.plain;
  const size = sizeOf(shape);
  const predict = (e: number, sample: number, entry: number): number => {
    const { index, sign } = sources[e]!;
    const value = data[sample * size + index[entry]!]!;
    return sign && sign[entry]! < 0 ? -value : value;
  };
  const totals = compare(observation, predict, size, count, candidate.channels);
  return { action: candidate.action, ...totals, sources };
}

type Predict = (element: number, sample: number, entry: number) => number;

/** Mean and largest relative error of predictions, over elements and samples. */
function compare(
  { plain, moved }: Observation,
  predict: Predict,
  size: number,
  count: number,
  channels: Channels | null,
): Pick<Explanation, 'mean' | 'max' | 'perElement' | 'channels'> {
  const shares = channels && new Float64Array(channels.count);
  const norms = Array.from({ length: count }, (_, s) => norm(plain.data, s * size, size));
  let max = 0;
  const perElement = moved.map(({ data }, e) => {
    let sum = 0;
    for (let s = 0; s < count; s++) {
      let squares = 0;
      for (let i = 0; i < size; i++) {
        const gap = (data[s * size + i]! - predict(e, s, i)) ** 2;
        squares += gap;
        if (shares && gap > 0) shares[channels.of(i)]! += gap / (norms[s]! ** 2 || gap);
      }
      const error = squares === 0 ? 0 : Math.sqrt(squares) / norms[s]!;
      max = Math.max(max, Number.isNaN(error) ? Infinity : error);
      sum += Number.isNaN(error) ? Infinity : error;
    }
    return sum / count;
  });
  const runs = moved.length * count;
  return {
    mean: perElement.reduce((sum, error) => sum + error, 0) / moved.length,
    max,
    perElement,
    channels: shares && Array.from(shares, (share) => Math.sqrt(share / runs)),
  };
}

function norm(data: Float32Array, start: number, size: number): number {
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += data[i]! ** 2;
  return Math.sqrt(sum);
}

/** The defining representation along axes of its dimension: each such axis, and all of them. */
function* linearExplanations(observation: Observation): Generator<Explanation> {
  const { group, elements, plain } = observation;
  const V = natural(group);
  const matrices = elements.map((element) => V.matrix(element));
  const { shape, count } = plain;
  const axes = shape.flatMap((extent, axis) => (extent === V.dimension ? [axis] : []));
  const choices = axes.length > 1 ? [...axes.map((axis) => [axis]), axes] : axes.map((a) => [a]);
  const size = sizeOf(shape);
  for (const chosen of choices) {
    const predicted = matrices.map((matrix) =>
      chosen.reduce((data, axis) => alongAxis(matrix, V.dimension, data, shape, axis), plain.data),
    );
    const predict: Predict = (e, s, i) => predicted[e]![s * size + i]!;
    const where = chosen.map((axis) => axis + 1).join(' and ');
    const action = `V of ${group.name} on the axis ${where}`;
    yield { action, ...compare(observation, predict, size, count, null), sources: null };
  }
}

function alongAxis(
  matrix: Float64Array,
  d: number,
  data: Float32Array,
  shape: readonly number[],
  axis: number,
): Float32Array {
  const inner = sizeOf(shape.slice(axis + 1));
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / inner) % d;
    const start = i - row * inner;
    let sum = 0;
    for (let k = 0; k < d; k++) sum += matrix[row * d + k]! * data[start + k * inner]!;
    out[i] = sum;
  }
  return out;
}
