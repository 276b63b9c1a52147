import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { barChartSvg, linePlotSvg, type BarChart, type LinePlot } from '@intertwiner/report';

const axes = { x: { label: 'step' }, y: { label: 'loss' } } as const;

const svg = (text: string) => parseHTML(`<body>${text}</body>`).document.querySelector('svg')!;

/** The points of the `i`-th curve, in the drawing's coordinates. */
function curve(text: string, i = 0): [number, number][] {
  const path = svg(text).querySelectorAll('g[aria-label="line"] path')[i]!;
  const pairs: string[] = path.getAttribute('d')!.match(/-?[\d.]+,-?[\d.]+/g)!;
  return pairs.map((pair) => pair.split(',').map(Number) as [number, number]);
}

const lines = (y: ArrayLike<number>, more: Partial<LinePlot> = {}): LinePlot => ({
  kind: 'lines',
  ...axes,
  series: [{ name: 's', x: Array.from(y, (_, i) => i), y }],
  ...more,
});

describe('linePlotSvg', () => {
  it('is an affine picture of the data, upwards', () => {
    const points = curve(linePlotSvg(lines([0, 1, 4, 9])));
    const height = (i: number) => points[0]![1] - points[i]![1];
    // Coordinates are written with 3 decimals.
    expect(height(2) / height(1)).toBeCloseTo(4, 1);
    expect(height(3) / height(1)).toBeCloseTo(9, 1);
    expect(points[3]![0] - points[2]![0]).toBeCloseTo(points[1]![0] - points[0]![0], 2);
    expect(height(1)).toBeGreaterThan(0);
  });

  it('a logarithmic axis turns factors into distances and marks powers of ten', () => {
    const text = linePlotSvg(lines([1, 10, 100, 1000], { y: { label: 'loss', scale: 'log' } }));
    const [a, b, c, d] = curve(text).map(([, y]) => y) as [number, number, number, number];
    expect(a - b).toBeCloseTo(b - c, 2);
    expect(b - c).toBeCloseTo(c - d, 2);
    for (const label of ['10⁰', '10¹', '10²', '10³']) expect(text).toContain(label);
  });

  it('leaves out what an axis cannot show', () => {
    const y = [1, 0, -1, Number.NaN, 10];
    expect(curve(linePlotSvg(lines(y, { y: { label: 'loss', scale: 'log' } }))).length).toBe(2);
    expect(curve(linePlotSvg(lines(y))).length).toBe(4);
  });

  it('thins long curves but keeps every peak', () => {
    const y = new Float64Array(50_000);
    y[12_345] = 1;
    y[40_000] = -1;
    const points = curve(linePlotSvg(lines(y)));
    expect(points.length).toBeLessThanOrEqual(1200);
    const heights = points.map(([, height]) => height);
    expect(new Set(heights).size).toBe(3);
    const xs = points.map(([x]) => x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  });

  it('draws bands, dashes and references, and makes room for them', () => {
    const text = linePlotSvg({
      kind: 'lines',
      ...axes,
      series: [{ name: 's', x: [0, 1], y: [1, 2], low: [0, 1], high: [5, 3], dashed: true }],
      references: [{ value: 8, label: 'cap' }],
    });
    const drawing = svg(text);
    expect(drawing.querySelectorAll('g[aria-label="area"] path').length).toBe(1);
    expect(text).toContain('stroke-dasharray="6 4"');
    const rule = drawing.querySelector('g[aria-label="rule"] line')!;
    expect(Number(rule.getAttribute('y1'))).toBeGreaterThanOrEqual(18);
    expect(text).toContain('>cap</text>');
  });

  it.each([[[]], [[3]], [[3, 3]], [[0, 0]], [[Number.NaN]]])('draws %j without NaN', (y) => {
    for (const scale of ['linear', 'log'] as const) {
      expect(linePlotSvg(lines(y, { y: { label: 'y', scale } }))).not.toMatch(/NaN|undefined/);
    }
  });

  it('names the series whose arrays differ in length', () => {
    const series = [{ name: 'student', x: [0, 1], y: [1] }];
    expect(() => linePlotSvg(lines([], { series }))).toThrow(
      'Series "student": expected 2 values as in x, got 1.',
    );
  });
});

describe('barChartSvg', () => {
  const chart: BarChart = {
    kind: 'bars',
    y: { label: 'accuracy' },
    bars: ['upright', 'rotated'],
    groups: [
      { name: 'teacher', values: [0.2, { value: 0.4, low: 0.3, high: 0.5 }] },
      { name: 'scratch', values: [0.8, null] },
    ],
  };
  const rects = (text: string) => [...svg(text).querySelectorAll('g[aria-label="rect"] rect')];
  const size = (rect: ReturnType<typeof svg>, name: string) => Number(rect.getAttribute(name));

  it('lengths are proportional to values, and all bars are equally wide', () => {
    const bars = rects(barChartSvg(chart));
    expect(bars.length).toBe(3);
    // Each bar is inset by half a pixel on either side.
    const [a, b, c] = bars.map((bar) => size(bar, 'height') + 1) as [number, number, number];
    expect(b / a).toBeCloseTo(2, 5);
    expect(c / a).toBeCloseTo(4, 5);
    expect(new Set(bars.map((bar) => size(bar, 'width').toFixed(6))).size).toBe(1);
  });

  it('names its groups, and tilts names that would collide', () => {
    expect(barChartSvg(chart)).toMatch(/teacher.*scratch/s);
    expect(barChartSvg(chart)).not.toContain('rotate(-28)');
    const names = Array.from({ length: 8 }, (_, i) => `a rather long name ${i}`);
    const long = { ...chart, groups: names.map((name) => ({ name, values: [1, 2] })) };
    expect(barChartSvg(long)).toContain('rotate(-28)');
  });

  it('bars hang below zero where values are negative', () => {
    const values = [-1, 1];
    const [down, up] = rects(barChartSvg({ ...chart, groups: [{ name: 'g', values }] }));
    expect(size(down!, 'y')).toBeGreaterThan(size(up!, 'y'));
  });

  it('draws an empty chart and a logarithmic one', () => {
    expect(barChartSvg({ ...chart, groups: [] })).not.toMatch(/NaN|undefined/);
    const y = { label: 'error', scale: 'log' } as const;
    const groups = [{ name: 'g', values: [0, { value: 1e-3, low: 0, high: 1e-2 }] }];
    const text = barChartSvg({ ...chart, y, groups });
    expect(rects(text).length).toBe(1);
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it('names the group with a wrong number of values', () => {
    const groups = [{ name: 'teacher', values: [1] }];
    expect(() => barChartSvg({ ...chart, groups })).toThrow(
      'Bar group "teacher": expected 2 values, one per bar, got 1.',
    );
  });
});
