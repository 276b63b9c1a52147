import * as Plot from '@observablehq/plot';
import { seriesColour } from '../palette.js';
import { axisScale, axisStyle, drawPlot, extent, isShown, referenceMarks } from '../plot.js';
import type { LinePlot, Series } from '../report.js';

interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A curve of more points than this is thinned: a screen shows no more. */
const mostPoints = 1200;

/**
 * The curves of a plot as an SVG element, without its legend.
 *
 * @throws RangeError if the arrays of a series differ in length.
 */
export function linePlotSvg(plot: LinePlot): string {
  const curves = plot.series.map((series) => thin(pointsOf(plot, series)));
  const points = curves.flat();
  const { references = [] } = plot;
  const heights = points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const levels = references.map(({ value }) => value).filter((value) => isShown(plot.y, value));
  const marks = curves.flatMap((curve, i) => curveMarks(curve, plot.series[i]!, i));
  const x = axisScale(
    plot.x,
    extent(
      plot.x,
      points.map((point) => point.x),
    ),
  );
  const y = axisScale(plot.y, extent(plot.y, [...heights, ...levels]));
  return drawPlot({
    ariaLabel: `${plot.y.label} against ${plot.x.label}`,
    x: x.scale,
    y: y.scale,
    marks: [
      Plot.gridY({ ...y.ticks, strokeOpacity: 0.12 }),
      Plot.axisX({ ...axisStyle, ...x.ticks, label: plot.x.label, labelOffset: 38 }),
      Plot.axisY({ ...axisStyle, ...y.ticks, label: plot.y.label, labelOffset: 56 }),
      ...marks,
      ...referenceMarks(references.filter(({ value }) => isShown(plot.y, value))),
    ],
  });
}

/** How many points of a plot its logarithmic axes cannot show. */
export function hiddenPoints(plot: LinePlot): number {
  const shown = plot.series.reduce((sum, series) => sum + pointsOf(plot, series).length, 0);
  return plot.series.reduce((sum, { x }) => sum + x.length, 0) - shown;
}

function pointsOf({ x: xAxis, y: yAxis }: LinePlot, series: Series): Point[] {
  const { name, x, y, low, high } = series;
  for (const array of [y, low ?? x, high ?? x]) {
    if (array.length !== x.length) {
      throw new RangeError(
        `Series "${name}": expected ${x.length} values as in x, got ${array.length}.`,
      );
    }
  }
  const bound = (values: ArrayLike<number> | undefined, i: number) => {
    const value = values?.[i];
    return value !== undefined && isShown(yAxis, value) ? value : null;
  };
  return Array.from(x, (value, i) => ({
    x: value,
    y: y[i]!,
    low: bound(low, i),
    high: bound(high, i),
  })).filter((point) => isShown(xAxis, point.x) && isShown(yAxis, point.y));
}

/** Keeps the lowest and the highest point of each of equal runs, so that no peak is lost. */
function thin(points: Point[]): Point[] {
  if (points.length <= mostPoints) return points;
  const run = Math.ceil((2 * points.length) / mostPoints);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += run) {
    const part = points.slice(start, start + run).sort((a, b) => a.y - b.y);
    const ends = part.length > 1 ? [part[0]!, part.at(-1)!] : part;
    kept.push(...ends.sort((a, b) => a.x - b.x));
  }
  return kept;
}

function curveMarks(curve: readonly Point[], series: Series, i: number): Plot.Markish[] {
  const colour = seriesColour(i);
  const { dashed = false, joined = true } = series;
  const { dots = !joined || curve.length <= 16 } = series;
  const band = curve.filter(({ low, high }) => low !== null && high !== null);
  const marks: Plot.Markish[] = joined
    ? [
        Plot.lineY(curve, {
          x: 'x',
          y: 'y',
          stroke: colour,
          strokeWidth: curve.length > 200 ? 1.3 : 1.8,
          ...(dashed ? { strokeDasharray: '6 4' } : {}),
        }),
      ]
    : [];
  if (band.length > 0) {
    marks.unshift(
      Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.16 }),
    );
  }
  // Points of a scatter plot lie upon each other.
  const dot = joined ? { r: 2.8 } : { r: 2.2, fillOpacity: 0.55 };
  if (dots) marks.push(Plot.dot(curve, { x: 'x', y: 'y', fill: colour, ...dot }));
  return marks;
}
