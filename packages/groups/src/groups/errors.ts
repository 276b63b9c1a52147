/** A spec that names no known group; the message proposes the nearest known one. */
export class UnknownGroupError extends RangeError {
  override readonly name = 'UnknownGroupError';
  /** A spec that would have been understood. */
  readonly suggestion: string;

  constructor(spec: string, known: readonly string[]) {
    const suggestion = nearest(spec, known);
    super(`Unknown group '${spec}'. Did you mean '${suggestion}'? Known: ${known.join(', ')}.`);
    this.suggestion = suggestion;
  }
}

/** The known spec at the least edit distance, with the numbers of `spec` where the shapes agree. */
function nearest(spec: string, known: readonly string[]): string {
  // Brackets and underscores are what is forgotten most: SO3 is nearer to SO(3) than to S3.
  const shape = (text: string) =>
    text
      .replaceAll(/\d+/g, '#')
      .replaceAll(/[()_\s]/g, '')
      .toLowerCase();
  const distances = known.map((candidate) => editDistance(shape(spec), shape(candidate)));
  const best = known[distances.indexOf(Math.min(...distances))];
  const numbers = spec.match(/\d+/g) ?? [];
  let next = 0;
  return best.replaceAll(/\d+/g, (digits) => numbers[next++] ?? digits);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Generators that do not give a group: not square, singular, or not closing up. */
export class GeneratorError extends RangeError {
  override readonly name = 'GeneratorError';
}

/** A table that is not the multiplication table of a group; the message names where it fails. */
export class NotAGroupError extends RangeError {
  override readonly name = 'NotAGroupError';
}
