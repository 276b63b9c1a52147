import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { greyPng, htmlReport } from '@intertwiner/report';

describe('greyPng', () => {
  it('keeps bytes as they are', () => {
    const pixels = Uint8Array.from({ length: 256 }, (_, i) => i);
    const png = decode(greyPng({ width: 32, height: 8, pixels }));
    expect(png).toMatchObject({ width: 32, height: 8, depth: 8, channels: 1 });
    expect([...png.data]).toEqual([...pixels]);
  });

  it('stretches numbers to black and white, or clamps them to a given range', () => {
    const image = { width: 3, height: 1, pixels: [-1, 0, 3] };
    expect([...decode(greyPng(image)).data]).toEqual([0, 64, 255]);
    expect([...decode(greyPng({ ...image, range: [0, 1] })).data]).toEqual([0, 0, 255]);
    expect([...decode(greyPng({ ...image, pixels: [2, 2, 2] })).data]).toEqual([0, 0, 0]);
  });

  it('refuses pixels that do not fill the image', () => {
    expect(() => greyPng({ width: 2, height: 2, pixels: [1] })).toThrow(
      'Image: expected 2 × 2 = 4 pixels, got 1.',
    );
  });
});

it('an image grid holds each image as a PNG of its size on the screen', () => {
  const image = { width: 2, height: 1, pixels: Uint8Array.of(9, 200), caption: 'seven' };
  const blocks = [{ kind: 'images', images: [image], pixelSize: 5, columns: 4 } as const];
  const page = htmlReport({ title: 't', sections: [{ title: 's', blocks }] });
  const img = parseHTML(page).document.querySelector('img')!;
  expect([img.getAttribute('width'), img.getAttribute('height')]).toEqual(['10', '5']);
  const [type, data] = img.getAttribute('src')!.split(',') as [string, string];
  expect(type).toBe('data:image/png;base64');
  expect([...decode(Buffer.from(data, 'base64')).data]).toEqual([9, 200]);
});
