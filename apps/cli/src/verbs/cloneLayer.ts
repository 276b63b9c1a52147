/** `clone --layer NAME`: an ordinary network learns one equivariant layer, its filter τ beside x. */
import { join } from 'node:path';
import {
  groupConvolutionTeacher,
  interpolatedGroupTeacher,
  interpolatedLiftingTeacher,
  intertwinerTeacher,
  liftingTeacher,
  pointTeacher,
  shiftTeacher,
  type LayerTeacher,
  type TeacherConfig,
} from '@intertwiner/cloning';
import { loadTfjsBackend, parseDevice, requireDevice, resolveDevice } from '@intertwiner/engine';
import { parseRepresentation, type FiniteGroup } from '@intertwiner/groups';
import { UsageError } from '../io/errors.js';
import { cloneOne, type StudentOptions, type TeacherSource } from './cloneOne.js';
import { asUsageError, parseSpec } from './groupSpec.js';

export const layerNames = ['linear', 'lifting', 'convolution', 'shifts', 'forces'] as const;
export type LayerName = (typeof layerNames)[number];
export const paddings = ['torus', 'zero'] as const;
export type Padding = (typeof paddings)[number];

/** Which layer; what it does not need must not be given. */
export interface LayerOptions extends StudentOptions {
  readonly layer: LayerName;
  readonly group?: string;
  /** Representations, of `linear`. */
  readonly input: readonly string[];
  readonly output?: string;
  /** Side of the image, and of the filter. */
  readonly size?: number;
  readonly kernelSize?: number;
  readonly padding?: Padding;
  readonly points?: number;
}

interface LayerSource extends TeacherSource {
  readonly layer: LayerName;
  readonly input: string | null;
  readonly output: string | null;
  readonly size: number | null;
  readonly kernelSize: number | null;
  readonly padding: Padding | null;
  readonly points: number | null;
}

interface NamedLayer {
  readonly teacher: LayerTeacher;
  readonly source: Omit<LayerSource, 'teacher'>;
  /** How the group acts on x, τ and y, in the words of `audit`, where it has words for it. */
  readonly representations?: Readonly<Record<string, string>>;
}

/**
 * Settings that clone the layers of a few hundred numbers; layers that are symmetric only between
 * pixels are cloned with whatever error they have, which the report shows.
 */
const defaults: Partial<TeacherConfig> = {
  student: 'glu',
  width: 512,
  cloneLearningRate: 1e-2,
  tolerance: 2,
};

export async function cloneLayerVerb(options: LayerOptions): Promise<void> {
  await loadTfjsBackend('tfjs-cpu');
  await requireDevice(parseDevice(options.device));
  const device = await resolveDevice(parseDevice(options.device));
  const { teacher, source, representations } = asUsageError(() => layerOf(options));
  const { inputSize, filterSize, outputSize, name } = teacher;
  const folder = `${source.layer}-${source.group}`.replaceAll(/[^\w-]+/g, '_');
  await cloneOne(
    { ...options, out: options.out ?? join('runs', folder) },
    device,
    {
      source: { teacher: name, ...source },
      claim: { title: `${source.group}: ${name}`, teacher },
      inputs: [
        { name: 'x', shape: [inputSize] },
        { name: 'tau', shape: [filterSize] },
      ],
      output: { name: 'y', shape: [outputSize] },
      metadata: {
        'intertwiner.group': source.group,
        ...(representations && {
          'intertwiner.representations': JSON.stringify(representations),
        }),
      },
    },
    defaults,
  );
}

/** The layer that the options name. @throws UsageError for options that it has not, or that do not fit. */
function layerOf(options: LayerOptions): NamedLayer {
  const { layer } = options;
  refuse(options, uses[layer]);
  switch (layer) {
    case 'linear':
      return linear(options);
    case 'lifting':
    case 'convolution':
      return planar(options, layer);
    case 'shifts':
      return shifts(options);
    case 'forces':
      return forces(options);
  }
}

const uses: Readonly<Record<LayerName, readonly string[]>> = {
  linear: ['group', 'input', 'output'],
  lifting: ['group', 'size', 'kernelSize', 'padding'],
  convolution: ['group', 'size', 'kernelSize', 'padding'],
  shifts: ['group', 'size', 'kernelSize', 'padding'],
  forces: ['group', 'points'],
};

function refuse({ layer, ...options }: LayerOptions, used: readonly string[]): void {
  const { input, output, size, kernelSize, padding, points } = options;
  const given = { input: input[0], output, size, kernelSize, padding, points };
  const extra = Object.entries(given).find(
    ([name, value]) => value !== undefined && !used.includes(name),
  );
  if (!extra) return;
  throw new UsageError(
    `The layer '${layer}' has no ${extra[0]}; it has ${used.join(', ')}. Leave the option out.`,
  );
}

const nothing = {
  input: null,
  output: null,
  size: null,
  kernelSize: null,
  padding: null,
  points: null,
};

/** All equivariant maps between two representations. */
function linear({ group: spec, input, output }: LayerOptions): NamedLayer {
  if (spec === undefined || input.length !== 1) {
    throw new UsageError(
      "The layer 'linear' needs a group and a representation: --group S5 --input V, and --output " +
        'unless it is the same.',
    );
  }
  const group = parseSpec(spec);
  const from = input[0]!;
  const to = output ?? from;
  const teacher = intertwinerTeacher(
    parseRepresentation(group, from),
    parseRepresentation(group, to),
  );
  return {
    teacher,
    source: { ...nothing, group: group.name, layer: 'linear', input: from, output: to },
    representations: { x: from, tau: 'invariant', y: to },
  };
}

/** Groups whose rotations move the pixels of a square onto each other. */
const isExact = (name: string): boolean => /^[CD][124]$/.test(name);

function planar(options: LayerOptions, layer: 'lifting' | 'convolution'): NamedLayer {
  const { group: spec = 'C4', size = 6, kernelSize = 3 } = options;
  const group = parseSpec(spec) as FiniteGroup;
  if (!/^[CD]\d+$/.test(group.name)) {
    throw new UsageError(
      `The layer '${layer}' takes rotations and reflections of the plane, C1, C2, … or D1, D2, …, not ` +
        `${group.name}.`,
    );
  }
  const exact = isExact(group.name);
  const padding = options.padding ?? (exact ? 'torus' : 'zero');
  const shape = { group, size, kernelSize };
  const makers = {
    lifting: [liftingTeacher, interpolatedLiftingTeacher],
    convolution: [groupConvolutionTeacher, interpolatedGroupTeacher],
  } as const;
  const [onTorus, interpolated] = makers[layer];
  return {
    teacher: exact && padding === 'torus' ? onTorus(shape) : interpolated({ ...shape, padding }),
    source: { ...nothing, group: group.name, layer, size, kernelSize, padding },
  };
}

function shifts({ group, size = 6, kernelSize = 3, padding = 'torus' }: LayerOptions): NamedLayer {
  onlyGroup('shifts', group, 'T(2)');
  return {
    teacher: shiftTeacher({ size, kernelSize, padding }),
    source: { ...nothing, group: 'T(2)', layer: 'shifts', size, kernelSize, padding },
  };
}

function forces({ group, points = 4 }: LayerOptions): NamedLayer {
  onlyGroup('forces', group, 'E(3)');
  return {
    teacher: pointTeacher({ points }),
    source: { ...nothing, group: 'E(3)', layer: 'forces', points },
  };
}

function onlyGroup(layer: LayerName, given: string | undefined, own: string): void {
  if (given === undefined || given === own) return;
  throw new UsageError(`The layer '${layer}' has the group ${own}, not ${given}.`);
}
