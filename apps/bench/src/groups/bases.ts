/** Bases of intertwiners, beside those of emlp on JAX where a Python with emlp is named. */
import { group, homBasis, parseRepresentation } from '@intertwiner/groups';
import { askPeer, inOwnProcess, timeCalls, type Timing } from './timing.js';

export interface BasisTiming extends Timing {
  readonly task: string;
  readonly method: string;
  readonly rank: number;
  /** Rank from characters, orbit counts or elimination; null where none applies. */
  readonly expectedRank: number | null;
  readonly residual: number;
}

interface EmlpTiming {
  readonly jax: string;
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly rank: number;
  readonly residual: number | null;
}

interface EscnnTiming {
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly rank: number;
}

/** Ours, and what the others took and reached; null where one was not asked or did not finish. */
export interface BasisRow extends BasisTiming {
  readonly emlp: EmlpTiming | null;
  readonly escnn: EscnnTiming | null;
}

interface BasisTask {
  readonly spec: string;
  readonly from: string;
  readonly to: string;
  /** The tensor ranks p, q of both representations for emlp; null where it cannot do the task. */
  readonly ranks: readonly [number, number, number, number] | null;
}

const tasks: readonly BasisTask[] = [
  { spec: 'SO(3)', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'SO(3)', from: 'V^3', to: 'V^3', ranks: [3, 0, 3, 0] },
  { spec: 'S5', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'S6', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'O(5)', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'SO(1,3)', from: 'V', to: 'T(2,1)', ranks: [1, 0, 2, 1] },
  { spec: 'Z16', from: 'V', to: 'V', ranks: [1, 0, 1, 0] },
  { spec: 'Rubik', from: 'V', to: 'V', ranks: [1, 0, 1, 0] },
  { spec: 'S10', from: 'V^2', to: 'V^2', ranks: null },
  { spec: 'SO(3)', from: 'V^4', to: 'V^4', ranks: null },
  { spec: 'E(3)', from: 'V^3', to: 'V^3', ranks: null },
];

const nameOf = ({ spec, from, to }: BasisTask) => `${spec}: ${from} → ${to}`;

export const basisTaskNames: readonly string[] = tasks.map(nameOf);

/** The times of one task in this process. @throws RangeError for an unknown task. */
export function timeBasis(name: string, repetitions: number): BasisTiming {
  const task = tasks.find((candidate) => nameOf(candidate) === name);
  if (!task) throw new RangeError(`There is no task '${name}': ${basisTaskNames.join('; ')}.`);
  const { result, ...timing } = timeCalls(() => {
    const g = group(task.spec);
    const space = homBasis(parseRepresentation(g, task.from), parseRepresentation(g, task.to));
    // The dense basis too, as emlp makes it.
    return space.basis.length > 0 ? space : null;
  }, repetitions);
  if (!result) throw new Error(`${name}: the basis is empty.`);
  const { method, rank, residual, certificate } = result;
  return { task: name, method, rank, expectedRank: certificate.expectedRank, residual, ...timing };
}

/** Task by task, ours and then the others', so that all see the same load. */
export function benchBases(
  repetitions: number,
  python: string | undefined,
  onSkipped: (line: string) => void,
): BasisRow[] {
  return tasks.map((task) => {
    const ours = inOwnProcess<BasisTiming>(nameOf(task), repetitions);
    if (!python || !task.ranks) return { ...ours, emlp: null, escnn: null };
    const args = [task.spec, ...task.ranks.map(String), '3'];
    const emlp = askPeer<EmlpTiming>(python, 'groups_emlp.py', args, onSkipped);
    if (task.spec !== 'SO(3)') return { ...ours, emlp, escnn: null };
    const powers = [task.ranks[0], task.ranks[2]].map(String);
    const escnn = askPeer<EscnnTiming>(
      python,
      'groups_escnn.py',
      [task.spec, ...powers],
      onSkipped,
    );
    return { ...ours, emlp, escnn };
  });
}
