export { DatasetError, type DatasetProblem } from './errors.js';

export type { AnyNumericArray, NumericArray, NumericArrays, NumericType } from './formats/array.js';
export { csvMatrix, readCsv } from './formats/csv.js';
export type { CsvColumn, CsvTable, ReadCsvOptions } from './formats/csv.js';
export { readIdx, writeIdx, type ReadIdxOptions } from './formats/idx.js';
export { readNpy } from './formats/npy.js';
export { readOff, type ReadOffOptions } from './formats/off.js';

export { relabelMoved, selectDigits, splitDigits } from './digits/digits.js';
export type { Digits, SplitOptions } from './digits/digits.js';
export { glyphDigits, type GlyphDigitsOptions } from './glyphs/glyph-digits.js';

export type { ImageBatch, PerImage, Pixels, WithPixels } from './images/batch.js';
export { normalise, pixelStatistics, unitNorm, type PixelStatistics } from './images/normalise.js';
export { flip, rotate90 } from './images/quarter-turns.js';
export { averagePool, pad, type Margins } from './images/resize.js';
export { rotate, type Interpolation } from './images/rotate.js';
export { randomOffsets, randomTurns, roll, shift } from './images/shifts.js';
export type { Offsets, RandomOffsetsOptions } from './images/shifts.js';

export { chargedParticles } from './particles/charged-particles.js';
export type { ChargedParticles, ChargedParticlesOptions } from './particles/charged-particles.js';
export { particleEnergy, simulateParticles } from './particles/dynamics.js';
export type { DynamicsOptions, ForceLaw, ParticleState } from './particles/dynamics.js';

export { sampleMesh, type Mesh } from './shapes/mesh.js';
export { pointClouds, sampleShape } from './shapes/point-clouds.js';
export type { PointClouds, PointCloudsOptions } from './shapes/point-clouds.js';
export { randomRotation, type Pose } from './shapes/rotation.js';
export { shapeNames, type ShapeName } from './shapes/shapes.js';

export { advect, type Field, type Flow } from './plume/advection.js';
export { smokePlumes, type SmokePlumes, type SmokePlumesOptions } from './plume/smoke-plumes.js';
