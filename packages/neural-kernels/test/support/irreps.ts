import type { FiniteGroup } from '@intertwiner/groups';
import type { ComplexIrrep } from '@intertwiner/neural-kernels';

/** Irreps of D_n, element k + n·s being r^k f^s. */
export function dihedralIrreps(n: number): ComplexIrrep[] {
  const signs =
    n % 2 === 0
      ? [
          [1, 1],
          [1, -1],
          [-1, 1],
          [-1, -1],
        ]
      : [
          [1, 1],
          [1, -1],
        ];
  const lines = signs.map(([r, f]) => line((a) => [r ** (a % n) * f ** Math.floor(a / n), 0]));
  const planes = Array.from({ length: Math.ceil(n / 2) - 1 }, (_, j) => ({
    dimension: 2,
    matrix: (a: number) => {
      const angle = (2 * Math.PI * (j + 1) * (a % n)) / n;
      const [c, s, f] = [Math.cos(angle), Math.sin(angle), a < n ? 1 : -1];
      return { re: Float64Array.of(c, -s * f, s, c * f), im: new Float64Array(4) };
    },
  }));
  return [...lines, ...planes];
}

/** Irreps of A4 as permutations of four points: three lines, and the space of sum 0. */
export function a4Irreps(g: FiniteGroup): ComplexIrrep[] {
  const image = (a: number) => (g.defining as { image(a: number): Int32Array }).image(a);
  const pairing = (i: number, j: number) => ([3, 2, 1].indexOf(i ^ j) >= 0 ? (i ^ j) - 1 : -1);
  const turn = (a: number) => pairing(image(a)[0], image(a)[1]);
  const lines = [0, 1, 2].map((k) =>
    line((a) => {
      const angle = (2 * Math.PI * k * turn(a)) / 3;
      return [Math.cos(angle), Math.sin(angle)];
    }),
  );
  const basis = [
    [1, 1, -1, -1],
    [1, -1, 1, -1],
    [1, -1, -1, 1],
  ].map((v) => v.map((x) => x / 2));
  const space: ComplexIrrep = {
    dimension: 3,
    matrix: (a) => ({
      re: Float64Array.from(
        basis.flatMap((u) => basis.map((v) => v.reduce((s, x, i) => s + x * u[image(a)[i]], 0))),
      ),
      im: new Float64Array(9),
    }),
  };
  return [...lines, space];
}

function line(value: (a: number) => number[]): ComplexIrrep {
  return {
    dimension: 1,
    matrix: (a) => ({ re: Float64Array.of(value(a)[0]), im: Float64Array.of(value(a)[1]) }),
  };
}
