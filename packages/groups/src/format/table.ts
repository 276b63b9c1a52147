/** Aligns cells in columns, first column left, the others right, two blanks between. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const width = (text: string) => Array.from(text).length;
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => width(row[j]))));
  const pad = (text: string, j: number) => {
    const blanks = ' '.repeat(widths[j] - width(text));
    return j === 0 ? text + blanks : blanks + text;
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
