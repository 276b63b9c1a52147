/** The inner loops, on two float64 lanes. They are the scalar loops: the same bits come out. */
import { arctangentDenominator, arctangentNumerator, smallest } from '../activations/arctangent.js';
import {
  call,
  doWhile,
  f64x2,
  i32,
  v128,
  wasmFunction,
  wasmModule,
  whileLoop,
  type Code,
  type FunctionBody,
  type Local,
} from './assembler.js';

/** What the module exports; pointers are byte offsets. */
export interface LaneFunctions {
  /**
   * Inner products of panels of four rows, times a factor. A panel holds its rows entry by entry.
   *
   * @param a panels of the rows; `b` those of the columns; `depth` entries of a row, ≥ 1.
   * @param out row-major, `stride` bytes from row to row.
   * @param triangular not 0: blocks of 4 × 4 below the diagonal are left out.
   */
  products(
    a: number,
    b: number,
    depth: number,
    out: number,
    stride: number,
    panelsA: number,
    panelsB: number,
    triangular: number,
    factor: number,
  ): void;
  /** K ← w·K + b, Θ ← K_new + w·Θ on `pairs` pairs of entries. */
  affine(k: number, theta: number, pairs: number, w: number, b: number): void;
  /** See `activations/rectifier.ts`; variances vx and vy for each entry. */
  rectifier(
    k: number,
    theta: number,
    vx: number,
    vy: number,
    pairs: number,
    odd: number,
    even: number,
  ): void;
  /** The same on a matrix: vx for each row, vy for each column, `pairs` pairs of columns. */
  rectifierRows(
    k: number,
    theta: number,
    vx: number,
    vy: number,
    rows: number,
    pairs: number,
    odd: number,
    even: number,
  ): void;
}

const advance = (pointer: Local, by: Code): Code => pointer.set(i32.add(pointer.get, by));
const countDown = (counter: Local): Code => [
  ...counter.set(i32.sub(counter.get, i32.const(1))),
  ...counter.get,
];

/**
 * 4 × 4 sums in eight registers; every sum runs over k from first to last. A function of its own, so
 * that nothing else competes for the registers.
 */
const block = wasmFunction(
  'block',
  ['i32', 'i32', 'i32', 'i32', 'i32', 'f64'],
  ([x, y, k, out, stride, factor], local) => {
    const sums = Array.from({ length: 8 }, () => local('v128'));
    const right = [local('v128'), local('v128')];
    const left = local('v128');
    const step = (at: number): Code => [
      ...right.flatMap((r, h) => r.set(v128.load(y!.get, 32 * at + 16 * h))),
      ...[0, 1, 2, 3].flatMap((r) => [
        ...left.set(v128.loadSplat(x!.get, 32 * at + 8 * r)),
        ...right.flatMap((value, h) => {
          const sum = sums[2 * r + h]!;
          return sum.set(f64x2.add(sum.get, f64x2.mul(left.get, value.get)));
        }),
      ]),
    ];
    return [
      ...doWhile(
        [
          ...step(0),
          ...advance(x!, i32.const(32)),
          ...advance(y!, i32.const(32)),
          ...k!.set(i32.sub(k!.get, i32.const(1))),
        ],
        k!.get,
      ),
      ...[0, 1, 2, 3].flatMap((r) => [
        ...[0, 1].flatMap((h) =>
          v128.store(out!.get, f64x2.mul(f64x2.splat(factor!.get), sums[2 * r + h]!.get), 16 * h),
        ),
        ...(r < 3 ? advance(out!, stride!.get) : []),
      ]),
    ];
  },
);

const products = wasmFunction(
  'products',
  ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f64'],
  ([a, b, depth, out, stride, panelsA, panelsB, triangular, factor], local) => {
    const [panel, i, j, last, x, to] = Array.from({ length: 6 }, () => local('i32')) as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    // Columns outside: their panel stays in the nearest cache while all rows pass by.
    return [
      ...panel.set(i32.mul(depth!.get, i32.const(32))),
      ...j.set(i32.const(0)),
      ...whileLoop(i32.lessThan(j.get, panelsB!.get), [
        ...i.set(i32.const(0)),
        ...x.set(a!.get),
        ...to.set(out!.get),
        // Rows up to the diagonal: min(panelsA, triangular ? j + 1 : panelsA).
        ...last.set(panelsA!.get),
        ...ifThen(triangular!.get, last.set(i32.add(j.get, i32.const(1)))),
        ...ifThen(i32.lessThan(panelsA!.get, last.get), last.set(panelsA!.get)),
        ...whileLoop(i32.lessThan(i.get, last.get), [
          ...call(0, x.get, b!.get, depth!.get, to.get, stride!.get, factor!.get),
          ...advance(x, panel.get),
          ...advance(to, i32.mul(stride!.get, i32.const(4))),
          ...advance(i, i32.const(1)),
        ]),
        ...advance(b!, panel.get),
        ...advance(out!, i32.const(32)),
        ...advance(j, i32.const(1)),
      ]),
    ];
  },
);

function ifThen(condition: Code, body: Code): Code {
  return [...condition, 0x04, 0x40, ...body, 0x0b];
}

const affine = wasmFunction(
  'affine',
  ['i32', 'i32', 'i32', 'f64', 'f64'],
  ([k, theta, pairs, w, b], local) => {
    const [weight, bias, value] = [local('v128'), local('v128'), local('v128')];
    const scaled = (pointer: Local) => f64x2.mul(weight.get, v128.load(pointer.get));
    return [
      ...weight.set(f64x2.splat(w!.get)),
      ...bias.set(f64x2.splat(b!.get)),
      ...doWhile(
        [
          ...value.set(f64x2.add(scaled(k!), bias.get)),
          ...v128.store(k!.get, value.get),
          ...v128.store(theta!.get, f64x2.add(value.get, scaled(theta!))),
          ...advance(k!, i32.const(16)),
          ...advance(theta!, i32.const(16)),
        ],
        countDown(pairs!),
      ),
    ];
  },
);

const table: number[] = [];

/**
 * A constant in both lanes, read from the beginning of the memory: engines make every 128-bit
 * constant anew in each round of a loop, from two numbers of 64 bits, which takes longer.
 */
function constant(value: number): Code {
  const known = table.findIndex((entry) => Object.is(entry, value));
  const at = known < 0 ? table.push(value) - 1 : known;
  return v128.loadSplat(i32.const(0), 8 * at);
}

/** Horner's rule, lowest power first. */
const polynomial = (z: Code, [first, ...rest]: readonly number[]): Code =>
  rest.length === 0
    ? constant(first!)
    : f64x2.add(constant(first!), f64x2.mul(z, polynomial(z, rest)));

type MakeLocal = (type: 'v128') => Local;
/** So many locals. */
type Locals<N extends number> = readonly Local[] & { readonly length: N } & Record<number, Local>;

/** What `rectifier` in JavaScript does to one entry; `vx` is an expression, the rest are pointers. */
function rectify(
  { k, theta, vx, vy }: { k: Local; theta: Local; vx: Code; vy: Local },
  { odd, even }: { odd: Local; even: Local },
  local: MakeLocal,
): Code {
  const [c, size, root, steep, ratio, z, angle] = Array.from({ length: 7 }, () =>
    local('v128'),
  ) as Locals<7>;
  const square = f64x2.mul(c.get, c.get);
  const rest = f64x2.pmax(f64x2.sub(f64x2.mul(vx, v128.load(vy.get)), square), constant(0));
  const quotient = f64x2.div(
    polynomial(z.get, arctangentNumerator),
    polynomial(z.get, arctangentDenominator),
  );
  return [
    ...c.set(v128.load(k.get)),
    ...root.set(f64x2.sqrt(rest)),
    ...size.set(f64x2.abs(c.get)),
    // atan |c| / root, see `activations/arctangent.ts`.
    ...steep.set(f64x2.gt(size.get, root.get)),
    ...ratio.set(
      f64x2.div(
        f64x2.pmin(size.get, root.get),
        f64x2.pmax(f64x2.pmax(size.get, root.get), constant(smallest)),
      ),
    ),
    ...z.set(f64x2.mul(ratio.get, ratio.get)),
    ...angle.set(f64x2.add(ratio.get, f64x2.mul(ratio.get, f64x2.mul(z.get, quotient)))),
    ...angle.set(v128.select(f64x2.sub(constant(Math.PI / 2), angle.get), angle.get, steep.get)),
    // The sign of the angle is that of the covariance.
    ...angle.set(v128.select(c.get, angle.get, constant(-0))),
    ...v128.store(
      k.get,
      f64x2.add(
        f64x2.mul(odd.get, c.get),
        f64x2.mul(even.get, f64x2.add(root.get, f64x2.mul(c.get, angle.get))),
      ),
    ),
    ...v128.store(
      theta.get,
      f64x2.mul(v128.load(theta.get), f64x2.add(odd.get, f64x2.mul(even.get, angle.get))),
    ),
    ...advance(k, i32.const(16)),
    ...advance(theta, i32.const(16)),
    ...advance(vy, i32.const(16)),
  ];
}

const rectifier = wasmFunction(
  'rectifier',
  ['i32', 'i32', 'i32', 'i32', 'i32', 'f64', 'f64'],
  ([k, theta, vx, vy, pairs, oddNumber, evenNumber], local) => {
    const factors = { odd: local('v128'), even: local('v128') };
    const pointers = { k: k!, theta: theta!, vx: v128.load(vx!.get), vy: vy! };
    return [
      ...factors.odd.set(f64x2.splat(oddNumber!.get)),
      ...factors.even.set(f64x2.splat(evenNumber!.get)),
      ...doWhile(
        [...rectify(pointers, factors, local), ...advance(vx!, i32.const(16))],
        countDown(pairs!),
      ),
    ];
  },
);

const rectifierRows = wasmFunction(
  'rectifierRows',
  ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f64', 'f64'],
  ([k, theta, vx, vy, rows, pairs, oddNumber, evenNumber], local) => {
    const factors = { odd: local('v128'), even: local('v128') };
    const variance = local('v128');
    const [column, left] = [local('i32'), local('i32')];
    const pointers = { k: k!, theta: theta!, vx: variance.get, vy: column };
    return [
      ...factors.odd.set(f64x2.splat(oddNumber!.get)),
      ...factors.even.set(f64x2.splat(evenNumber!.get)),
      ...doWhile(
        [
          ...variance.set(v128.loadSplat(vx!.get)),
          ...column.set(vy!.get),
          ...left.set(pairs!.get),
          ...doWhile(rectify(pointers, factors, local), countDown(left)),
          ...advance(vx!, i32.const(8)),
        ],
        countDown(rows!),
      ),
    ];
  },
);

/** `block` is first: `products` calls it by its number. */
const functions: readonly FunctionBody[] = [block, products, affine, rectifier, rectifierRows];

/** What must stand at the beginning of the memory. */
export const laneConstants: readonly number[] = table;

/** The module of {@link LaneFunctions}. */
export const laneModule = (): Uint8Array => wasmModule(functions);
