/** Reads Markdown pages, for the tests that run what the documentation shows. */
import GithubSlugger from 'github-slugger';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';

/**
 * @typedef {object} CodeBlock
 * @property {string} language
 * @property {string} code
 * @property {number} line of the opening fence, from 1
 * @property {string | null} mark the HTML comment directly above, such as `slow`
 * @property {string | null} output the `text` block directly below: what the code prints
 */

/**
 * @typedef {object} Page
 * @property {CodeBlock[]} blocks
 * @property {Set<string>} marks all HTML comments
 * @property {{ url: string, line: number }[]} links
 * @property {Set<string>} anchors
 */

/**
 * @param {string} text
 * @returns {Page}
 */
export function readPage(text) {
  const tree = fromMarkdown(text);
  const slugger = new GithubSlugger();
  /** @type {Page} */
  const page = { blocks: [], marks: new Set(), links: [], anchors: new Set() };
  visit(tree, (node, index, parent) => {
    const line = node.position?.start.line ?? 0;
    if (node.type === 'heading') page.anchors.add(slugger.slug(toString(node)));
    if (node.type === 'html') page.marks.add(comment(node) ?? '');
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') {
      page.links.push({ url: node.url, line });
    }
    if (node.type === 'code') {
      const siblings = parent?.children ?? [];
      const at = index ?? 0;
      page.blocks.push({
        language: node.lang ?? '',
        code: node.value,
        line,
        mark: comment(siblings[at - 1]),
        output: printed(siblings[at + 1]),
      });
    }
  });
  return page;
}

/**
 * @param {import('mdast').Nodes | undefined} node
 * @returns {string | null} the text of an HTML comment
 */
const comment = (node) =>
  node?.type === 'html' ? (/^<!--\s*(.*?)\s*-->$/s.exec(node.value)?.[1] ?? null) : null;

/**
 * @param {import('mdast').Nodes | undefined} node
 * @returns {string | null}
 */
const printed = (node) => (node?.type === 'code' && node.lang === 'text' ? node.value : null);
