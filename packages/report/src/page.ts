import { barChartSvg } from './blocks/bar-chart.js';
import { heatTableMarkup } from './blocks/heat-table.js';
import { imageGridMarkup } from './blocks/image-grid.js';
import { legend } from './blocks/legend.js';
import { hiddenPoints, linePlotSvg } from './blocks/line-plot.js';
import { factsMarkup, noteMarkup, paragraphMarkup } from './blocks/prose.js';
import { tableMarkup } from './blocks/table.js';
import { markup, Markup } from './markup.js';
import { reportJson, scriptSafe } from './json.js';
import type { BarChart, Block, LinePlot, Report, Section } from './report.js';
import { styleSheet } from './style.js';

/** Nothing may be loaded, and no script may run: the page is what it shows. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The number that the next figure or table gets. */
interface Numbering {
  figure: number;
  table: number;
}

/**
 * One HTML page that needs nothing else: no network, no scripts, plots as SVG, images as data.
 * All text is escaped. The report's data stand in the page as JSON, in the element with the id
 * `report-data`. The same report gives the same bytes.
 *
 * @throws RangeError if a block's parts do not fit together (its message names the block).
 */
export function htmlReport(report: Report): string {
  const { title, subtitle, details = [], sections } = report;
  const numbering: Numbering = { figure: 1, table: 1 };
  const body = sections.map((section, i) => sectionMarkup(section, i + 1, numbering));
  const data = new Markup(scriptSafe(reportJson(report)));
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${title}</title>
        <style>${new Markup(styleSheet)}</style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            ${subtitle !== undefined && markup`<p class="subtitle">${subtitle}</p>`}
            ${
              details.length > 0 &&
              markup`<ul class="details">
                ${details.map((line) => markup`<li>${line}</li>`)}
              </ul>`
            }
            ${sections.length > 2 && contents(sections)}
          </header>
          ${body}
        </main>
        <script type="application/json" id="report-data">${data}</script>
      </body>
    </html>
`.text;
}

function contents(sections: readonly Section[]): Markup {
  const items = sections.map(
    ({ title }, i) =>
      markup`<li>
        <a href="#section-${i + 1}"><span class="no">${i + 1}</span>${title}</a>
      </li>`,
  );
  return markup`<nav aria-label="Contents">
    <ol>
      ${items}
    </ol>
  </nav>`;
}

function sectionMarkup({ title, blocks }: Section, number: number, numbering: Numbering): Markup {
  const content = blocks.map((block) => blockMarkup(block, numbering));
  return markup`<section id="section-${number}">
    <h2><span class="no">${number}</span>${title}</h2>
    ${content}
  </section> `;
}

function blockMarkup(block: Block, numbering: Numbering): Markup {
  switch (block.kind) {
    case 'paragraph':
      return paragraphMarkup(block);
    case 'note':
      return noteMarkup(block);
    case 'facts':
      return captioned(factsMarkup(block), block.caption, 'table', numbering);
    case 'table':
      return captioned(tableMarkup(block), block.caption, 'table', numbering);
    case 'heat':
      return captioned(heatTableMarkup(block), block.caption, 'table', numbering);
    case 'images':
      return captioned(imageGridMarkup(block), block.caption, 'figure', numbering);
    case 'lines':
      return captioned(linePlotMarkup(block), linesCaption(block), 'figure', numbering);
    case 'bars':
      return captioned(barChartMarkup(block), block.caption, 'figure', numbering);
  }
}

/** Tables carry their captions above, figures below; what has no caption has no number. */
function captioned(
  content: Markup,
  caption: string | undefined,
  kind: keyof Numbering,
  numbering: Numbering,
): Markup {
  if (caption === undefined) return markup`<figure>${content}</figure>`;
  const label = `${kind === 'table' ? 'Table' : 'Figure'} ${numbering[kind]++}.`;
  const text = markup`<figcaption><b>${label}</b>${caption}</figcaption>`;
  if (kind === 'table') return markup`<figure class="above">${text}${content}</figure>`;
  return markup`<figure>${content}${text}</figure>`;
}

function linePlotMarkup(plot: LinePlot): Markup {
  const svg = new Markup(linePlotSvg(plot));
  return markup`${legend(plot.series, 'line')}
    <div class="plot">${svg}</div>`;
}

function barChartMarkup(chart: BarChart): Markup {
  const svg = new Markup(barChartSvg(chart));
  const entries = chart.bars.map((name) => ({ name }));
  return markup`${legend(entries, 'bar')}
    <div class="plot">${svg}</div>`;
}

function linesCaption(plot: LinePlot): string | undefined {
  const hidden = hiddenPoints(plot);
  if (hidden === 0) return plot.caption;
  const remark = `${hidden} point${hidden === 1 ? ' is' : 's are'} not shown: not finite, or not positive on a logarithmic axis.`;
  return `${plot.caption ?? ''} ${remark}`.trim();
}
