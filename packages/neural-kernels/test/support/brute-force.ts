/** The covariance of two images on all pairs of positions, step by step as the formulas read. */
import type { Layer } from '@intertwiner/neural-kernels';

interface Pairs {
  h: number;
  w: number;
  k: number[][];
  theta: number[][];
}

/** ReLU in the arc-cosine form of Cho & Saul. */
function relu(kxx: number, kxy: number, kyy: number): [number, number] {
  const p = Math.sqrt(kxx * kyy);
  const angle = Math.acos(Math.min(1, Math.max(-1, kxy / p)));
  const value = (p / (2 * Math.PI)) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle));
  return [value, (Math.PI - angle) / (2 * Math.PI)];
}

/** NNGP and NTK of a ReLU network on h × w images of one channel, K₀(p, p') = x_p·y_p'. */
export function bruteForce(
  layers: readonly Layer[],
  [h, w]: [number, number],
  x: readonly number[],
  y: readonly number[],
): [number, number] {
  const start = (a: readonly number[], b: readonly number[]): Pairs => ({
    h,
    w,
    k: a.map((u) => b.map((v) => u * v)),
    theta: a.map(() => b.map(() => 0)),
  });
  const [, xy] = layers.reduce((state, layer) => apply(layer, state), [
    start(x, x),
    start(x, y),
    start(y, y),
  ] as Triple);
  return [xy.k[0][0], xy.theta[0][0]];
}

type Triple = [Pairs, Pairs, Pairs];

function apply(layer: Layer, state: Triple): Triple {
  const each = (f: (pairs: Pairs) => Pairs) => state.map(f) as Triple;
  switch (layer.layer) {
    case 'dense':
      return each((pairs) => affine(pairs, layer.weightVariance, layer.biasVariance));
    case 'conv':
      return each((pairs) =>
        affine(window(pairs, layer), layer.weightVariance, layer.biasVariance),
      );
    case 'activation':
      return nonlinear(state, relu);
    case 'layerNorm':
      return nonlinear(state, (a, c, b) => [c / Math.sqrt(a * b), 1 / Math.sqrt(a * b)]);
    case 'residual':
      return add(
        state,
        layer.branch.reduce((s, inner) => apply(inner, s), state),
      );
    case 'averagePool':
      return each((pairs) => mean(pairs, layer.size, layer.size));
    case 'globalAveragePool':
      return each((pairs) => mean(pairs, pairs.h, pairs.w));
    case 'flatten':
      return each(({ k, theta }) => ({ h: 1, w: 1, k: [[trace(k)]], theta: [[trace(theta)]] }));
    default:
      throw new Error(`No ${layer.layer} on a grid.`);
  }
}

function affine({ h, w, k, theta }: Pairs, weight: number, bias: number): Pairs {
  const next = k.map((row) => row.map((v) => weight * v + bias));
  return { h, w, k: next, theta: theta.map((r, p) => r.map((t, q) => next[p][q] + weight * t)) };
}

function window(pairs: Pairs, layer: Extract<Layer, { layer: 'conv' }>): Pairs {
  const { h, w } = pairs;
  const size = layer.filter as number;
  const stride = layer.stride ?? 1;
  const shift = (size - 1) >> 1;
  const at = (p: number, dy: number, dx: number) => {
    const [y, x] = [Math.floor(p / w) + dy, (p % w) + dx];
    if ((layer.padding ?? 'circular') === 'circular') return ((y + h) % h) * w + ((x + w) % w);
    return y < 0 || x < 0 || y >= h || x >= w ? -1 : y * w + x;
  };
  const centres = grid(h / stride, w / stride).map(([y, x]) => y * stride * w + x * stride);
  const average = (values: number[][]) =>
    centres.map((p) =>
      centres.map((q) => {
        let sum = 0;
        for (const [a, b] of grid(size, size)) {
          const [u, v] = [at(p, a - shift, b - shift), at(q, a - shift, b - shift)];
          if (u >= 0 && v >= 0) sum += values[u][v];
        }
        return sum / size ** 2;
      }),
    );
  return { h: h / stride, w: w / stride, k: average(pairs.k), theta: average(pairs.theta) };
}

function mean(pairs: Pairs, sizeY: number, sizeX: number): Pairs {
  const [h, w] = [pairs.h / sizeY, pairs.w / sizeX];
  const members = grid(h, w).map(([y, x]) =>
    grid(sizeY, sizeX).map(([a, b]) => (y * sizeY + a) * pairs.w + x * sizeX + b),
  );
  const average = (values: number[][]) =>
    members.map((ps) =>
      members.map((qs) => {
        const all = ps.flatMap((p) => qs.map((q) => values[p][q]));
        return all.reduce((a, b) => a + b, 0) / all.length;
      }),
    );
  return { h, w, k: average(pairs.k), theta: average(pairs.theta) };
}

function nonlinear(
  [xx, xy, yy]: Triple,
  f: (kxx: number, kxy: number, kyy: number) => [number, number],
): Triple {
  const map = (pairs: Pairs, left: Pairs, right: Pairs): Pairs => {
    const values = pairs.k.map((row, p) => row.map((c, q) => f(left.k[p][p], c, right.k[q][q])));
    return {
      ...pairs,
      k: values.map((row) => row.map(([value]) => value)),
      theta: values.map((row, p) => row.map(([, slope], q) => slope * pairs.theta[p][q])),
    };
  };
  return [map(xx, xx, xx), map(xy, xx, yy), map(yy, yy, yy)];
}

function add(a: Triple, b: Triple): Triple {
  const sum = (m: number[][], n: number[][]) => m.map((r, p) => r.map((v, q) => v + n[p][q]));
  return a.map((pairs, i) => ({
    ...pairs,
    k: sum(pairs.k, b[i].k),
    theta: sum(pairs.theta, b[i].theta),
  })) as Triple;
}

function trace(values: number[][]): number {
  return values.reduce((sum, row, p) => sum + row[p], 0) / values.length;
}

function grid(h: number, w: number): [number, number][] {
  return Array.from({ length: h * w }, (_, p) => [Math.floor(p / w), p % w]);
}
