/** Every spec of a finite group that the parser knows, family by family, up to an order. */

/** Specs of one family, ascending in order. */
export interface SpecFamily {
  readonly name: string;
  readonly specs: readonly string[];
}

function oneParameter(
  letter: string,
  orderOf: (n: number) => number,
  most: number,
  allowed: (n: number) => boolean = () => true,
): SpecFamily {
  const specs: string[] = [];
  for (let n = 1; orderOf(n) <= most && n <= most; n++) {
    if (allowed(n)) specs.push(letter.endsWith('(') ? `${letter}${n})` : `${letter}${n}`);
  }
  return { name: letter.replace('(', ''), specs };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
}

/** T(n₁, n₂, …) with 2 or more axes of ascending sizes ≥ 2. */
function tori(most: number): SpecFamily {
  const found: { sizes: number[]; order: number }[] = [];
  const extend = (sizes: number[], order: number) => {
    if (sizes.length >= 2) found.push({ sizes, order });
    for (let n = sizes.at(-1) ?? 2; order * n <= most; n++) extend([...sizes, n], order * n);
  };
  extend([], 1);
  const specs = found
    .toSorted((a, b) => a.order - b.order)
    .map(({ sizes }) => `T(${sizes.join()})`);
  return { name: 'T', specs };
}

const polyhedral: Record<string, number> = {
  ...{ T: 12, O: 24, I: 60, T_h: 24, O_h: 48, I_h: 120, T_d: 24 },
};

/** Factors of which all products of two and three are taken. */
const factors: Record<string, number> = {
  ...{ C2: 2, C3: 3, Z4: 4, 'T(2,2)': 4, S3: 6, D4: 8, Q8: 8, A4: 12, T: 12, Q12: 12 },
  ...{ 'Aff(5)': 20, O: 24, 'Heis(3)': 27, B3: 48, A5: 60, S5: 120 },
};

function products(most: number): SpecFamily {
  const names = Object.keys(factors);
  const found: { spec: string; order: number }[] = [];
  const extend = (chosen: string[], order: number) => {
    if (chosen.length >= 2) found.push({ spec: chosen.join('x'), order });
    if (chosen.length === 3) return;
    for (const name of names) {
      if (order * factors[name] <= most) extend([...chosen, name], order * factors[name]);
    }
  };
  extend([], 1);
  return { name: 'products', specs: ascending(found) };
}

/** A ≀ S_n of order |A|ⁿ n!. */
function wreathProducts(most: number): SpecFamily {
  const bases = [
    ...Object.entries(factors),
    ...Array.from({ length: 44 }, (_, i): [string, number] => [`C${i + 1}`, i + 1]),
    ...Array.from({ length: 44 }, (_, i): [string, number] => [`Z${i + 1}`, i + 1]),
  ];
  const found: { spec: string; order: number }[] = [];
  for (const [name, order] of new Map(bases)) {
    for (let n = 1; order ** n * factorial(n) <= most && n <= 6; n++) {
      found.push({ spec: `${name}wrS${n}`, order: order ** n * factorial(n) });
    }
  }
  return { name: 'wreath products', specs: ascending(found) };
}

function ascending(list: readonly { spec: string; order: number }[]): string[] {
  return list.toSorted((a, b) => a.order - b.order).map(({ spec }) => spec);
}

/** All families, with every parameter that keeps the order at `most`. */
export function specFamilies(most: number): readonly SpecFamily[] {
  return [
    oneParameter('C', (n) => n, most),
    oneParameter('Z', (n) => n, most),
    oneParameter('D', (n) => 2 * n, most),
    oneParameter(
      'Q',
      (n) => n,
      most,
      (n) => n % 4 === 0,
    ),
    oneParameter('S', factorial, most),
    oneParameter('A', (n) => Math.max(1, factorial(n) / 2), most),
    oneParameter('B', (n) => 2 ** n * factorial(n), most),
    oneParameter('Heis(', (n) => n ** 3, most),
    oneParameter('Aff(', (n) => n * (n - 1), most, isPrime),
    { name: 'polyhedral', specs: Object.keys(polyhedral).filter((s) => polyhedral[s] <= most) },
    tori(most),
    products(most),
    wreathProducts(most),
  ];
}

/** `count` members at equal distances, the first and the last among them; all if there are fewer. */
export function evenly<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))],
  );
}
