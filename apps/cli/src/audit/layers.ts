/**
 * The equivariance error of every layer of a model: its intermediate values are exposed as outputs,
 * for inputs and for moved inputs, and compared under the action that fits them best.
 */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type ArrayTensor, type Device } from '@intertwiner/engine';
import type { ElementOf, Group } from '@intertwiner/groups';
import { sampleElements } from '@intertwiner/layers';
import { exposeValues, listNodes, type NodeSummary } from '@intertwiner/onnx';
import { feedsOf } from './feeds.js';
import { explain, type Batch, type Explanation } from './hidden.js';
import type { Target } from './measure.js';

/** A value that a node computes, and how it moves. */
export interface LayerRecord {
  /** The node's name and operator. */
  readonly node: string;
  readonly operator: string;
  /** The value's name in the file. */
  readonly value: string;
  /** Of one sample. */
  readonly shape: readonly number[];
  /** The action with the smallest error, in words. */
  readonly action: string;
  /** Whether under that action nothing but rounding is left. */
  readonly explained: boolean;
  readonly mean: number;
  readonly max: number;
  readonly perElement: readonly { readonly element: string; readonly error: number }[];
  /** The channels that err most under this action; empty where it holds, or has no channels. */
  readonly channels: readonly { readonly channel: number; readonly error: number }[];
}

export interface LayerReport {
  readonly layers: readonly LayerRecord[];
  /** The first node whose inputs move as some action says and whose output does not; null if none. */
  readonly firstBroken: LayerRecord | null;
}

/** Values exposed in one session: more would all lie in memory together. */
const perSession = 24;
/** Elements and samples that layers are measured on. */
const mostElements = 8;
const mostSamples = 8;

/** Operators whose output has the entries of its input, in the same order. */
const reshapes = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/**
 * @param bytes the model.
 * @param rows inputs, of which the first few are used.
 * @param outputError the measured error of the audited output, under its declared action.
 * @param bound the largest error that counts as rounding.
 */
export async function measureLayers(
  bytes: Uint8Array,
  device: Device,
  target: Target,
  rows: tf.Tensor,
  { outputError, bound }: { readonly outputError: number; readonly bound: number },
): Promise<LayerReport> {
  const nodes = dependentNodes(listNodes(bytes), target);
  const elements = chooseElements(target.group, target.seed);
  const found = new Map<string, Explanation & { shape: readonly number[] }>();
  for (let start = 0; start < nodes.length; start += perSession) {
    const part = nodes.slice(start, start + perSession);
    const seen = await observe(bytes, device, target, rows, elements, part);
    for (const node of part) {
      for (const value of node.outputs) {
        const batches = seen.get(value);
        if (!batches) continue;
        const [plain, ...moved] = batches as [Batch, ...Batch[]];
        const source = reshapes.has(node.operator) ? found.get(node.inputs[0]!) : undefined;
        const inherited = source && sameSize(source.shape, plain.shape) ? source.sources : null;
        const observation = { group: target.group, elements, plain, moved };
        found.set(value, { ...explain(observation, inherited), shape: plain.shape });
      }
    }
  }
  const names = elements.map((element) => nameOf(target.group, element));
  const records = nodes.flatMap((node) =>
    node.outputs.flatMap((value) => {
      const explanation = found.get(value);
      return explanation ? [record(node, value, explanation, names, bound)] : [];
    }),
  );
  const broken = outputError > bound ? firstBroken(nodes, records, target.output.name) : null;
  return { layers: records, firstBroken: broken };
}

const sameSize = (a: readonly number[], b: readonly number[]): boolean =>
  a.reduce((p, n) => p * n, 1) === b.reduce((p, n) => p * n, 1);

/** The nodes that the audited output depends on and that depend on a moved input. */
function dependentNodes(nodes: readonly NodeSummary[], { inputs, output }: Target): NodeSummary[] {
  const fromInput = new Set(inputs.parts.map(({ name }) => name));
  const after = nodes.filter((node) => {
    const depends = node.inputs.some((name) => fromInput.has(name));
    if (depends) for (const name of node.outputs) fromInput.add(name);
    return depends;
  });
  const toOutput = new Set([output.name]);
  return after
    .toReversed()
    .filter((node) => {
      const leads = node.outputs.some((name) => toOutput.has(name));
      if (leads) for (const name of node.inputs) toOutput.add(name);
      return leads;
    })
    .toReversed();
}

/** Non-identity elements: all of a small finite group, else generators and random ones. */
function chooseElements(group: Group, seed: number): ElementOf<Group>[] {
  if (group.kind !== 'finite') return sampleElements(group, mostElements, seed);
  const others = group.elements.filter((element) => element !== group.identity);
  if (others.length === 0) return [group.identity];
  if (others.length <= mostElements) return others;
  const { generators } = group;
  const drawn = sampleElements(group, mostElements, seed);
  return [...new Set([...generators, ...drawn])].slice(0, mostElements);
}

const nameOf = (group: Group, element: ElementOf<Group>): string =>
  (group as { elementName(element: ElementOf<Group>): string }).elementName(element);

/** Values of the nodes' outputs for x and for every g·x, those with one sample per row of x. */
async function observe(
  bytes: Uint8Array,
  device: Device,
  { inputs }: Target,
  rows: tf.Tensor,
  elements: readonly ElementOf<Group>[],
  nodes: readonly NodeSummary[],
): Promise<Map<string, Batch[]>> {
  const names = nodes.flatMap(({ outputs }) => outputs);
  const model = await loadModel(exposeValues(bytes, names), { device });
  const count = Math.min(rows.shape[0]!, inputs.fixedBatch ?? mostSamples);
  const x = tf.slice(rows, [0], [count]);
  const seen = new Map<string, Batch[]>();
  try {
    for (const element of [null, ...elements]) {
      const moved = element === null ? x.clone() : inputs.action.apply(element, x);
      const feeds = await feedsOf(moved, inputs.parts).finally(() => moved.dispose());
      const values = await model.run(feeds);
      for (const name of names) {
        const batch = asBatch(values[name], count);
        if (batch) seen.set(name, [...(seen.get(name) ?? []), batch]);
      }
    }
  } finally {
    x.dispose();
    await model.dispose();
  }
  return seen;
}

function asBatch(tensor: ArrayTensor | undefined, count: number): Batch | null {
  if (!tensor || !(tensor.data instanceof Float32Array)) return null;
  if (tensor.shape[0] !== count || tensor.data.length === 0) return null;
  return { data: tensor.data, shape: tensor.shape.slice(1), count };
}

function record(
  { name, operator }: NodeSummary,
  value: string,
  explanation: Explanation & { shape: readonly number[] },
  names: readonly string[],
  bound: number,
): LayerRecord {
  const { action, mean, max, perElement, channels, shape } = explanation;
  return {
    node: name,
    operator,
    value,
    shape,
    action,
    explained: max <= bound,
    mean,
    max,
    perElement: perElement.map((error, i) => ({ element: names[i]!, error })),
    channels: max > bound && channels ? worstChannels(channels) : [],
  };
}

/** At most eight channels, each with at least a tenth of the worst one's error. */
function worstChannels(channels: readonly number[]) {
  const sorted = channels
    .map((error, channel) => ({ channel, error }))
    .toSorted((a, b) => b.error - a.error);
  return sorted.filter(({ error }) => error > sorted[0]!.error / 10).slice(0, 8);
}

/**
 * Walks back from the output over values that no action explains, to the first node all of whose
 * inputs are explained. A hidden layer that nothing explains is no defect where all that follows
 * from it is explained again: the walk does not come there.
 */
function firstBroken(
  nodes: readonly NodeSummary[],
  records: readonly LayerRecord[],
  output: string,
): LayerRecord | null {
  const byValue = new Map(records.map((one) => [one.value, one]));
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const broken = (name: string) => {
    const one = byValue.get(name);
    // Values that could not be measured (other types, no batch axis) are looked through.
    return one ? !one.explained : maker.has(name);
  };
  const visited = new Set<string>([output]);
  const culprits = new Set<string>();
  for (const name of visited) {
    const inputs = maker.get(name)?.inputs.filter(broken) ?? [];
    if (inputs.length === 0) culprits.add(name);
    for (const input of inputs) visited.add(input);
  }
  return records.find(({ value }) => culprits.has(value)) ?? null;
}
