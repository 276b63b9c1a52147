import { parseSpec } from '../verbs/groupSpec.js';
import type { LoadedModel } from '@intertwiner/engine';
import { UsageError } from '../io/errors.js';
import { noiseRows, packInputs, roundToBatch } from './feeds.js';
import { run, type Target } from './measure.js';
import { actionOn, parseSide } from './side.js';

/** What the command line says about the symmetry to measure. */
export interface TargetOptions {
  readonly group?: string;
  readonly input: readonly string[];
  readonly output?: string;
  /** Extents of open axes other than the batch's. */
  readonly extent: Readonly<Record<string, number>>;
  readonly seed: number;
}

/**
 * The group, and how it acts on a model's inputs and output: as the options say, else as the file's
 * metadata do.
 *
 * @throws UsageError if neither names a group, or if they do not fit the model.
 */
export async function targetOf(model: LoadedModel, options: TargetOptions): Promise<Target> {
  const spec = options.group ?? model.metadata['intertwiner.group'];
  if (!spec) {
    throw new UsageError("The file's metadata name no group. Name one with --group, such as C4.");
  }
  const group = parseSpec(spec);
  const words = options.input.length > 0 ? options.input : [model.metadata['intertwiner.input']];
  const stated = representationsOf(model.metadata);
  const sides = words
    .map((text) => parseSide(text, model.inputs, 'input'))
    .map(({ tensor, action }) => ({ tensor, action: action ?? stated[tensor.name] ?? null }));
  const inputs = packInputs(model, group, sides, options.extent);
  const { tensor, action } = parseSide(options.output, model.outputs, 'output');
  const declared =
    action ?? stated[tensor.name] ?? model.metadata['intertwiner.output'] ?? 'invariant';
  const rows = noiseRows(inputs, 1, options.seed);
  const sample = await run(model, inputs, tensor.name, rows).finally(() => rows.dispose());
  sample.dispose();
  if (sample.shape[0] !== roundToBatch(1, inputs)) {
    throw new UsageError(
      `The output '${tensor.name}' has the shape [${sample.shape.join(', ')}] for a batch of ` +
        `${roundToBatch(1, inputs)}: its first axis is not the batch. Name another with --output.`,
    );
  }
  return {
    group,
    inputs,
    output: {
      name: tensor.name,
      action: actionOn(group, declared, tensor.name, sample.shape.slice(1)),
    },
    seed: options.seed,
  };
}

/** How the file says that the group acts on each tensor, in the words of `--input`. */
function representationsOf(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const text = metadata['intertwiner.representations'];
  if (text === undefined) return {};
  try {
    const stated: unknown = JSON.parse(text);
    if (typeof stated === 'object' && stated !== null) {
      const words = Object.entries(stated).filter(([, action]) => typeof action === 'string');
      return Object.fromEntries(words) as Record<string, string>;
    }
  } catch {
    // Said below, like any other value that is no record.
  }
  throw new UsageError(
    "The file's metadata 'intertwiner.representations' is no JSON object. Name the actions with " +
      '--input and --output.',
  );
}
