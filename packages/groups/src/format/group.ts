import { characterTable, type CharacterValue } from '../characters/character-table.js';
import { classOf, conjugacyClasses, elementPower } from '../groups/conjugacy.js';
import type { FiniteGroup, Group } from '../groups/group.js';
import { natural } from '../representations/standard.js';
import { characterPrinter } from './character-value.js';
import { alignColumns } from './table.js';

/** The largest group of which classes are listed here. */
const largestOrder = 50_000;
/** The most classes of which a character table is printed, and goes into a JSON record. */
const mostPrinted = 60;
const mostRecorded = 400;

/** The number of conjugacy classes; null if the group is too large to list them here. */
function classCount(group: FiniteGroup): number | null {
  const listed = group.order <= largestOrder || group.structure.kind === 'symmetric';
  return listed ? conjugacyClasses(group).length : null;
}

/**
 * The character table as aligned text: classes by a representative, their sizes, one row per irrep, and
 * below it what ζn and letters stand for.
 */
export function formatCharacterTable(group: FiniteGroup): string {
  const { classes, rows, types } = characterTable(group);
  const field = { real: 'R', complex: 'C', quaternionic: 'H' };
  const printer = characterPrinter();
  const powers = classes.map(({ representative, elementOrder }) =>
    Array.from({ length: elementOrder }, (_, l) =>
      classOf(group, elementPower(group, representative, l)),
    ),
  );
  const cells = (row: readonly CharacterValue[]) =>
    row.map((value, k) =>
      printer.print(
        value,
        powers[k].map((power) => row[power]),
      ),
    );
  const table = alignColumns([
    ['class', 'type', ...classes.map((c) => group.elementName(c.representative))],
    ['size', '', ...classes.map((c) => String(c.size))],
    ['order', '', ...classes.map((c) => String(c.elementOrder))],
    ...rows.map((row, i) => [`ψ${i}`, field[types[i]], ...cells(row)]),
  ]);
  const legend = printer.legend();
  return legend.length > 0 ? `${table}\n\n${legend.join('\n')}` : table;
}

/** Order, generators, classes, irreps and character table of a group, as text for a terminal. */
export function formatGroup(group: Group): string {
  const lines = [
    `${group.name}: ${summary(group)}`,
    `natural representation: dimension ${natural(group).dimension}`,
  ];
  if (group.kind === 'finite') {
    const names = group.generators.map((g) => group.elementName(g));
    lines.push(`generators: ${names.join(', ') || 'none'}`);
  }
  if (group.kind === 'finite') lines.push('', ...tableOrReason(group));
  return lines.join('\n');
}

function tableOrReason(group: FiniteGroup): string[] {
  const count = classCount(group);
  if (count === null) {
    return [
      `characters: not listed for more than ${largestOrder.toLocaleString('en-US')} elements; ` +
        'characterTable(group) computes them.',
    ];
  }
  if (count > mostPrinted) {
    return [
      `characters: ${count} columns are too wide to print; --json has up to ${mostRecorded}.`,
    ];
  }
  return ['characters (R real, C complex, H quaternionic type):', formatCharacterTable(group)];
}

function summary(group: Group): string {
  switch (group.kind) {
    case 'finite': {
      const count = classCount(group);
      const classes = count === null ? '' : `, ${count} conjugacy classes`;
      return `finite group of order ${group.order.toLocaleString('en-US')}${classes}`;
    }
    case 'permutation':
      return `permutation group on ${group.degree} points, of order ${group.order.toLocaleString('en-US')}`;
    case 'lie':
      return (
        `${group.compact ? 'compact ' : ''}Lie group, ${group.generators.length} algebra generators, ` +
        `${group.discreteGenerators.length} discrete generators`
      );
  }
}

/** The same as a JSON-ready record; orders beyond 2⁵³ are decimal strings. */
export function describeGroup(group: Group): Record<string, unknown> {
  const common = { group: group.name, kind: group.kind, dimension: natural(group).dimension };
  if (group.kind === 'lie') {
    return {
      ...common,
      compact: group.compact,
      algebraGenerators: group.generators.length,
      discreteGenerators: group.discreteGenerators.length,
    };
  }
  const order = group.kind === 'finite' ? group.order : String(group.order);
  if (group.kind !== 'finite' || (classCount(group) ?? Infinity) > mostRecorded) {
    return { ...common, order };
  }
  const { classes, rows, types } = characterTable(group);
  return {
    ...common,
    order,
    generators: group.generators.map((g) => group.elementName(g)),
    classes: classes.map((c) => ({
      representative: group.elementName(c.representative),
      size: c.size,
      order: c.elementOrder,
    })),
    irreps: rows.map((row, i) => ({ dimension: row[0], type: types[i], character: row })),
  };
}
