/**
 * What a report consists of. Every block is a plain object, so a report can be built from JSON,
 * compared in tests, and read by other programs; `kind` tells the blocks apart.
 */

/** A report: a title, and sections of blocks. Figures and tables are numbered in order. */
export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** Lines under the title, such as the command, the seed and the date. */
  readonly details?: readonly string[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = Paragraph | Note | Facts | Table | LinePlot | BarChart | HeatTable | ImageGrid;

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: string;
}

/** A remark set apart: a limitation, a failed check, a surprise. */
export interface Note {
  readonly kind: 'note';
  /** Default `'warning'`. */
  readonly tone?: 'info' | 'warning' | 'failure' | 'success';
  readonly title?: string;
  readonly text: string;
}

/** Names and values: settings, sizes, versions. */
export interface Facts {
  readonly kind: 'facts';
  readonly caption?: string;
  readonly facts: readonly { readonly name: string; readonly value: string | number }[];
}

/** An estimate and the interval it lies in. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How a number is written. */
export interface NumberFormat {
  /** `'significant'` (default) and `'scientific'` count all digits, the others those after the point. */
  readonly style?: 'significant' | 'fixed' | 'percent' | 'scientific';
  /** Default 3, for `'percent'` 1. */
  readonly digits?: number;
}

export interface Table {
  readonly kind: 'table';
  readonly caption?: string;
  readonly columns: readonly Column[];
  /** One cell per column. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  readonly header: string;
  /** Written in the header beside the name: `ms`, `×10⁻³`. */
  readonly unit?: string;
  readonly format?: NumberFormat;
  /** Sets the best value of the column in bold: the lowest or the highest. */
  readonly best?: 'low' | 'high';
}

/** Text, a number, an estimate with its interval, or nothing. */
export type Cell = string | number | Interval | null;

/** One axis of a plot. */
export interface Axis {
  /** With the unit in brackets: `time (s)`. */
  readonly label: string;
  /** Default `'linear'`. A logarithmic axis leaves out values that are not positive, and says so. */
  readonly scale?: 'linear' | 'log';
}

/** A straight line for comparison: chance level, a cap, a target. */
export interface Reference {
  readonly value: number;
  readonly label: string;
}

export interface LinePlot {
  readonly kind: 'lines';
  readonly caption?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Horizontal lines. */
  readonly references?: readonly Reference[];
}

/** A curve; `low` and `high` draw a band about it. All arrays have the same length. */
export interface Series {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** Draws a dashed line. */
  readonly dashed?: boolean;
  /** Marks each point with a dot; default: where there are at most 16 points, or no line. */
  readonly dots?: boolean;
  /** Joins the points by a line, in their order; default true. False makes a scatter plot. */
  readonly joined?: boolean;
}

export interface BarChart {
  readonly kind: 'bars';
  readonly caption?: string;
  readonly y: Axis;
  /** The names of the bars of every group, in order. */
  readonly bars: readonly string[];
  readonly groups: readonly BarGroup[];
  /** Horizontal lines. */
  readonly references?: readonly Reference[];
}

/** One value per bar; an interval draws an error bar, null leaves the place empty. */
export interface BarGroup {
  readonly name: string;
  readonly values: readonly (number | Interval | null)[];
}

/** Numbers in cells whose colour tells their size, such as an error per group element. */
export interface HeatTable {
  readonly kind: 'heat';
  readonly caption?: string;
  /** What the numbers are, with the unit. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** Default `'log'`, which gives zeros the lowest colour. */
  readonly scale?: 'linear' | 'log';
  readonly format?: NumberFormat;
}

export interface ImageGrid {
  readonly kind: 'images';
  readonly caption?: string;
  readonly images: readonly GreyImage[];
  /** Images in a row; default as many as fit. */
  readonly columns?: number;
  /** Side of a pixel on the screen; default 3. */
  readonly pixelSize?: number;
}

/** A grey image, row-major, `height` × `width`. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: ArrayLike<number>;
  /** The values shown black and white; default 0 and 255 for bytes, else the extremes. */
  readonly range?: readonly [black: number, white: number];
  readonly caption?: string;
}
