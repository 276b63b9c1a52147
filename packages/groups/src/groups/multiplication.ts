/** Up to this order products are kept: at most 16 MiB. */
const largestTable = 2048;

/** The same product, each computed once if the group is small. */
export function remembering(
  order: number,
  product: (a: number, b: number) => number,
): (a: number, b: number) => number {
  if (order > largestTable) return product;
  let table: Int32Array | undefined;
  return (a, b) => {
    table ??= new Int32Array(order * order).fill(-1);
    const at = a * order + b;
    if (table[at] < 0) table[at] = product(a, b);
    return table[at];
  };
}
