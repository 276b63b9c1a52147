/** What verbs print: with --json one document on stdout, and everything for people on stderr. */
import { isatty } from 'node:tty';

export interface Output {
  /** A line for people. */
  say(text: string): void;
  /** The result: as JSON, or as text where JSON was not asked for. */
  result(document: unknown, text: string): void;
}

export function makeOutput(json: boolean): Output {
  const write = (stream: NodeJS.WriteStream, text: string) => stream.write(`${text}\n`);
  return {
    say: (text) => write(json ? process.stderr : process.stdout, text),
    result: (document, text) => write(process.stdout, json ? jsonText(document) : text),
  };
}

/** A document as the text of a JSON file. */
export const jsonText = (document: unknown): string => JSON.stringify(document, finite, 2);

/** JSON has no Infinity and no NaN; they are written as strings. */
const finite = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

export const isTerminal = (): boolean => isatty(2);

/** Columns of text, the first aligned left and the others right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [
    line(header),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...rows.map(line),
  ].join('\n');
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const short = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
