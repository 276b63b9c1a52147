import type { Graph } from '../ir/graph.js';
import type { Pass } from '../ir/rewrite.js';
import { simplifyArithmetic } from './arithmetic.js';
import { eliminateCommonSubexpressions } from './commonSubexpressions.js';
import { eliminateDeadNodes } from './deadNodes.js';
import { freezeUnchangedStates } from './freezeStates.js';

/** The passes that a trace goes through, in this order. Each keeps the values of the graph. */
export const passes = {
  freezeStates: freezeUnchangedStates,
  arithmetic: simplifyArithmetic,
  commonSubexpressions: eliminateCommonSubexpressions,
  deadNodes: eliminateDeadNodes,
} as const satisfies Readonly<Record<string, Pass>>;

export type PassName = keyof typeof passes;

/** The names of all passes, in the order in which they run. */
export const passNames = Object.keys(passes) as readonly PassName[];

/** Applies the named passes, in their own order. */
export const optimize = (graph: Graph, names: readonly PassName[] = passNames): Graph =>
  passNames
    .filter((name) => names.includes(name))
    .reduce((current, name) => passes[name](current), graph);
