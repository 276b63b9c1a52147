/** Tables in CSV (RFC 4180), parsed by csv-parse in the build that needs no Node module. */
import { CsvError, parse } from 'csv-parse/browser/esm/sync';
import { DatasetError } from '../errors.js';
import { gunzipIfNeeded } from './gzip.js';

/** A column: numbers where every cell is one (an empty cell is NaN), else text. */
export type CsvColumn = Float64Array | readonly string[];

export interface CsvTable {
  /** What error messages call the data. */
  readonly name: string;
  /** Number of rows, without the header. */
  readonly rows: number;
  /** Columns by name, in the order of the file. */
  readonly columns: ReadonlyMap<string, CsvColumn>;
}

export interface ReadCsvOptions {
  /** What error messages call the data; default `'CSV data'`. */
  readonly name?: string;
  /** Default `','`. */
  readonly delimiter?: string;
  /** Whether the first row names the columns; default true. Else they are `'0'`, `'1'`, … */
  readonly header?: boolean;
}

/**
 * Reads a table from text or UTF-8 bytes, gzipped or not. Empty lines are skipped.
 *
 * @throws DatasetError, with the line, if quotes or the number of fields are wrong, a column name
 *   occurs twice, or there is no row.
 */
export function readCsv(data: string | Uint8Array, options: ReadCsvOptions = {}): CsvTable {
  const { name = 'CSV data', delimiter = ',', header = true } = options;
  const records = parseRecords(
    typeof data === 'string' ? data : decode(data, name),
    name,
    delimiter,
  );
  const first = records[0];
  if (first === undefined) throw malformed(name, 'at least one row', 'none');
  const names = header ? first : first.map((_, k) => String(k));
  const repeated = names.find((column, k) => names.indexOf(column) !== k);
  if (repeated !== undefined) {
    throw malformed(name, 'column names that differ', `"${repeated}" twice`);
  }
  const body = header ? records.slice(1) : records;
  const columns = new Map(names.map((column, k) => [column, columnOf(body.map((row) => row[k]!))]));
  return { name, rows: body.length, columns };
}

/**
 * Columns of numbers side by side.
 *
 * @param names the columns to take; default all.
 * @returns a matrix of shape [rows, names.length], row-major.
 * @throws DatasetError if a column does not exist or holds text.
 */
export function csvMatrix(table: CsvTable, names = [...table.columns.keys()]): Float64Array {
  const matrix = new Float64Array(table.rows * names.length);
  names.forEach((name, k) => {
    const column = table.columns.get(name);
    if (column === undefined) {
      const known = [...table.columns.keys()].join(', ');
      throw malformed(table.name, `a column "${name}"`, `the columns ${known}`);
    }
    if (!(column instanceof Float64Array)) {
      const row = column.findIndex((cell) => numberOf(cell) === null);
      throw malformed(
        table.name,
        `numbers in column "${name}"`,
        `"${column[row]}" in row ${row + 1}`,
      );
    }
    column.forEach((value, row) => (matrix[row * names.length + k] = value));
  });
  return matrix;
}

function decode(bytes: Uint8Array, name: string): string {
  const raw = gunzipIfNeeded(bytes, name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw malformed(name, 'text in UTF-8', 'bytes that are not');
  }
}

function parseRecords(text: string, name: string, delimiter: string): string[][] {
  try {
    return parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw malformed(name, 'well-formed CSV', error.message);
  }
}

function columnOf(cells: string[]): CsvColumn {
  const numbers = cells.map(numberOf);
  return numbers.includes(null) ? cells : Float64Array.from(numbers as number[]);
}

/** The number that a cell holds, NaN if it is empty, null if it holds something else. */
function numberOf(cell: string): number | null {
  if (cell === '' || /^nan$/i.test(cell)) return Number.NaN;
  const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
  return plain ? Number(cell) : null;
}

function malformed(where: string, expected: string, found: string): DatasetError {
  return new DatasetError({ where, expected, found, remedy: 'Correct the table.' });
}
