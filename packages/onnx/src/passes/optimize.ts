import type { Graph } from '../ir/graph.js';
import type { Pass } from '../ir/rewrite.js';
import type { Target } from '../ir/target.js';
import { simplifyArithmetic } from './arithmetic.js';
import { keepBlocks } from './blockLayouts.js';
import { eliminateCommonSubexpressions } from './commonSubexpressions.js';
import { eliminateDeadNodes } from './deadNodes.js';
import { fuseEpilogues } from './epilogues.js';
import { freezeUnchangedStates } from './freezeStates.js';
import { broadcastFields } from './fieldBroadcasts.js';
import { broadcastImages } from './imageBroadcasts.js';
import { makeMasksOfFloats } from './floatMasks.js';
import { broadcastLate } from './lateBroadcasts.js';
import { packStates } from './packStates.js';
import { maskByRelu } from './reluMasks.js';
import { broadcastRows } from './rowBroadcasts.js';
import { sumRowsByProducts } from './rowSums.js';
import { transposeFactorsOnce } from './transposedFactors.js';

/** The passes that a trace goes through, in this order. Each keeps the values of the graph. */
export const passes = {
  freezeStates: freezeUnchangedStates,
  arithmetic: simplifyArithmetic,
  lateBroadcasts: broadcastLate,
  reluMasks: maskByRelu,
  epilogues: fuseEpilogues,
  floatMasks: makeMasksOfFloats,
  blockLayouts: keepBlocks,
  rowBroadcasts: broadcastRows,
  fieldBroadcasts: broadcastFields,
  imageBroadcasts: broadcastImages,
  rowSums: sumRowsByProducts,
  commonSubexpressions: eliminateCommonSubexpressions,
  packStates,
  transposedFactors: transposeFactorsOnce,
  deadNodes: eliminateDeadNodes,
} as const satisfies Readonly<Record<string, Pass>>;

export type PassName = keyof typeof passes;

/** The names of all passes, in the order in which they run. */
export const passNames = Object.keys(passes) as readonly PassName[];

/** Those that are worth it on ONNX Runtime's CPU only. */
const targetPasses: ReadonlySet<PassName> = new Set<PassName>([
  'blockLayouts',
  'rowBroadcasts',
  'fieldBroadcasts',
  'imageBroadcasts',
  'floatMasks',
  'packStates',
  'rowSums',
]);

/** What a trace goes through if nothing else is asked for. */
export const defaultPasses = (target: Target | null | undefined): readonly PassName[] =>
  target ? passNames : passNames.filter((name) => !targetPasses.has(name));

/** Applies the named passes, in their own order. */
export const optimize = (graph: Graph, names: readonly PassName[]): Graph =>
  passNames
    .filter((name) => names.includes(name))
    .reduce((current, name) => passes[name](current), graph);
