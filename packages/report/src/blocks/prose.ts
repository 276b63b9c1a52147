import { markup, type Markup } from '../markup.js';
import { formatShort } from '../numbers.js';
import type { Facts, Note, Paragraph } from '../report.js';

/** A paragraph; an empty line in its text starts another. */
export function paragraphMarkup({ text }: Pick<Paragraph, 'text'>): Markup {
  return markup`${text.split(/\n\s*\n/).map((part) => markup`<p>${part}</p>`)}`;
}

export function noteMarkup({ tone = 'warning', title, text }: Note): Markup {
  const heading = title !== undefined && markup`<p class="note-title">${title}</p>`;
  return markup`<aside class="note ${tone}">${heading}${paragraphMarkup({ text })}</aside>`;
}

export function factsMarkup({ facts }: Facts): Markup {
  const items = facts.map(({ name, value }) => {
    const text = typeof value === 'number' ? formatShort(value, 6) : value;
    return markup`<div>
      <dt>${name}</dt>
      <dd>${text}</dd>
    </div>`;
  });
  return markup`<dl>${items}</dl>`;
}
