/** The programs in the documentation: `ts` blocks, alone or, where a page says so, as one. */
import { notRun, type NamedPage } from './pages.js';

export interface Program {
  readonly page: string;
  /** Of the first block. */
  readonly line: number;
  /** A name for its file. */
  readonly slug: string;
  readonly code: string;
  /** What it prints, where the page shows it. */
  readonly output: string | null;
  readonly notRun: string | null;
}

/** On a page with the comment `<!-- one program -->`, later blocks see the names of earlier ones. */
export function programs(page: NamedPage): Program[] {
  const blocks = page.blocks.filter(({ language }) => language === 'ts');
  const run = blocks.filter((block) => !notRun(block));
  const groups = page.marks.has('one program') && run.length > 0 ? [run] : run.map((b) => [b]);
  const skipped = blocks.filter((block) => notRun(block)).map((block) => [block]);
  return [...groups, ...skipped].map((group) => {
    const { line } = group[0]!;
    const outputs = group.map(({ output }) => output).filter((output) => output !== null);
    return {
      page: page.path,
      line,
      slug: `${page.path.replaceAll(/[^a-z0-9]+/gi, '-')}-${line}`.toLowerCase(),
      code: group.map(({ code }) => code).join('\n\n'),
      output: outputs.length > 0 ? outputs.join('\n') : null,
      notRun: notRun(group[0]!),
    };
  });
}
