export {
  asFiniteGroup,
  type ElementOf,
  type FiniteGroup,
  type Group,
  type LieGroup,
  type PermutationGroup,
} from './groups/group.js';
export { group, type FiniteSpec } from './groups/parse.js';
export { UnknownGroupError } from './groups/errors.js';
export { type Representation } from './representations/representation.js';
export { natural, regular, trivial } from './representations/standard.js';
export { gridAction, InexactActionError, type Grid, type GridAction } from './actions/grid.js';
