import { markup, type Markup } from '../markup.js';
import { seriesColour } from '../palette.js';

/** One entry of a legend. */
export interface LegendEntry {
  readonly name: string;
  readonly dashed?: boolean;
}

/** Names beside samples of their lines or bars; nothing for a single one. */
export function legend(entries: readonly LegendEntry[], shape: 'line' | 'bar'): Markup | null {
  if (entries.length < 2) return null;
  const items = entries.map(
    ({ name, dashed = false }, i) =>
      markup`<li>
        <svg width="22" height="12" aria-hidden="true">${sample(i, shape, dashed)}</svg>${name}
      </li>`,
  );
  return markup`<ul class="legend">
    ${items}
  </ul>`;
}

function sample(i: number, shape: 'line' | 'bar', dashed: boolean): Markup {
  const colour = seriesColour(i);
  if (shape === 'bar') return markup`<rect x="5" y="1" width="11" height="11" fill="${colour}" />`;
  const dash = dashed ? '6 4' : 'none';
  return markup`<path
    d="M0 6h22"
    stroke="${colour}"
    stroke-width="2.4"
    stroke-dasharray="${dash}"
  />`;
}
