/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export function complexSum(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im };
}

export function complexProduct(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

export function conjugate({ re, im }: Complex): Complex {
  return { re, im: 0 - im };
}

/** A complex matrix, row-major, as real and imaginary parts. */
export interface ComplexMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A B for complex n × n matrices. */
export function complexMultiply(a: ComplexMatrix, b: ComplexMatrix, n: number): ComplexMatrix {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const [x, y] = [a.re[i * n + k], a.im[i * n + k]];
      if (x === 0 && y === 0) continue;
      for (let j = 0; j < n; j++) {
        const [u, v] = [b.re[k * n + j], b.im[k * n + j]];
        re[i * n + j] += x * u - y * v;
        im[i * n + j] += x * v + y * u;
      }
    }
  }
  return { re, im };
}
