/**
 * How large an installed package may be, in kB of its files, and why it is that large. A ceiling is
 * about half as much again as the package has now: it stops a data file or a bundled dependency,
 * not a new function. Every package carries its sources, declarations and source maps, so that
 * "go to definition" and stack traces end in the source; that is three quarters of each number.
 *
 * @type {Readonly<Record<string, { kilobytes: number, why: string }>>}
 */
export const ceilings = {
  '@intertwiner/cloning': { kilobytes: 900, why: 'code' },
  '@intertwiner/datasets': { kilobytes: 550, why: 'code, and pen strokes of the ten digits' },
  '@intertwiner/engine': { kilobytes: 500, why: 'code; the runtimes are dependencies' },
  '@intertwiner/finite-width': { kilobytes: 150, why: 'code' },
  '@intertwiner/groups': { kilobytes: 1500, why: 'code; no tables, groups are computed' },
  '@intertwiner/layers': { kilobytes: 2000, why: 'code' },
  '@intertwiner/neural-kernels': { kilobytes: 1100, why: 'code' },
  '@intertwiner/onnx': { kilobytes: 1600, why: 'code; the schema of ONNX files is a quarter' },
  '@intertwiner/random': { kilobytes: 50, why: 'code' },
  '@intertwiner/relaxation': { kilobytes: 950, why: 'code, seven experiments with it' },
  '@intertwiner/report': { kilobytes: 300, why: 'code' },
  intertwiner: { kilobytes: 400, why: 'code alone: nobody imports a command' },
};
