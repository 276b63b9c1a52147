/** `clone --teacher FILE`: an ordinary network learns any ONNX model, whatever trained it. */
import { basename, join } from 'node:path';
import { onnxTeacher, type Claim, type Rows } from '@intertwiner/cloning';
import {
  loadModel,
  loadTfjsBackend,
  parseDevice,
  readModelFile,
  requireDevice,
  resolveDevice,
  type LoadedModel,
} from '@intertwiner/engine';
import { group as parseGroup, type Group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { loadSamples } from '../audit/data.js';
import type { Part } from '../audit/feeds.js';
import type { Target } from '../audit/measure.js';
import { actionOn } from '../audit/side.js';
import { targetOf, type TargetOptions } from '../audit/target.js';
import { UsageError } from '../io/errors.js';
import { cloneOne, type StudentOptions, type TeacherSource } from './cloneOne.js';
import { asUsageErrors } from './groupSpec.js';

interface OnnxSource extends TeacherSource {
  readonly input: readonly string[];
  readonly output: string | null;
  readonly extent: Readonly<Record<string, number>>;
  readonly data: string | null;
}

export interface TeacherOptions extends StudentOptions, Omit<TargetOptions, 'seed'> {
  readonly teacher: string;
  readonly data?: string;
}

/** Samples of the user's that are used at most. */
const largestData = 100_000;

export async function cloneTeacherVerb(options: TeacherOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const bytes = await readModelFile(options.teacher);
  const model = await loadModel(bytes, { device: 'cpu', threads: options.threads ?? 1 });
  try {
    const target = await asUsageErrors(() => targetOf(model, options));
    const source = sourceOf(options, target.group.name);
    const out = options.out ?? join('runs', `${basename(options.teacher, '.onnx')}-clone`);
    const part = onlyPart(target);
    const shape = await outputShape(model, target, part);
    await cloneOne({ ...options, out }, device, {
      source,
      claim: claimOf(model, options, target, part, shape),
      alternatives: alternativesTo(model, options, target, part, shape),
      rows: options.data ? await rowsFrom(options.data, part) : undefined,
      inputs: [{ name: part.name, shape: part.shape }],
      output: { name: target.output.name, shape },
      metadata: metadataOf(source),
    });
  } finally {
    await model.dispose();
  }
}

const sourceOf = (options: TeacherOptions, group: string): OnnxSource => ({
  teacher: options.teacher,
  group,
  input: options.input,
  output: options.output ?? null,
  extent: options.extent,
  data: options.data ?? null,
});

const metadataOf = ({ group, input, output }: OnnxSource): Record<string, string> => ({
  'intertwiner.group': group,
  ...(input.length === 1 && { 'intertwiner.input': input[0]! }),
  ...(output !== null && { 'intertwiner.output': output.split(':').at(-1)! }),
});

function onlyPart({ inputs }: Target): Part {
  const [part, ...others] = inputs.parts;
  if (part && others.length === 0) return part;
  const names = inputs.parts.map(({ name }) => name).join(', ');
  throw new UsageError(`A teacher must have one input; this model has ${names}.`);
}

/** Of one sample of the output. */
async function outputShape(model: LoadedModel, { inputs, output, seed }: Target, part: Part) {
  const batch = inputs.fixedBatch ?? 1;
  const data = random(seed, 'probe').fillNormal(new Float32Array(batch * part.size));
  const feeds = { [part.name]: { data, shape: [batch, ...part.shape] } };
  return (await model.run(feeds))[output.name]!.shape.slice(1);
}

function claimOf(
  model: LoadedModel,
  options: TeacherOptions,
  { output }: Target,
  part: Part,
  shape: readonly number[],
  as: {
    readonly title: string;
    readonly symmetry: Pick<Part, 'action'> & { output: typeof output.action };
  } = {
    title: `${output.action.group.name}, ${part.action.description} → ${output.action.description}`,
    symmetry: { action: part.action, output: output.action },
  },
): Claim {
  return {
    title: as.title,
    teacher: onnxTeacher(model, {
      name: basename(options.teacher),
      inputName: part.name,
      outputName: output.name,
      inputShape: part.shape,
      outputShape: shape,
      input: as.symmetry.action,
      output: as.symmetry.output,
    }),
  };
}

/** Other groups and other actions on the output that fit the tensors' shapes. */
function alternativesTo(
  model: LoadedModel,
  options: TeacherOptions,
  target: Target,
  part: Part,
  shape: readonly number[],
): Claim[] {
  const specs = [
    target.group.name,
    'C2',
    'C4',
    'D1',
    'D2',
    'D4',
    ...torusOf(part.shape),
    'SO(3)',
    'O(3)',
  ];
  const inputWords = target.group.kind === 'lie' ? ['points', 'image'] : ['image', 'points'];
  return [...new Set(specs)].flatMap((spec) =>
    ['invariant', 'image', 'points', 'V', 'reg'].flatMap((words) => {
      try {
        const group: Group = parseGroup(spec);
        const action = firstFitting(inputWords, (word) =>
          actionOn(group, word, part.name, part.shape),
        );
        const output = actionOn(group, words, target.output.name, shape);
        const title = `${spec}, ${action.description} → ${output.description}`;
        return [
          claimOf(model, options, target, part, shape, { title, symmetry: { action, output } }),
        ];
      } catch {
        // The shapes have no such action; that is what is being found out.
        return [];
      }
    }),
  );
}

function firstFitting<T>(words: readonly string[], make: (word: string) => T): T {
  for (const word of words.slice(0, -1)) {
    try {
      return make(word);
    } catch {
      // The next may fit.
    }
  }
  return make(words.at(-1)!);
}

/** All shifts of an image [H, W], [C, H, W] or [H, W, C]. */
function torusOf(shape: readonly number[]): string[] {
  const [a, b, c] = shape;
  if (shape.length === 2) return [`T(${a},${b})`];
  if (shape.length !== 3) return [];
  return a === b && b !== c ? [`T(${a},${b})`] : [`T(${b},${c})`];
}

async function rowsFrom(path: string, part: Part): Promise<Rows> {
  const { name, data } = await loadSamples(path, part, largestData);
  return { name: `${basename(path)} (${name})`, values: data, width: part.size };
}
