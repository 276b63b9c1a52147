import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';

/** The ```ts blocks of a document. */
function blocksOf(document: URL): string[] {
  const text = readFileSync(document, 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
}

/** What a block says that it prints: the comments behind console.log, up to a colon or comma. */
function promisesOf(block: string): number {
  return block.match(/console\.log\(/g)?.length ?? 0;
}

const documents = {
  'README.md': new URL('../README.md', import.meta.url),
  'tutorial-representations.md': new URL(
    '../../../docs/tutorial-representations.md',
    import.meta.url,
  ),
};

describe.each(Object.entries(documents))('%s', (name, document) => {
  const blocks = blocksOf(document as URL);

  it('has blocks', () => expect(blocks.length).toBeGreaterThan(0));

  it.each(blocks.map((_, i) => i))('block %d runs and prints', async (i) => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
    // Beside this test, so that imports resolve as in it.
    const file = new URL(`./.block-${name as string}-${i}.ts`, import.meta.url);
    writeFileSync(file, blocks[i]);
    try {
      await import(file.pathname);
      expect(printed.mock.calls.length).toBe(promisesOf(blocks[i]));
      const literal = [
        ...blocks[i].matchAll(/console\.log\((?:.*)\); \/\/ ([\w. ]+?)(?:$|[:,])/gm),
      ];
      const lines = new Set(printed.mock.calls.map((call) => call.map(String).join(' ')));
      const checkable = literal
        .map(([, promise]) => promise)
        .filter((promise) => /^(?:[\d.]+|true)(?: (?:[\d.]+|true))*$/.test(promise));
      expect(checkable.filter((promise) => !lines.has(promise))).toEqual([]);
    } finally {
      rmSync(file);
      printed.mockRestore();
    }
  });
});
