import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleMesh, type Mesh } from '@intertwiner/datasets';
import { random } from '@intertwiner/random';

const at = (points: Float64Array, i: number) => points.subarray(3 * i, 3 * i + 3);
const minus = (a: Float64Array, b: Float64Array) => a.map((x, k) => x - b[k]!);
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
const norm = (a: Float64Array) => Math.sqrt(dot(a, a));

/** Barycentric coordinates of p by the normal equations, and how far p is from the triangle's plane. */
function place(mesh: Mesh, triangle: number, p: Float64Array) {
  const corner = (k: number) => at(mesh.vertices, mesh.triangles[3 * triangle + k]!);
  const [u, v, w] = [
    minus(corner(1), corner(0)),
    minus(corner(2), corner(0)),
    minus(p, corner(0)),
  ] as const;
  const [uu, uv, vv, wu, wv] = [dot(u, u), dot(u, v), dot(v, v), dot(w, u), dot(w, v)] as const;
  const gram = uu * vv - uv * uv;
  const [s, t] = [(vv * wu - uv * wv) / gram, (uu * wv - uv * wu) / gram] as const;
  const off = norm(w.map((x, k) => x - s * u[k]! - t * v[k]!));
  return { least: Math.min(s, t, 1 - s - t), off, area: Math.sqrt(gram) / 2 };
}

/** Triangles that are not so thin that their normal equations cannot be solved. */
const meshes = fc
  .record({
    vertices: fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 12, maxLength: 30 }),
    corners: fc.array(fc.nat(3), { minLength: 3, maxLength: 15 }),
    seed: fc.nat(1000),
  })
  .map(({ vertices, corners, seed }) => ({
    seed,
    mesh: {
      vertices: Float64Array.from(vertices.slice(0, 3 * Math.floor(vertices.length / 3))),
      triangles: Uint32Array.from(corners.slice(0, 3 * Math.floor(corners.length / 3))),
    },
  }));
const triangleCount = (mesh: Mesh) => mesh.triangles.length / 3;
const indices = (mesh: Mesh) => Array.from({ length: triangleCount(mesh) }, (_, i) => i);

describe('sampleMesh', () => {
  it('puts every point onto a triangle that has an area', () => {
    fc.assert(
      fc.property(meshes, ({ mesh, seed }) => {
        // Integer coordinates: an area is 0, or at least 1/2, exactly.
        const solid = indices(mesh).filter((i) => place(mesh, i, at(mesh.vertices, 0)).area > 0);
        fc.pre(solid.length > 0);
        const points = sampleMesh(mesh, 20, random(seed));
        for (let i = 0; i < 20; i++) {
          const places = solid.map((triangle) => place(mesh, triangle, at(points, i)));
          // Coordinates up to 200 in float64, divided by gram determinants down to 1 times 10⁵.
          expect(places.some(({ least, off }) => least > -1e-6 && off < 1e-6)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  /** Rectangles of 1 × 1, 1 × 2 and 1 × 5 side by side, each of two triangles, and a seam without area. */
  const strip: Mesh = {
    vertices: Float64Array.of(
      ...[0, 1, 3, 8]
        .flatMap((x) => [
          [x, 0, 2],
          [x, 1, 2],
        ])
        .flat(),
    ),
    triangles: Uint32Array.of(0, 2, 1, 1, 2, 3, 2, 3, 2, 2, 4, 3, 3, 4, 5, 4, 6, 5, 5, 6, 7),
  };
  const samples = 8000;
  const points = sampleMesh(strip, samples, random(1, 'strip'));

  it.each([
    ['in the first rectangle', ([x]: Float64Array) => x! < 1, 1 / 8],
    ['in the second', ([x]: Float64Array) => x! > 1 && x! < 3, 2 / 8],
    ['in the third', ([x]: Float64Array) => x! > 3, 5 / 8],
    ['in the lower half', ([, y]: Float64Array) => y! < 0.5, 1 / 2],
    ['near one corner', ([x, y]: Float64Array) => Math.hypot(x! - 8, y!) < 1, Math.PI / 32],
  ])('the share of points %s is that of the area (5 standard errors)', (_, inside, share) => {
    let found = 0;
    for (let i = 0; i < samples; i++) if (inside(at(points, i))) found++;
    const bound = 5 * Math.sqrt((share * (1 - share)) / samples);
    expect(Math.abs(found / samples - share)).toBeLessThan(bound);
  });

  it('is the same for the same stream, and another for another', () => {
    expect(sampleMesh(strip, 5, random(1, 'strip'))).toEqual(points.subarray(0, 15));
    expect(sampleMesh(strip, 5, random(2, 'strip'))).not.toEqual(points.subarray(0, 15));
  });

  it.each([
    ['no triangle', { ...strip, triangles: new Uint32Array(0) }],
    ['a triangle of one point', { ...strip, triangles: Uint32Array.of(1, 1, 1) }],
    ['coordinates of 1e200', { ...strip, vertices: strip.vertices.map((x) => 1e200 * x) }],
  ])('refuses a surface of %s', (_, mesh) => {
    expect(() => sampleMesh(mesh, 1, random(1))).toThrow('expected a surface with an area');
  });
});
