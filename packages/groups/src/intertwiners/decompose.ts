import { irreps, type RealIrrep } from '../characters/irreps.js';
import type { FiniteGroup, Group, LieGroup } from '../groups/group.js';
import { torusPoints } from '../lie/torus.js';
import {
  inverse,
  multiply,
  norm,
  orthogonalPart,
  orthonormalize,
  scaled,
} from '../linalg/dense.js';
import { conjugacyClasses } from '../groups/conjugacy.js';
import type { Representation } from '../representations/representation.js';
import { lieIrrepsUpTo } from '../rotations/irreps.js';
import { constraintsOf, residualOf } from './constraints.js';
import { expectedRank } from './certificate.js';
import { findIrreps, type FoundIrrep } from './find-irreps.js';
import { homBasis } from './hom-basis.js';
import { isTransposeClosed } from './transpose-closed.js';

/** One irrep of a decomposition and how often it occurs. */
export interface Summand {
  readonly irrep: Representation;
  readonly multiplicity: number;
  /** First of its multiplicity · dimension columns of the change of basis. */
  readonly start: number;
}

/** Q⁻¹ ρ Q = ⊕ multiplicity · irrep, in the order of the summands. */
export interface Decomposition {
  readonly representation: Representation;
  readonly summands: readonly Summand[];
  /** Q, row-major n × n; orthogonal if the representation is. */
  readonly changeOfBasis: Float64Array;
  readonly inverse: Float64Array;
  /** max ‖ρ(h) Q − Q (⊕ irreps)(h)‖ over generators. */
  readonly residual: number;
  /** The projection onto all copies of summand i, row-major n × n. */
  projection(i: number): Float64Array;
  /** As in `2·ψ0 + 1·ψ3`. */
  toString(): string;
}

/**
 * Decomposes a real representation into real irreps. Those of finite groups with numbered elements are
 * the {@link irreps}; SO(3), O(3) and SU(2) have theirs in standard bases. For all other groups they are
 * found within the representation, whose matrices must be closed under transposition (as those of
 * compact groups and of tensors of SL(n), GL(n), Sp(2n), SO(p,q) are), and named by their highest weight,
 * `(1,1)` or `[2,1]`, where the group is a classical one.
 *
 * @throws RangeError for representations that are not closed under transposition.
 */
export function decompose(rep: Representation): Decomposition {
  const counted = multiplicities(rep).filter(({ multiplicity }) => multiplicity > 0);
  checkCount(rep, counted);
  const n = rep.dimension;
  const columns: Float64Array[] = [];
  const summands = counted.map(({ irrep, multiplicity, endomorphisms }) => {
    const start = columns.length;
    for (const embedding of independentEmbeddings(irrep, rep, multiplicity, endomorphisms)) {
      columns.push(...columnsOf(embedding, n, irrep.dimension));
    }
    return { irrep, multiplicity, start };
  });
  const q = Float64Array.from({ length: n * n }, (_, p) => columns[p % n][Math.floor(p / n)]);
  const back = inverse(q, n);
  if (!back) throw new RangeError(`decompose: ${rep.name} of ${rep.group.name} is degenerate.`);
  return Object.freeze({
    representation: rep,
    summands,
    changeOfBasis: q,
    inverse: back,
    residual: blockResidual(rep, summands, q),
    projection: (i: number) => projectionOf(summands[i], q, back, n),
    toString: () =>
      summands.map(({ irrep, multiplicity }) => `${multiplicity}·${irrep.name}`).join(' + '),
  });
}

/** How often each real irrep occurs, from characters where the irreps are listed. */
export function multiplicities(rep: Representation): FoundIrrep[] {
  const group: Group = rep.group;
  if (group.kind === 'finite') {
    return finiteMultiplicities(group, rep as Representation<FiniteGroup>);
  }
  const listed = group.kind === 'lie' && rep.degree !== null && lieIrrepsUpTo(group, rep.degree);
  if (listed) return lieMultiplicities(group, rep as Representation<LieGroup>, listed);
  if (!isTransposeClosed(rep, rep, constraintsOf(rep, rep))) {
    throw new RangeError(
      `decompose: ${rep.name} of ${group.name} is not closed under transposition, so it need not be a ` +
        'sum of irreps; use homBasis for its intertwiners.',
    );
  }
  return findIrreps(rep);
}

/** Σ m² dim End must be the rank of the endomorphisms that characters expect. */
function checkCount(rep: Representation, counted: readonly FoundIrrep[]): void {
  if (rep.group.kind === 'finite') return;
  const expected = expectedRank(rep, rep, constraintsOf(rep, rep));
  if (expected.rank === null) return;
  const rank = counted.reduce((sum, c) => sum + c.multiplicity ** 2 * c.endomorphisms, 0);
  if (rank === expected.rank) return;
  throw new RangeError(
    `decompose: the irreps found in ${rep.name} of ${rep.group.name} have ${rank} endomorphisms, ` +
      `${expected.rank} are expected from ${expected.source}.`,
  );
}

function finiteMultiplicities(group: FiniteGroup, rep: Representation<FiniteGroup>): FoundIrrep[] {
  const classes = conjugacyClasses(group);
  const values = classes.map(({ representative }) => rep.character(representative));
  return irreps(group, 'R').map((irrep: RealIrrep) => {
    const sum = classes.reduce(
      (total, { representative, size }, k) =>
        total + size * values[k] * irrep.character(representative),
      0,
    );
    const multiplicity = Math.round(sum / group.order / irrep.endomorphisms);
    return { irrep, multiplicity, endomorphisms: irrep.endomorphisms };
  });
}

function lieMultiplicities(
  group: LieGroup,
  rep: Representation<LieGroup>,
  list: readonly Representation<LieGroup>[],
): FoundIrrep[] {
  const points = torusPoints(group, 2 * (rep.degree ?? 0)) ?? [];
  return list.map((irrep) => {
    const [hom, endomorphisms] = [rep, irrep].map((other) =>
      Math.round(
        points.reduce((total, point) => {
          const [a, b] = [irrep.torusCharacter(point), other.torusCharacter(point)];
          return total + point.weight * (a?.re ?? 0) * (b?.re ?? 0);
        }, 0),
      ),
    );
    return { irrep, multiplicity: hom / endomorphisms, endomorphisms };
  });
}

/**
 * Intertwiners irrep → rep with independent images: each next one is orthogonal to B ∘ E for the
 * earlier B and all endomorphisms E of the irrep. Scaled to isometries where the representations are
 * orthogonal.
 */
function independentEmbeddings(
  irrep: Representation,
  rep: Representation,
  multiplicity: number,
  endomorphisms: number,
): Float64Array[] {
  const hom = homBasis(irrep, rep);
  const d = irrep.dimension;
  const ends = endomorphisms === 1 ? null : homBasis(irrep, irrep);
  const chosen: Float64Array[] = [];
  const spanned: Float64Array[] = [];
  for (let k = 0; k < hom.rank && chosen.length < multiplicity; k++) {
    const rest = orthogonalPart(hom.element(k), spanned);
    const size = norm(rest);
    if (size < 1e-6) continue;
    const embedding = scaled(rest, Math.sqrt(d) / size);
    chosen.push(embedding);
    const moved = ends
      ? Array.from({ length: ends.rank }, (_, e) =>
          multiply(embedding, ends.element(e), rep.dimension, d, d),
        )
      : [embedding];
    spanned.push(...orthonormalize(moved, spanned));
  }
  return chosen;
}

function columnsOf(embedding: Float64Array, n: number, d: number): Float64Array[] {
  return Array.from({ length: d }, (_, k) =>
    Float64Array.from({ length: n }, (_, i) => embedding[i * d + k]),
  );
}

function blockResidual(rep: Representation, summands: readonly Summand[], q: Float64Array): number {
  const blocks = summands
    .flatMap(({ irrep, multiplicity }) => Array.from({ length: multiplicity }, () => irrep))
    .reduce((sum, irrep) => sum.plus(irrep));
  return residualOf(constraintsOf(blocks, rep), [q]);
}

function projectionOf(
  { irrep, multiplicity, start }: Summand,
  q: Float64Array,
  back: Float64Array,
  n: number,
): Float64Array {
  const width = multiplicity * irrep.dimension;
  const columns = Float64Array.from(
    { length: n * width },
    (_, p) => q[Math.floor(p / width) * n + start + (p % width)],
  );
  return multiply(columns, back.slice(start * n, (start + width) * n), n, width, n);
}
