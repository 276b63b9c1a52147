/** Laws of stage 1: how errors of cloned layers add up, and which filters a clone follows. */
import {
  gaussianNoise,
  invarianceError,
  makeTask,
  normalisedMse,
  planarSymmetry,
  runClassifier,
  studentsOf,
  symmetricNetwork,
  type CloningConfig,
  type FilterSource,
  type PhaseOptions,
  type PlanarSymmetry,
} from '@intertwiner/cloning';
import type { Digits } from '@intertwiner/datasets';
import { prepareDigits } from '../../verbs/cloneData.js';

/** Errors of the logits of a network in which some layers are clones, weights as they are drawn. */
export interface CompoundingRecord {
  /** Normalised errors of the two clones. */
  readonly cloneErrors: readonly number[];
  readonly first: LogitErrors;
  readonly second: LogitErrors;
  readonly both: LogitErrors;
}

interface LogitErrors {
  readonly onData: number;
  readonly onNoise: number;
}

/** Images on which symmetry is measured. */
const samples = 64;

/** The first layer cloned and the second exact, the other way round, and both cloned. */
export async function symmetryByLayer(
  config: CloningConfig,
  digits: Digits,
  options: PhaseOptions,
): Promise<CompoundingRecord> {
  const { test, train } = prepareDigits(digits, config);
  const symmetry = planarSymmetry(config.group, train.size, config.kernelSize);
  const clones = studentsOf({ config, train }, symmetry);
  try {
    const results = await clones.train(options);
    const task = makeTask('symmetry', symmetry.group, train.size);
    const [first, second] = clones.layers;
    const [own, other] = exactLayers(symmetry);
    const errors = async (layers: readonly [typeof first, typeof second]): Promise<LogitErrors> => {
      const network = symmetricNetwork('compounding', config, symmetry, train.size, layers);
      const running = await runClassifier(network, 1);
      try {
        const found = await invarianceError(running, task, test, { samples, seed: config.seed });
        return { onData: found.data.mean, onNoise: found.noise.mean };
      } finally {
        await running.dispose();
        network.dispose();
      }
    };
    return {
      cloneErrors: results.map(({ normalisedMse: error }) => error),
      first: await errors([first, other]),
      second: await errors([own, second]),
      both: await errors([first, second]),
    };
  } finally {
    clones.dispose();
  }
}

const exactLayers = ({ layers }: PlanarSymmetry) =>
  [layers[0], layers[1]].map((teacher) => ({
    teacher,
    map: teacher.channels,
    weights: [],
  })) as unknown as ReturnType<typeof studentsOf>['layers'];

/** Normalised errors of the first layer's clone by the filters it is given. */
export type FilterRecord = Readonly<Record<string, number>>;

/** Filters that no clone was shown: of other sizes, and with structure. */
const filterSources: Readonly<Record<string, FilterSource>> = {
  'N(0, 1), as cloned': scaled(1),
  'N(0, 1/16)': scaled(1 / 4),
  'N(0, 1/4)': scaled(1 / 2),
  'N(0, 4)': scaled(2),
  'N(0, 16)': scaled(4),
  'one value, a blur': (stream, filters, size) => {
    for (let i = 0; i < filters.length; i += size) filters.fill(stream.normal(), i, i + size);
  },
  'one entry, a shift': (stream, filters, size) => {
    filters.fill(0);
    for (let i = 0; i < filters.length; i += size)
      filters[i + stream.integer(size)] = Math.sqrt(size);
  },
};

function scaled(deviation: number): FilterSource {
  return (stream, filters) => void stream.fillNormal(filters, deviation);
}

export async function filterErrors(
  config: CloningConfig,
  digits: Digits,
  options: PhaseOptions,
): Promise<FilterRecord> {
  const { train } = prepareDigits(digits, config);
  const symmetry = planarSymmetry(config.group, train.size, config.kernelSize);
  const clones = studentsOf({ config, train }, symmetry);
  try {
    await clones.train(options);
    const [teacher, student] = clones.students[0]!;
    const inputs = gaussianNoise(teacher.inputSize);
    const errors: [string, number][] = [];
    for (const [name, filters] of Object.entries(filterSources)) {
      const error = await normalisedMse(teacher, student, { seed: config.seed, inputs, filters });
      errors.push([name, error]);
    }
    return Object.fromEntries(errors);
  } finally {
    clones.dispose();
  }
}
