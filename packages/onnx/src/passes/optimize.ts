import type { Graph } from '../ir/graph.js';
import type { Pass } from '../ir/rewrite.js';
import { eliminateCommonSubexpressions } from './commonSubexpressions.js';
import { eliminateDeadNodes } from './deadNodes.js';
import { freezeUnchangedStates } from './freezeStates.js';
import { simplifyArithmetic } from './arithmetic.js';

/** The passes that every trace goes through, in order. */
const passes: readonly Pass[] = [
  freezeUnchangedStates,
  simplifyArithmetic,
  eliminateCommonSubexpressions,
  eliminateDeadNodes,
];

export const optimize: Pass = (graph: Graph) =>
  passes.reduce((current, pass) => pass(current), graph);
