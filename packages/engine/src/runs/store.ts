/** Where the phases of a run are kept, so that an interrupted run can go on. */
import { join } from 'node:path';
import { access, rm } from 'node:fs/promises';
import {
  CheckpointError,
  checkpointToState,
  loadCheckpoint,
  saveCheckpoint,
  stateToCheckpoint,
} from '../files/checkpoint.js';
import type { StepOutputs, TrainingState } from '../training/program.js';

/** A phase as it is kept. */
export interface SavedPhase {
  readonly state: TrainingState;
  readonly outputs: StepOutputs;
  /** Time spent in training so far. */
  readonly milliseconds: number;
  readonly finished: boolean;
}

export interface PhaseStore {
  /** The phase as it was last saved, or null. */
  load(phase: string): Promise<SavedPhase | null>;
  save(phase: string, saved: SavedPhase): Promise<void>;
}

/** Keeps nothing. */
export const noStore: PhaseStore = {
  load: async () => null,
  save: async () => {},
};

/** A store that also keeps in memory what was finished, so that it is read once. */
export function rememberingStore(store: PhaseStore): PhaseStore {
  const finished = new Map<string, SavedPhase>();
  return {
    load: async (phase) => finished.get(phase) ?? store.load(phase),
    async save(phase, saved) {
      if (saved.finished) finished.set(phase, saved);
      await store.save(phase, saved);
    },
  };
}

const outputPrefix = 'outputs/';

/**
 * Keeps each phase in a file of a folder. The run's configuration is written into every file; one
 * that was written under another is refused.
 */
export function folderStore(folder: string, configuration: string): PhaseStore {
  const pathOf = (phase: string) => join(folder, `${phase.replaceAll('/', '.')}.safetensors`);
  return {
    async load(phase) {
      const path = pathOf(phase);
      if (!(await exists(path))) return null;
      const { tensors, metadata } = await loadCheckpoint(path);
      if (metadata['configuration'] !== configuration) {
        throw new CheckpointError(
          `'${path}' was written with another configuration. Resume with the options of that run, ` +
            'or start again without --resume.',
        );
      }
      return decode(tensors, metadata);
    },
    async save(phase, { state, outputs, milliseconds, finished }) {
      const { tensors, metadata } = stateToCheckpoint(state);
      const recorded = Object.entries(outputs).map(([name, data]) => [
        outputPrefix + name,
        { dtype: 'float32', shape: [data.length], data },
      ]);
      await saveCheckpoint(pathOf(phase), {
        tensors: { ...tensors, ...Object.fromEntries(recorded) },
        metadata: {
          ...metadata,
          configuration,
          milliseconds: String(milliseconds),
          finished: String(finished),
        },
      });
    },
  };
}

/** Removes what a {@link folderStore} has kept. */
export async function clearStore(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function decode(
  tensors: TrainingState['variables'],
  metadata: Readonly<Record<string, string>>,
): SavedPhase {
  const isOutput = ([name]: [string, unknown]) => name.startsWith(outputPrefix);
  const entries = Object.entries(tensors);
  const variables = Object.fromEntries(entries.filter((entry) => !isOutput(entry)));
  const outputs = entries
    .filter(isOutput)
    .map(([name, { data }]) => [name.slice(outputPrefix.length), data as Float32Array]);
  return {
    state: { ...checkpointToState({ tensors: {}, metadata }), variables },
    outputs: Object.fromEntries(outputs),
    milliseconds: Number(metadata['milliseconds']),
    finished: metadata['finished'] === 'true',
  };
}
