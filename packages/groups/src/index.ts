export {
  asFiniteGroup,
  type ElementOf,
  type FiniteGroup,
  type Group,
  type LieGroup,
  type PermutationGroup,
} from './groups/group.js';
export { group, knownSpecs, type FiniteSpec, type LieSpec } from './groups/parse.js';
export { finiteGroup } from './groups/build.js';
export { semidirectProduct } from './groups/products.js';
export { GeneratorError, NotAGroupError, UnknownGroupError } from './groups/errors.js';
export { conjugacyClasses } from './groups/conjugacy.js';
export { characterTable, type CharacterTable } from './characters/character-table.js';
export { irreps, type ComplexIrrep, type RealIrrep } from './characters/irreps.js';
export { lieGroup } from './lie/lie-group.js';
export { type Representation } from './representations/representation.js';
export { natural, regular, trivial } from './representations/standard.js';
export { tensor } from './representations/tensor.js';
export { homBasis } from './intertwiners/hom-basis.js';
export { gridAction, InexactActionError, type Grid, type GridAction } from './actions/grid.js';
