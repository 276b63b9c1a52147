import * as Plot from '@observablehq/plot';
import { isInterval } from '../numbers.js';
import { seriesColour } from '../palette.js';
import { axisScale, axisStyle, drawPlot, extent, isShown, referenceMarks } from '../plot.js';
import type { BarChart } from '../report.js';

/** A bar from `left` to `right`, where group i has the places from i to i + 1. */
interface Bar {
  readonly left: number;
  readonly right: number;
  readonly centre: number;
  readonly colour: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The part of a group's width that its bars take. */
const filled = 0.76;

/**
 * Grouped bars with error bars as an SVG element, without its legend.
 *
 * @throws RangeError if a group has not one value per bar.
 */
export function barChartSvg(chart: BarChart): string {
  const bars = barsOf(chart);
  const references = (chart.references ?? []).filter(({ value }) => isShown(chart.y, value));
  const [base, top] = heightRange(
    chart,
    bars,
    references.map(({ value }) => value),
  );
  const y = axisScale(chart.y, [base, top]);
  const names = chart.groups.map(({ name }) => name);
  const turned = Math.max(0, ...names.map(({ length }) => length)) * names.length > 100;
  return drawPlot({
    ariaLabel: `Bars: ${chart.y.label}`,
    marginBottom: turned ? 84 : 34,
    x: { type: 'linear', domain: [0, Math.max(1, names.length)] },
    y: y.scale,
    marks: [
      Plot.gridY({ ...y.ticks, strokeOpacity: 0.12 }),
      Plot.axisY({ ...axisStyle, ...y.ticks, label: chart.y.label, labelOffset: 56 }),
      Plot.axisX(
        names.map((_, i) => i + 0.5),
        {
          label: null,
          tickSize: 0,
          tickFormat: (_, i: number) => names[i]!,
          ...(turned ? { tickRotate: -28 } : {}),
        },
      ),
      Plot.rect(bars, {
        x1: 'left',
        x2: 'right',
        y1: base,
        y2: 'value',
        fill: 'colour',
        inset: 0.5,
      }),
      ...errorBars(bars.filter(({ low, high }) => low < high)),
      Plot.ruleY([base], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...referenceMarks(references),
    ],
  });
}

/** A vertical line per bar, with a short stroke across each end. */
function errorBars(bars: readonly Bar[]): Plot.Markish[] {
  const line = { stroke: 'currentColor', strokeWidth: 1.4 };
  const reach = (bar: Bar) => (bar.right - bar.left) / 7;
  const end = (y: 'low' | 'high') =>
    Plot.ruleY(bars, {
      x1: (bar: Bar) => bar.centre - reach(bar),
      x2: (bar: Bar) => bar.centre + reach(bar),
      y,
      ...line,
    });
  return [
    Plot.ruleX(bars, { x: 'centre', y1: 'low', y2: 'high', ...line }),
    end('low'),
    end('high'),
  ];
}

/** A bar's length means something only from zero on; a logarithmic axis has none. */
function heightRange(
  { y }: BarChart,
  bars: readonly Bar[],
  levels: readonly number[],
): [number, number] {
  const heights = [...bars.flatMap(({ value, low, high }) => [value, low, high]), ...levels];
  const [low, high] = extent(y, heights);
  if (y.scale === 'log') return [10 ** Math.floor(Math.log10(low) - 1e-9), high];
  return [Math.min(0, low), Math.max(0, high)];
}

function barsOf({ groups, bars, y }: BarChart): Bar[] {
  return groups.flatMap(({ name, values }, i) => {
    if (values.length !== bars.length) {
      throw new RangeError(
        `Bar group "${name}": expected ${bars.length} values, one per bar, got ${values.length}.`,
      );
    }
    const width = filled / bars.length;
    return values.flatMap((cell, k) => {
      if (cell === null) return [];
      const { value, low, high } = isInterval(cell) ? cell : { value: cell, low: cell, high: cell };
      if (!isShown(y, value)) return [];
      const left = i + (1 - filled) / 2 + k * width;
      return [
        {
          left,
          right: left + width,
          centre: left + width / 2,
          colour: seriesColour(k),
          value,
          low: isShown(y, low) ? low : value,
          high: isShown(y, high) ? high : value,
        },
      ];
    });
  });
}
