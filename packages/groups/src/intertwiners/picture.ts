import type { Intertwiners } from './hom-basis.js';

const cell = 8;
const gap = 12;
const perRow = 8;

/**
 * A basis as an SVG picture: one small matrix per element, blue for positive and red for negative
 * entries, the deeper the larger.
 *
 * @param most the number of elements drawn; default 64.
 */
export function basisPicture(space: Intertwiners, most = 64): string {
  const [rows, columns] = [space.repOut.dimension, space.repIn.dimension];
  const count = Math.min(space.rank, most);
  const [w, h] = [columns * cell + gap, rows * cell + gap];
  const across = Math.max(1, Math.min(count, perRow));
  const panels = Array.from({ length: count }, (_, k) => {
    const place = `translate(${(k % across) * w + gap} ${Math.floor(k / across) * h + gap})`;
    return `<g transform="${place}">${panel(space.element(k), rows, columns)}</g>`;
  });
  const width = across * w + gap;
  const height = Math.max(1, Math.ceil(count / across)) * h + gap;
  const title = `${space.rank} intertwiners ${space.repIn.name} → ${space.repOut.name} of ${space.repIn.group.name}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>${escaped(title)}</title>${panels.join('')}</svg>`
  );
}

function panel(element: Float64Array, rows: number, columns: number): string {
  const largest = Math.max(...element.map(Math.abs));
  const frame = `<rect width="${columns * cell}" height="${rows * cell}" fill="#f4f4f4"/>`;
  const cells = Array.from(element, (value, p) => {
    const opacity = Math.abs(value) / largest;
    if (opacity < 1e-9) return '';
    const [x, y] = [(p % columns) * cell, Math.floor(p / columns) * cell];
    const colour = value > 0 ? '#1f5fb4' : '#c0392b';
    return `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${colour}" fill-opacity="${opacity.toFixed(3)}"/>`;
  });
  return frame + cells.join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
