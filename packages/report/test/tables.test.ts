import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { formatNumber, htmlReport, type Block, type Cell, type Column } from '@intertwiner/report';

function page(block: Block) {
  const report = { title: 't', sections: [{ title: 's', blocks: [block] }] };
  return parseHTML(htmlReport(report)).document;
}

type Page = ReturnType<typeof page>;

const cells = (document: Page, selector: string) =>
  [...document.querySelectorAll(selector)].map((cell) => cell.textContent);

describe('formatNumber', () => {
  it.each([
    [0, {}, '0'],
    [-0.12345, {}, '−0.123'],
    [1234.5, {}, '1235'],
    [123456.7, {}, '123\u2009457'],
    [2412345, {}, '2\u2009412\u2009345'],
    [1.2e-7, { digits: 2 }, '1.2×10⁻⁷'],
    [-3.14159e12, {}, '−3.14×10¹²'],
    [0.7425, { style: 'percent' }, '74.3 %'],
    [0.7425, { style: 'percent', digits: 0 }, '74 %'],
    [12.25, { style: 'fixed', digits: 1 }, '12.3'],
    [5, { style: 'scientific', digits: 2 }, '5.0×10⁰'],
    [Number.NaN, {}, '–'],
    [-Infinity, {}, '−∞'],
  ] as const)('%d as %j is %s', (value, format, text) => {
    expect(formatNumber(value, format)).toBe(text);
  });
});

describe('tables', () => {
  const columns: Column[] = [
    { header: 'network' },
    { header: 'accuracy', format: { style: 'percent' }, best: 'high' },
    { header: 'time', unit: 'ms', best: 'low' },
  ];
  const rows: Cell[][] = [
    ['teacher', { value: 0.742, low: 0.731, high: 0.753 }, 12],
    ['clone', 0.755, null],
    ['scratch', 0.5, 11.5],
  ];

  it('writes numbers, intervals, units and gaps', () => {
    const document = page({ kind: 'table', columns, rows });
    expect(cells(document, 'thead th')).toEqual(['network', 'accuracy', 'time (ms)']);
    expect(cells(document, 'tbody tr:first-child td')).toEqual([
      'teacher',
      '74.2 % [73.1, 75.3]',
      '12',
    ]);
    expect(cells(document, 'tbody tr:nth-child(2) td')).toEqual(['clone', '75.5 %', '–']);
  });

  it('sets columns of numbers to the right and the best of each in bold', () => {
    const document = page({ kind: 'table', columns, rows });
    expect(cells(document, 'thead th.number')).toEqual(['accuracy', 'time (ms)']);
    expect(cells(document, 'td strong')).toEqual(['75.5 %', '11.5']);
  });

  it('refuses a row of another length', () => {
    const block: Block = { kind: 'table', columns, rows: [['a', 1, 2], ['b']] };
    expect(() => page(block)).toThrow('Table row 2: expected 3 cells, one per column, got 1.');
  });
});

describe('heat tables', () => {
  const heat = (values: (number | null)[], scale: 'linear' | 'log' = 'log') =>
    page({
      kind: 'heat',
      label: 'error',
      scale,
      columns: values.map((_, i) => `g${i}`),
      rows: [{ name: 'cpu', values }],
    });
  const shade = (document: Page) =>
    [...document.querySelectorAll('tbody td')].map((cell) => {
      const [r, g, b] = cell.getAttribute('style')!.match(/\d+/g)!.map(Number);
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    });

  it('larger is brighter, equal factors are equal steps of the scale, zero is the darkest', () => {
    const [zero, low, middle, high] = shade(heat([0, 1e-7, 1e-4, 1e-1])) as number[];
    expect(zero).toBe(low);
    expect(middle).toBeGreaterThan(low!);
    expect(high).toBeGreaterThan(middle!);
    const [, linearMiddle] = shade(heat([0, 0.5, 1], 'linear'));
    expect(linearMiddle).toBeCloseTo(middle!, 5);
  });

  it('shows gaps, and says what the colours mean', () => {
    const document = heat([1e-3, null, 1]);
    expect(cells(document, 'td.none')).toEqual(['–']);
    expect(document.querySelector('.key')!.textContent).toMatch(
      /error, logarithmic scale: 0\.0010\s+1/,
    );
  });

  it.each([[[0, 0]], [[5]], [[null]], [[Number.NaN, 1]]])('survives %j', (values) => {
    for (const scale of ['linear', 'log'] as const) {
      expect(heat(values, scale).querySelector('table.heat')!.outerHTML).not.toMatch(
        /NaN|undefined/,
      );
    }
  });

  it('refuses a row of another length', () => {
    const rows = [{ name: 'cpu', values: [1] }];
    expect(() => page({ kind: 'heat', label: 'e', columns: ['a', 'b'], rows })).toThrow(
      'Heat table row "cpu": expected 2 values, got 1.',
    );
  });
});
