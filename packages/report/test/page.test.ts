import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { htmlReport, reportJson, type Block, type Report } from '@intertwiner/report';

const hostile = `</script><img src=x onerror="alert('1')">&amp;\u2028`;

/** A report in which every text is `text`. */
function everyBlock(text: string): Report {
  const blocks: Block[] = [
    { kind: 'paragraph', text },
    { kind: 'note', tone: 'failure', title: text, text },
    { kind: 'facts', caption: text, facts: [{ name: text, value: text }] },
    { kind: 'table', caption: text, columns: [{ header: text, unit: text }], rows: [[text]] },
    {
      kind: 'lines',
      caption: text,
      x: { label: text },
      y: { label: text },
      series: [
        { name: text, x: [0, 1], y: [1, 2] },
        { name: text, x: [0, 1], y: [2, 1], low: [1, 0], high: [3, 2] },
      ],
      references: [{ value: 1, label: text }],
    },
    {
      kind: 'bars',
      caption: text,
      y: { label: text },
      bars: [text, text],
      groups: [{ name: text, values: [1, { value: 2, low: 1, high: 3 }] }],
    },
    {
      kind: 'heat',
      caption: text,
      label: text,
      columns: [text],
      rows: [{ name: text, values: [1] }],
    },
    {
      kind: 'images',
      caption: text,
      images: [{ width: 1, height: 1, pixels: [1], caption: text }],
    },
  ];
  return { title: text, subtitle: text, details: [text], sections: [{ title: text, blocks }] };
}

const parse = (page: string) => parseHTML(page).document;

/** Names of all elements, in order. */
const skeleton = (page: string) =>
  [...parse(page).querySelectorAll('*')].map((element) => element.tagName).join(' ');

describe('htmlReport', () => {
  it('no text can become markup: the elements are the same whatever the text', () => {
    const plain = skeleton(htmlReport(everyBlock('plain')));
    const texts = fc.oneof(fc.constant(hostile), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text.trim() === text && text !== '');
        expect(skeleton(htmlReport(everyBlock(text)))).toBe(plain);
      }),
      { seed: 1, numRuns: 25 },
    );
  });

  it('shows text as it was given', () => {
    const document = parse(htmlReport(everyBlock(hostile)));
    expect(document.querySelector('h1')!.textContent).toBe(hostile);
    expect(document.querySelector('td')!.textContent).toBe(hostile);
    expect(document.querySelector('img')!.getAttribute('alt')).toBe(hostile);
  });

  it('loads nothing and runs nothing', () => {
    const page = htmlReport(everyBlock('text'));
    const addresses = page.match(/https?:\/\/[^"' ]+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    const policy = parse(page).querySelector('meta[http-equiv=Content-Security-Policy]')!;
    expect(policy.getAttribute('content')).toMatch(/^default-src 'none'; style-src/);
    const scripts = [...parse(page).querySelectorAll('script')];
    expect(scripts.map((script) => script.getAttribute('type'))).toEqual(['application/json']);
  });

  it('holds its own data as JSON', () => {
    const report = everyBlock(hostile);
    const data = parse(htmlReport(report)).getElementById('report-data')!.textContent!;
    expect(JSON.parse(data)).toEqual(JSON.parse(reportJson(report)));
    expect(JSON.parse(data).sections[0].blocks[0].text).toBe(hostile);
  });

  it('numbers figures and tables apart, and only those with a caption', () => {
    const fact = { kind: 'facts', facts: [] } as const;
    const image = { kind: 'images', images: [] } as const;
    const blocks: Block[] = [
      { ...fact, caption: 'a' },
      image,
      { ...image, caption: 'b' },
      { ...fact, caption: 'c' },
    ];
    const sections = [{ title: 's', blocks }];
    const captions = parse(htmlReport({ title: 't', sections })).querySelectorAll('figcaption');
    expect([...captions].map((caption) => caption.textContent)).toEqual([
      'Table 1.a',
      'Figure 1.b',
      'Table 2.c',
    ]);
  });

  it('gives contents to reports of three sections and more, linked to them', () => {
    const sections = ['a', 'b', 'c'].map((title) => ({ title, blocks: [] }));
    const document = parse(htmlReport({ title: 't', sections }));
    const links = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href')!);
    expect(links).toEqual(['#section-1', '#section-2', '#section-3']);
    for (const link of links) expect(document.getElementById(link.slice(1))).not.toBeNull();
    const short = htmlReport({ title: 't', sections: sections.slice(1) });
    expect(parse(short).querySelector('nav')).toBeNull();
  });

  it('the same report gives the same bytes', () => {
    expect(htmlReport(everyBlock('a'))).toBe(htmlReport(everyBlock('a')));
  });

  it('an empty line starts a paragraph', () => {
    const blocks: Block[] = [{ kind: 'paragraph', text: 'one\n\ntwo\nlines' }];
    const document = parse(htmlReport({ title: 't', sections: [{ title: 's', blocks }] }));
    const texts = [...document.querySelectorAll('section p')].map((p) => p.textContent);
    expect(texts).toEqual(['one', 'two\nlines']);
  });
});

describe('reportJson', () => {
  it('keeps typed arrays as lists and what JSON lacks as strings, and leaves pixels out', () => {
    const lines: Block = {
      kind: 'lines',
      x: { label: 'x' },
      y: { label: 'y' },
      series: [{ name: 's', x: Float32Array.of(0, 1), y: [Number.NaN, Infinity] }],
    };
    const images: Block = { kind: 'images', images: [{ width: 1, height: 1, pixels: [7] }] };
    const sections = [{ title: 's', blocks: [lines, images] }];
    const { blocks } = JSON.parse(reportJson({ title: 't', sections })).sections[0];
    expect(blocks[0].series[0]).toEqual({ name: 's', x: [0, 1], y: ['NaN', 'Infinity'] });
    expect(blocks[1].images[0]).toEqual({ width: 1, height: 1 });
  });
});
