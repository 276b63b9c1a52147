/** What the two kinds of plot share: Observable Plot drawing into a document without a browser. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { formatShort, powerOfTen } from './numbers.js';
import type { Axis, Reference } from './report.js';

export const plotWidth = 760;
export const plotHeight = 340;

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** Draws a plot and returns the SVG element's text. */
export function drawPlot(options: Plot.PlotOptions): string {
  const drawn = Plot.plot({
    document,
    width: plotWidth,
    height: plotHeight,
    marginTop: 18,
    marginRight: 16,
    marginBottom: 44,
    marginLeft: 64,
    style: { fontSize: '12px', overflow: 'visible' },
    ...options,
  });
  return drawn.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

/** The scale of an axis over `domain`, and the ticks that suit it. */
export interface AxisScale {
  readonly scale: Plot.ScaleOptions;
  readonly ticks: Pick<Plot.AxisXOptions & Plot.AxisYOptions, 'ticks' | 'tickFormat'>;
}

/** A linear axis ends at round numbers; a logarithmic one over many decades marks their powers. */
export function axisScale(axis: Axis, domain: readonly [number, number]): AxisScale {
  // Ten digits drop the rounding noise of sums such as 0.1 + 0.2.
  const tickFormat = (value: number) => formatShort(value, 10);
  if (axis.scale !== 'log') {
    return { scale: { type: 'linear', domain: [...domain], nice: true }, ticks: { tickFormat } };
  }
  const [low, high] = domain.map(Math.log10) as [number, number];
  const scale = { type: 'log', domain: [...domain] } as const;
  if (high - low < 1.5) return { scale, ticks: { ticks: 5, tickFormat } };
  const power = (value: number) => powerOfTen(Math.round(Math.log10(value)));
  return { scale, ticks: { ticks: decades(low, high), tickFormat: power } };
}

/** Whether an axis can show a value. */
export function isShown(axis: Axis, value: number): boolean {
  return Number.isFinite(value) && (axis.scale !== 'log' || value > 0);
}

/** Smallest and largest of the values, kept apart; [0, 1] or [1, 10] if there are none. */
export function extent(axis: Axis, values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return axis.scale === 'log' ? [1, 10] : [0, 1];
  if (low < high) return [low, high];
  if (axis.scale === 'log') return [low / 2, high * 2];
  const margin = Math.abs(low) / 2 || 1;
  return [low - margin, high + margin];
}

/** Dashed lines across the plot, with their labels above their right ends. */
export function referenceMarks(references: readonly Reference[]): Plot.Markish[] {
  return references.flatMap(({ value, label }) => [
    Plot.ruleY([value], { stroke: 'currentColor', strokeOpacity: 0.65, strokeDasharray: '5 4' }),
    Plot.text([label], {
      y: [value],
      frameAnchor: 'right',
      textAnchor: 'end',
      lineAnchor: 'bottom',
      dx: -4,
      dy: -4,
      stroke: 'var(--page, #fff)',
      strokeWidth: 5,
      fill: 'currentColor',
    }),
  ]);
}

/** Axes and grid in the same quiet style for every plot. */
export const axisStyle = { tickSize: 4, labelArrow: 'none', labelAnchor: 'center' } as const;

function decades(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(low - 1e-9), Math.floor(high + 1e-9)];
  const step = Math.ceil((last - first + 1) / 8);
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += step) ticks.push(10 ** exponent);
  return ticks;
}
