// Groups
export {
  asFiniteGroup,
  type ElementOf,
  type FiniteGroup,
  type Group,
  type LieGroup,
  type PermutationGroup,
} from './groups/group.js';
export { group, knownSpecs, type FiniteSpec, type LieSpec } from './groups/parse.js';
export { finiteGroup, type FiniteGroupSource } from './groups/build.js';
export { semidirectProduct } from './groups/products.js';
export { lieGroup } from './lie/lie-group.js';
export { GeneratorError, NotAGroupError, UnknownGroupError } from './groups/errors.js';
export { classOf, conjugacyClasses, type ConjugacyClass } from './groups/conjugacy.js';
export {
  homomorphism,
  type Homomorphism,
  image,
  kernel,
  leftCosets,
  quotientGroup,
  stabiliser,
  subgroup,
} from './groups/homomorphism.js';
export { orbitsOf } from './groups/orbit-count.js';

// Characters and irreps
export {
  characterTable,
  type CharacterTable,
  type CharacterValue,
  type IrrepType,
} from './characters/character-table.js';
export { irreps, type ComplexIrrep, type RealIrrep } from './characters/irreps.js';

// Representations
export { type Representation } from './representations/representation.js';
export { natural, regular, trivial } from './representations/standard.js';
export { tensor, tensorPower } from './representations/tensor.js';
export { exteriorPower, symmetricPower } from './representations/powers.js';
export { induce, quotient, restrict } from './representations/change-of-group.js';
export {
  representationFromFunction,
  representationFromGenerators,
} from './representations/from-function.js';
export { parseRepresentation, RepresentationSyntaxError } from './representations/parse.js';
export { MixedGroupsError, TooLargeError } from './representations/errors.js';

// Rotations
export { o3Irrep, so3Irrep, su2Irrep } from './rotations/irreps.js';
export { parseIrreps, type Irreps } from './rotations/irreps-string.js';
export { clebschGordan } from './rotations/clebsch-gordan.js';
export { so3Generators, wignerD, wignerMatrix } from './rotations/wigner.js';
export { sphericalHarmonics, type HarmonicNormalization } from './rotations/spherical-harmonics.js';

// Intertwiners
export {
  homBasis,
  type HomMethod,
  type HomOptions,
  type Intertwiners,
  type RankCertificate,
} from './intertwiners/hom-basis.js';
export { decompose, type Decomposition, type Summand } from './intertwiners/decompose.js';
export { reynolds } from './intertwiners/reynolds.js';
export {
  bilinearMaps,
  invariantVectors,
  projectOntoIntertwiners,
  quadraticMaps,
} from './intertwiners/maps.js';
export { basisPicture } from './intertwiners/picture.js';

// Actions
export { gridAction, InexactActionError, type Grid, type GridAction } from './actions/grid.js';
export { interpolatedAction, type InterpolatedAction } from './actions/interpolated.js';
export { actOnGraph, actOnPoints, actOnSet, actOnTensor, pointCloud } from './actions/points.js';

// Text for terminals and records for JSON
export { describeGroup, formatCharacterTable, formatGroup } from './format/group.js';
export { describeIntertwiners, formatIntertwiners } from './format/intertwiners.js';
