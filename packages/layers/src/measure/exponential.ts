/**
 * exp(A) of an n × n row-major matrix, by scaling A below norm 1/2, its Taylor series, and squaring.
 * 18 terms leave less than 2⁻¹⁸/18! < 1e-21.
 */
export function exponential(a: Float64Array, n: number): Float64Array {
  const squarings = Math.max(0, Math.ceil(Math.log2(2 * Math.hypot(...a) + 1e-300)));
  const small = a.map((value) => value / 2 ** squarings);
  let term = identity(n);
  let result = identity(n);
  for (let k = 1; k <= 18; k++) {
    term = product(term, small, n).map((value) => value / k);
    result = result.map((value, i) => value + term[i]);
  }
  for (let k = 0; k < squarings; k++) result = product(result, result, n);
  return result;
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[at - (at % n) + k] * b[k * n + (at % n)];
    return sum;
  });
}
