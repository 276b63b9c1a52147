import { markup, type Markup } from '../markup.js';
import { formatInterval, formatNumber, isInterval } from '../numbers.js';
import type { Cell, Column, Table } from '../report.js';

/**
 * A table whose numbers stand to the right and in digits of equal width.
 *
 * @throws RangeError if a row has not one cell per column.
 */
export function tableMarkup({ columns, rows }: Table): Markup {
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns.length) {
      throw new RangeError(
        `Table row ${i + 1}: expected ${columns.length} cells, one per column, got ${row.length}.`,
      );
    }
  }
  const numeric = columns.map((_, k) => isNumeric(rows.map((row) => row[k]!)));
  const best = columns.map(({ best }, k) =>
    bestValue(
      rows.map((row) => row[k]!),
      best,
    ),
  );
  const body = rows.map(
    (row) =>
      markup`<tr>
        ${row.map((cell, k) => tableCell(cell, columns[k]!, numeric[k]!, best[k]!))}
      </tr>`,
  );
  const head = columns.map((column, k) => headCell(column, numeric[k]!));
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function headCell({ header, unit }: Column, numeric: boolean): Markup {
  const label =
    unit === undefined ? markup`${header}` : markup`${header} <span class="unit">(${unit})</span>`;
  return markup`<th scope="col" ${numeric && markup` class="number"`}>${label}</th>`;
}

function tableCell(cell: Cell, column: Column, numeric: boolean, best: number | null): Markup {
  const isBest = best !== null && valueOf(cell) === best;
  const content = cellMarkup(cell, column);
  return markup`<td${numeric && markup` class="number"`}>${isBest ? markup`<strong>${content}</strong>` : content}</td>`;
}

function cellMarkup(cell: Cell, { format }: Column): Markup {
  if (cell === null) return markup`–`;
  if (typeof cell === 'string') return markup`${cell}`;
  if (typeof cell === 'number') return markup`${formatNumber(cell, format)}`;
  const [value, interval] = formatInterval(cell, format);
  return markup`${value} <span class="interval">${interval}</span>`;
}

function valueOf(cell: Cell): number | null {
  if (isInterval(cell)) return cell.value;
  return typeof cell === 'number' ? cell : null;
}

function isNumeric(cells: readonly Cell[]): boolean {
  return cells.some((cell) => valueOf(cell) !== null);
}

function bestValue(cells: readonly Cell[], best: Column['best']): number | null {
  const values = cells.map(valueOf).filter((value) => value !== null && Number.isFinite(value));
  if (best === undefined || values.length < 2) return null;
  return best === 'low' ? Math.min(...(values as number[])) : Math.max(...(values as number[]));
}
