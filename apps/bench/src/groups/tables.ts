/** Character tables and irreps, beside those of escnn where a Python with escnn is named. */
import {
  asFiniteGroup,
  characterTable,
  type FiniteGroup,
  group,
  irreps,
  type RealIrrep,
} from '@intertwiner/groups';
import { askPeer, inOwnProcess, timeCalls, type Timing } from './timing.js';

export interface TableTiming {
  readonly task: string;
  readonly classes: number;
  readonly characters: Timing;
  /** All irreps over R and their matrices of the generators; after the characters. */
  readonly irreps: Timing;
  /** |G| · (number of irreps) values: the real characters of all elements, ascending in each irrep. */
  readonly values: readonly (readonly number[])[];
}

interface EscnnIrreps {
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly values: readonly (readonly number[])[];
}

export interface TableRow extends Omit<TableTiming, 'values'> {
  readonly escnn: Omit<EscnnIrreps, 'values'> | null;
  /** The largest difference of characters to escnn's; null if it was not asked. */
  readonly difference: number | null;
}

/** S7 has no counterpart in escnn. */
const tasks = ['S7', 'I_h', 'I', 'O', 'D12', 'C16'];
const inEscnn = new Set(['I_h', 'I', 'O', 'D12', 'C16']);

export const tableTaskNames: readonly string[] = tasks.map((spec) => `irreps of ${spec}`);

/** The times of one task in this process. @throws RangeError for an unknown task. */
export function timeTable(name: string, repetitions: number): TableTiming {
  const at = tableTaskNames.indexOf(name);
  if (at < 0) throw new RangeError(`There is no task '${name}': ${tableTaskNames.join('; ')}.`);
  // A fresh group each time, as tables and irreps are remembered with their group.
  const fresh = () => asFiniteGroup(group(tasks[at]));
  const { result: table, ...characters } = timeCalls(() => characterTable(fresh()), repetitions);
  const { result: list, ...made } = timeCalls(() => irrepMatrices(fresh()), repetitions);
  return {
    task: name,
    classes: table.rows.length,
    characters,
    irreps: made,
    values: list[0].group.order > 200 ? [] : list.map(sortedCharacter),
  };
}

function irrepMatrices(g: FiniteGroup): readonly RealIrrep[] {
  const list = irreps(g, 'R');
  for (const irrep of list) for (const a of g.generators) irrep.matrix(a);
  return list;
}

function sortedCharacter(irrep: RealIrrep): number[] {
  return irrep.group.elements.map((a) => irrep.character(a)).sort((a, b) => a - b);
}

export function benchTables(
  repetitions: number,
  python: string | undefined,
  onSkipped: (line: string) => void,
): TableRow[] {
  return tasks.map((spec, i) => {
    const { values, ...ours } = inOwnProcess<TableTiming>(tableTaskNames[i], repetitions);
    const asked = python && inEscnn.has(spec);
    const peer = asked ? askPeer<EscnnIrreps>(python, 'groups_escnn.py', [spec], onSkipped) : null;
    if (!peer) return { ...ours, escnn: null, difference: null };
    const { values: theirs, ...escnn } = peer;
    return { ...ours, escnn, difference: characterDifference(values, theirs) };
  });
}

/** Irreps have no common order, nor have elements: lists of sorted characters are sorted and compared. */
function characterDifference(
  ours: readonly (readonly number[])[],
  theirs: readonly (readonly number[])[],
): number {
  if (ours.length !== theirs.length) return Infinity;
  const key = (list: readonly number[]) => list.map((x) => Math.round(1e4 * x) + 0).join();
  const ordered = (lists: readonly (readonly number[])[]) =>
    lists.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const [a, b] = [ordered(ours), ordered(theirs)];
  return Math.max(...a.flatMap((list, i) => list.map((x, k) => Math.abs(x - b[i][k]))));
}
