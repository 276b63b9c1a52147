/** When a command of one page is the very same as one of another page, which has run already. */

export interface EarlierCommand {
  readonly line: string;
  readonly key: string;
}

/** What a command line says, without remarks and with single spaces. */
const meaning = (line: string): string =>
  line
    .replace(/\s#.*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The folder that a command writes. */
export const outOf = (line: string): string | undefined => / --out (\S+)/.exec(meaning(line))?.[1];

const isIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`);

/**
 * All that the result of a command depends on: its line, and the commands of its page that wrote what
 * the line names, with what these depend on.
 *
 * @param earlier the page's commands before it
 */
export function keyOf(line: string, earlier: readonly EarlierCommand[]): string {
  const words = meaning(line).split(' ');
  const sources = earlier.filter((one) => {
    const out = outOf(one.line);
    return out !== undefined && words.some((word) => isIn(word, out) || isIn(out, word));
  });
  return JSON.stringify([meaning(line), ...sources.map(({ key }) => key)]);
}
