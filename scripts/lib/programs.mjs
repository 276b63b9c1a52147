/** The programs in a page: its `ts` blocks, each alone or, where the page says so, all as one. */

/** @typedef {import('./markdown.mjs').CodeBlock} CodeBlock */

/**
 * @typedef {object} Program
 * @property {number} line of the first block
 * @property {string} code
 * @property {string | null} output what it prints, where the page shows it
 * @property {string | null} notRun why it is not to be run
 */

/**
 * The reason in a comment such as `not run: needs a network`, or null.
 *
 * @param {CodeBlock} block
 */
export const notRun = ({ mark }) => (mark?.startsWith('not run') ? mark : null);

/**
 * On a page with the comment `one program`, later blocks see the names of earlier ones.
 *
 * @param {import('./markdown.mjs').Page} page
 * @returns {Program[]}
 */
export function programs({ blocks, marks }) {
  const ours = blocks.filter(({ language }) => language === 'ts');
  const runnable = ours.filter((block) => !notRun(block));
  const together = marks.has('one program') && runnable.length > 0;
  const alone = together ? ours.filter((block) => notRun(block)) : ours;
  return [...(together ? [runnable] : []), ...alone.map((block) => [block])].map(join);
}

/** @param {CodeBlock[]} parts @returns {Program} */
function join(parts) {
  const outputs = parts.map(({ output }) => output).filter((output) => output !== null);
  return {
    line: parts[0].line,
    code: parts.map(({ code }) => code).join('\n\n'),
    output: outputs.length > 0 ? outputs.join('\n') : null,
    notRun: notRun(parts[0]),
  };
}
