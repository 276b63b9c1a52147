import { scale } from '@observablehq/plot';
import { markup, type Markup } from '../markup.js';
import { formatNumber } from '../numbers.js';
import type { HeatTable } from '../report.js';

interface Shade {
  readonly background: string;
  readonly ink: string;
}

/**
 * A table whose cells are coloured by their numbers, on the cividis scale: it reads the same with
 * and without colour vision, and in grey.
 *
 * @throws RangeError if a row has not one value per column.
 */
export function heatTableMarkup(table: HeatTable): Markup {
  const { rows, columns, label, format = { digits: 2 } } = table;
  for (const { name, values } of rows) {
    if (values.length !== columns.length) {
      throw new RangeError(
        `Heat table row "${name}": expected ${columns.length} values, got ${values.length}.`,
      );
    }
  }
  const shade = shades(table);
  const cell = (value: number | null) => {
    if (value === null) return markup`<td class="none">–</td>`;
    const { background, ink } = shade(value);
    const text = formatNumber(value, format);
    return markup`<td style="background:${background};color:${ink}">${text}</td>`;
  };
  const body = rows.map(
    ({ name, values }) =>
      markup`<tr>
        <th scope="row">${name}</th>
        ${values.map(cell)}
      </tr>`,
  );
  const head = columns.map((column) => markup`<th scope="col">${column}</th>`);
  return markup`<div class="scroll">
      <table class="heat">
        <thead>
          <tr>
            <td></td>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>
    ${key(table, label)}`;
}

function shades({ rows, scale: kind = 'log' }: HeatTable): (value: number) => Shade {
  const values = rows.flatMap((row) => row.values).filter((v) => v !== null);
  const [low, high] = shownRange(values, kind);
  const colours = scale({
    color: { type: kind, domain: [low, high], scheme: 'cividis', clamp: true },
  });
  return (value) => {
    // A logarithm has no place for zero: the lowest colour. NaN and ∞ take the highest.
    const placed = Number.isFinite(value) ? Math.max(value, low) : high;
    const background = colours.apply(placed) as string;
    return { background, ink: brightness(background) > 140 ? '#111' : '#fff' };
  };
}

function shownRange(values: readonly number[], kind: 'linear' | 'log'): [number, number] {
  const usable = values.filter((v) => Number.isFinite(v) && (kind === 'linear' || v > 0));
  if (usable.length === 0) return kind === 'log' ? [1, 10] : [0, 1];
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  return low < high ? [low, high] : kind === 'log' ? [low / 10, high * 10] : [low - 1, high + 1];
}

/** Luma (Rec. 601) of `rgb(r, g, b)`, from 0 to 255. */
function brightness(colour: string): number {
  const [r, g, b] = colour.match(/\d+/g)!.map(Number) as [number, number, number];
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

function key(
  { rows, scale: kind = 'log', format = { digits: 2 } }: HeatTable,
  label: string,
): Markup {
  const values = rows.flatMap((row) => row.values).filter((v) => v !== null);
  const [low, high] = shownRange(values, kind);
  const logarithmic = kind === 'log' ? ', logarithmic scale' : '';
  return markup`<p class="key">
    ${label}${logarithmic}: ${formatNumber(low, format)}
    <span class="ramp"></span> ${formatNumber(high, format)}
  </p>`;
}
