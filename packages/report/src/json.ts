import type { Report } from './report.js';

/**
 * The data of a report as JSON: the report as given, but for the pixels of images, which the page
 * holds as PNG already. Typed arrays become lists; NaN and the infinities become strings, since
 * JSON has no numbers for them.
 */
export function reportJson(report: Report): string {
  return JSON.stringify(report, (key, value: unknown) => {
    if (key === 'pixels') return undefined;
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  });
}

/** JSON that may stand inside a script element: no text in it can end the element. */
export function scriptSafe(json: string): string {
  return json
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
