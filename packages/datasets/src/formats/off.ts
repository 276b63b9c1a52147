/**
 * OFF, the Object File Format of Geomview, in its plain ASCII form: the word OFF, the numbers of
 * vertices, faces and edges, a line per vertex, a line per face.
 * Source: The Geomview Manual, "OFF Files".
 *
 * Read by lines, not by words, since a face may be followed by a colour of any length. Some files of
 * ModelNet have the numbers directly behind the word: `OFF490 518 0`.
 */
import { DatasetError } from '../errors.js';
import type { Mesh } from '../shapes/mesh.js';
import { gunzipIfNeeded } from './gzip.js';

export interface ReadOffOptions {
  /** What error messages call the data; default `'OFF data'`. */
  readonly name?: string;
}

/**
 * Reads a surface from text or bytes, gzipped or not. Faces of more than three corners are cut into
 * triangles that share the first corner, which is exact for convex ones; those of one or two corners
 * have no area and are left out, as are colours and what follows the last face.
 *
 * @throws DatasetError, with the line, if the file is of another kind or ends early, a number is not
 *   finite, or a face has a corner that there is not.
 */
export function readOff(data: string | Uint8Array, options: ReadOffOptions = {}): Mesh {
  const { name = 'OFF data' } = options;
  const text =
    typeof data === 'string' ? data : new TextDecoder().decode(gunzipIfNeeded(data, name));
  const lines = new Lines(text, name);
  const { vertices: count, faces } = readCounts(lines);
  const vertices = readVertices(lines, count);
  return { vertices, triangles: readTriangles(lines, faces, count) };
}

/** What a line should hold; made only where it does not, since files have many lines. */
type Expected = string | (() => string);

function numbersIn(line: string): number[] {
  const words = line.split(' ');
  const isPlain = !line.includes('\t') && !words.includes('');
  return (isPlain ? words : line.split(/\s+/)).map(Number);
}

/** The lines that hold something, one after the other, without comments. */
class Lines {
  readonly #lines: readonly string[];
  readonly #name: string;
  /** Of the current line, from 1. */
  #number = 0;

  constructor(text: string, name: string) {
    this.#lines = text.split(/\r\n|\n|\r/);
    this.#name = name;
  }

  next(expected: Expected): string {
    while (this.#number < this.#lines.length) {
      const line = this.#lines[this.#number++]!;
      const comment = line.indexOf('#');
      const said = (comment < 0 ? line : line.slice(0, comment)).trim();
      if (said !== '') return said;
    }
    throw this.error(expected, 'the end of the file', 'It is cut off: copy the file again.');
  }

  nextNumbers(expected: Expected): number[] {
    return numbersIn(this.next(expected));
  }

  error(wanted: Expected, found: string, remedy = 'Correct the file.'): DatasetError {
    const expected = typeof wanted === 'string' ? wanted : wanted();
    const where = `${this.#name}, line ${this.#number}`;
    return new DatasetError({ where, expected, found, remedy });
  }

  /** Of the current line, to be shown in a message. */
  quoted(): string {
    return `'${this.#lines[this.#number - 1]!.trim().slice(0, 60)}'`;
  }
}

const isCount = (value: number | undefined): value is number =>
  Number.isSafeInteger(value) && value! >= 0;

function readCounts(lines: Lines): { readonly vertices: number; readonly faces: number } {
  const header = /^OFF(?![a-z]|\s+binary)\s*(.*)$/i.exec(lines.next('the word OFF'));
  if (!header) {
    throw lines.error(
      'the word OFF, alone or followed by numbers',
      lines.quoted(),
      'Only plain ASCII OFF files are read: convert others (COFF, NOFF, binary) first.',
    );
  }
  const expected = 'the numbers of vertices and faces';
  const rest = header[1]!;
  const [vertices, faces] = rest === '' ? lines.nextNumbers(expected) : numbersIn(rest);
  if (!isCount(vertices) || !isCount(faces)) throw lines.error(expected, lines.quoted());
  return { vertices, faces };
}

function readVertices(lines: Lines, count: number): Float64Array {
  // Not allocated at once: a damaged header may promise more than any memory holds.
  const vertices: number[] = [];
  for (let i = 0; i < count; i++) {
    const expected = () => `three finite coordinates of vertex ${i} of ${count}`;
    const point = lines.nextNumbers(expected);
    if (point.length !== 3 || !point.every(Number.isFinite)) {
      throw lines.error(expected, lines.quoted());
    }
    vertices.push(point[0]!, point[1]!, point[2]!);
  }
  return Float64Array.from(vertices);
}

function readTriangles(lines: Lines, count: number, vertices: number): Uint32Array {
  const triangles: number[] = [];
  for (let i = 0; i < count; i++) {
    const corners = readFace(lines, () => `face ${i} of ${count}`, vertices);
    for (let k = 2; k < corners.length; k++) {
      triangles.push(corners[0]!, corners[k - 1]!, corners[k]!);
    }
  }
  return Uint32Array.from(triangles);
}

function readFace(lines: Lines, face: () => string, vertices: number): number[] {
  const expected = () => `the number of corners of ${face()} and as many vertices`;
  const [size, ...rest] = lines.nextNumbers(expected);
  if (!isCount(size) || size === 0 || rest.length < size) {
    throw lines.error(expected, lines.quoted());
  }
  const corners = rest.slice(0, size);
  const wrong = corners.find((corner) => !(isCount(corner) && corner < vertices));
  if (wrong === undefined) return corners;
  throw lines.error(`corners of ${face()} from 0 to ${vertices - 1}`, `${wrong}`);
}
