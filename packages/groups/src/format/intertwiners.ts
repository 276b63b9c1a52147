import type { Intertwiners } from '../intertwiners/hom-basis.js';
import { alignColumns } from './table.js';

const largestMatrix = 12;
const mostMatrices = 8;

/** Rank, certificate, residual and, if small, the matrices of a basis, as text for a terminal. */
export function formatIntertwiners(space: Intertwiners): string {
  const { repIn, repOut, certificate } = space;
  const lines = [
    `${repIn.group.name}: intertwiners ${repIn.name} → ${repOut.name}, ` +
      `${repOut.dimension} × ${repIn.dimension} matrices`,
    `rank ${space.rank} (method ${space.method}); ${expectation(space)}`,
    `largest residual over generators: ${space.residual.toExponential(1)}`,
  ];
  const gap = certificate.singularGap;
  if (gap) {
    const next = gap.next === null ? 'none' : gap.next.toExponential(1);
    lines.push(`singular values: null ≤ ${gap.null.toExponential(1)}, next ${next}`);
  }
  if (Math.max(repIn.dimension, repOut.dimension) <= largestMatrix) {
    for (let k = 0; k < Math.min(space.rank, mostMatrices); k++) {
      lines.push('', `B${k} =`, matrixText(space.element(k), repIn.dimension));
    }
    if (space.rank > mostMatrices) lines.push('', `… and ${space.rank - mostMatrices} more`);
  }
  return lines.join('\n');
}

function expectation({ certificate }: Intertwiners): string {
  if (certificate.expectedRank === null) return `no rank to expect: ${certificate.reason}`;
  const verdict = certificate.agrees ? 'as expected' : `expected ${certificate.expectedRank}`;
  return `${verdict} from ${certificate.source}`;
}

function matrixText(matrix: Float64Array, columns: number): string {
  const number = (x: number) => {
    const rounded = Number(x.toFixed(4));
    return rounded === 0 ? '·' : String(rounded);
  };
  const rows = Array.from({ length: matrix.length / columns }, (_, i) => [
    '',
    ...Array.from(matrix.slice(i * columns, (i + 1) * columns), number),
  ]);
  return alignColumns(rows);
}

/** The same as a JSON-ready record; the basis by its nonzero entries [row, column, value]. */
export function describeIntertwiners(space: Intertwiners): Record<string, unknown> {
  const { repIn, repOut, sparse } = space;
  return {
    group: repIn.group.name,
    in: repIn.name,
    out: repOut.name,
    shape: [space.rank, repOut.dimension, repIn.dimension],
    rank: space.rank,
    method: space.method,
    residual: space.residual,
    certificate: space.certificate,
    basis: Array.from({ length: space.rank }, (_, k) =>
      Array.from({ length: sparse.starts[k + 1] - sparse.starts[k] }, (_, i) => {
        const at = sparse.starts[k] + i;
        const position = sparse.positions[at];
        return [
          Math.floor(position / repIn.dimension),
          position % repIn.dimension,
          sparse.values[at],
        ];
      }),
    ),
  };
}
