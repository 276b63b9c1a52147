/**
 * Colours that people with any common colour blindness tell apart: the order follows M. Okabe and
 * K. Ito, "Color Universal Design" (2008), darkened or lightened for text-like contrast on white
 * and on near-black. CSS variables carry both themes; the value after the comma is for an SVG
 * that is shown alone.
 */
const lightSeries = ['#0068a8', '#cf5300', '#00825f', '#b3568c', '#b57b00', '#3a9bd0', '#555b63'];
const darkSeries = ['#5aaeea', '#ff9257', '#3fc9a0', '#e59ac8', '#efb93e', '#9ad3f5', '#b6bec8'];

/** How many series have a colour of their own. */
export const seriesColours = lightSeries.length;

/** The colour of series `i` as a CSS value. */
export function seriesColour(i: number): string {
  const k = i % seriesColours;
  return `var(--series-${k}, ${lightSeries[k]})`;
}

/** The CSS declarations of the series' colours for a theme. */
export function seriesVariables(theme: 'light' | 'dark'): string {
  const colours = theme === 'light' ? lightSeries : darkSeries;
  return colours.map((colour, k) => `--series-${k}:${colour}`).join(';');
}
