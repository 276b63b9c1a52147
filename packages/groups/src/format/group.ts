import { characterTable } from '../characters/character-table.js';
import { conjugacyClasses } from '../groups/conjugacy.js';
import type { FiniteGroup, Group } from '../groups/group.js';
import { natural } from '../representations/standard.js';
import { formatCharacterValue } from './character-value.js';
import { alignColumns } from './table.js';

/** The largest group, and the most classes, for which a character table is printed. */
const largestOrder = 50_000;
const mostClasses = 60;

/** Whether the classes and characters of a group are small enough to be shown. */
function hasTable(group: Group): group is FiniteGroup {
  if (group.kind !== 'finite') return false;
  const listed = group.order <= largestOrder || group.structure.kind === 'symmetric';
  return listed && conjugacyClasses(group).length <= mostClasses;
}

/** The character table as aligned text: classes by a representative, their sizes, one row per irrep. */
export function formatCharacterTable(group: FiniteGroup): string {
  const { classes, rows, types } = characterTable(group);
  const field = { real: 'R', complex: 'C', quaternionic: 'H' };
  return alignColumns([
    ['class', 'type', ...classes.map((c) => group.elementName(c.representative))],
    ['size', '', ...classes.map((c) => String(c.size))],
    ['order', '', ...classes.map((c) => String(c.elementOrder))],
    ...rows.map((row, i) => [`ψ${i}`, field[types[i]]].concat(row.map(formatCharacterValue))),
  ]);
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
  if (hasTable(group)) {
    lines.push('', 'characters (R real, C complex, H quaternionic type):');
    lines.push(formatCharacterTable(group));
  }
  return lines.join('\n');
}

function summary(group: Group): string {
  switch (group.kind) {
    case 'finite': {
      const classes = hasTable(group)
        ? `, ${conjugacyClasses(group).length} conjugacy classes`
        : '';
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
  if (!hasTable(group)) return { ...common, order };
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
