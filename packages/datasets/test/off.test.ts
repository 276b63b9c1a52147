import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOff } from '@intertwiner/datasets';

const square = '0 0 0\n1 0 0\n1 1 0\n0 1 0\n';
const tetrahedron = `OFF
4 4 6
0 0 0
1 0 0
0 1 0
0 0 1
3 0 2 1
3 0 1 3
3 0 3 2
3 1 2 3
`;

describe('readOff', () => {
  it('reads vertices and triangles', () => {
    const { vertices, triangles } = readOff(tetrahedron);
    expect([...vertices]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect([...triangles]).toEqual([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);
  });

  const body = tetrahedron.split('\n').slice(2).join('\n');
  it.each([
    ['bytes', new TextEncoder().encode(tetrahedron)],
    ['gzipped bytes', gzipSync(tetrahedron)],
    ['counts right behind the word, as in ModelNet', `OFF4 4 6\n${body}`],
    ['counts on the first line', `OFF 4 4 6\n${body}`],
    ['no number of edges', `OFF\n4 4\n${body}`],
    ['Windows line ends', tetrahedron.replaceAll('\n', '\r\n')],
    ['no line end at the end', tetrahedron.trimEnd()],
    ['comments', `# made by hand\n${tetrahedron.replaceAll('\n', ' # here\n')}`],
    ['blank lines and blanks', `\n\n  ${tetrahedron.replaceAll('\n', '  \n\n\t')}`],
    ['colours', tetrahedron.replaceAll(/^(3 .*)$/gm, '$1  255 0 0')],
    ['a last line that no one counts', `${tetrahedron}something else`],
    ['exponents', tetrahedron.replaceAll('1 0 0\n', '+1.0e0 0. -0E5\n')],
  ])('reads the same with %s', (_, data) => {
    const { vertices, triangles } = readOff(data);
    expect(vertices.map((x) => x + 0)).toEqual(readOff(tetrahedron).vertices);
    expect(triangles).toEqual(readOff(tetrahedron).triangles);
  });

  it('cuts larger faces into triangles, and leaves out edges and points', () => {
    expect([...readOff(`OFF\n4 3 0\n${square}4 0 1 2 3\n2 0 1\n1 3\n`).triangles]).toEqual([
      0, 1, 2, 0, 2, 3,
    ]);
  });

  it('reads back what is written, whatever the numbers', () => {
    const meshes = fc
      .array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), trio), { minLength: 1 })
      .chain((vertices) =>
        fc.record({
          vertices: fc.constant(vertices),
          faces: fc.array(fc.array(fc.nat(vertices.length - 1), trio)),
        }),
      );
    fc.assert(
      fc.property(meshes, ({ vertices, faces }) => {
        const rows = [...vertices, ...faces.map((face) => [3, ...face])];
        const text = `OFF ${vertices.length} ${faces.length} 0\n${rows.map((row) => row.join(' ')).join('\n')}`;
        const mesh = readOff(text);
        expect([...mesh.vertices]).toEqual(vertices.flat().map((x) => (x === 0 ? 0 : x)));
        expect([...mesh.triangles]).toEqual(faces.flat());
      }),
    );
  });

  it.each([
    ['', /^OFF data, line 1: expected the word OFF, found the end of the file/],
    ['ply\n', /line 1: expected the word OFF.*found 'ply'.*plain ASCII/],
    ['COFF\n1 0 0\n', /line 1: .*found 'COFF'.*convert others/],
    ['OFF BINARY\n', /found 'OFF BINARY'/],
    ['OFF\n', /the numbers of vertices and faces, found the end of the file.*cut off/],
    ['OFF\n4 many 6\n', /line 2: expected the numbers of vertices and faces, found '4 many 6'/],
    ['OFF\n-1 2 0\n', /line 2: expected the numbers/],
    ['OFF\n4 0 0\n0 0 0\n1 0 0\n', /expected three finite .* of vertex 2 of 4, found the end/],
    ['OFF\n1 0 0\n\n0 nan 0\n', /line 4: .*vertex 0 of 1, found '0 nan 0'/],
    ['OFF\n1 0 0\n0 1e999 0\n', /line 3: expected three finite/],
    ['OFF\n1 0 0\n0 1\n', /line 3: expected three finite/],
    [`OFF\n4 2 0\n${square}3 0 1 2\n`, /face 1 of 2 .*found the end of the file/],
    [`OFF\n4 1 0\n${square}3 0 1\n`, /line 7: expected the number of corners of face 0/],
    [`OFF\n4 1 0\n${square}0\n`, /line 7: expected the number of corners/],
    [
      `OFF\n4 1 0\n${square}3 0 1 4\n`,
      /line 7: expected corners of face 0 of 1 from 0 to 3, found 4/,
    ],
    [`OFF\n4 1 0\n${square}3 0 1 -1\n`, /found -1/],
    [`OFF\n4 1 0\n${square}3 0 1 1.5\n`, /found 1.5/],
    ['OFF\n1e15 0 0\n0 0 0\n', /vertex 1 of 1000000000000000, found the end/],
  ])('%j is refused with its line', (text, message) => {
    expect(() => readOff(text)).toThrow(message);
  });

  it('names the data as it is told to', () => {
    expect(() => readOff('x', { name: 'chair.off' })).toThrow(/^chair\.off, line 1: /);
  });
});

const trio = { minLength: 3, maxLength: 3 };
