import { markup, type Markup } from '../markup.js';
import { base64, greyPng } from '../png.js';
import type { GreyImage, ImageGrid } from '../report.js';

/** Grey images in rows, each with its caption. Throws RangeError as {@link greyPng} does. */
export function imageGridMarkup({ images, columns, pixelSize = 3 }: ImageGrid): Markup {
  const widest = Math.max(1, ...images.map(({ width }) => width)) * pixelSize;
  const repeat = columns ?? 'auto-fill';
  const style = `grid-template-columns:repeat(${repeat}, minmax(${widest}px, max-content))`;
  return markup`<div class="images" style="${style}">
    ${images.map((image) => cell(image, pixelSize))}
  </div>`;
}

function cell(image: GreyImage, pixelSize: number): Markup {
  const { width, height, caption } = image;
  const source = `data:image/png;base64,${base64(greyPng(image))}`;
  const alt = caption ?? `grey image, ${height} × ${width} pixels`;
  const [w, h] = [width * pixelSize, height * pixelSize];
  return markup`<div>
    <img
      src="${source}"
      alt="${alt}"
      width="${w}"
      height="${h}"
    />${caption !== undefined && markup`<span>${caption}</span>`}
  </div>`;
}
