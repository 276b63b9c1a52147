export { readGramRows, streamGram, type GramFile } from './node/gram-file.js';
export {
  createGramPool,
  parallelGram,
  type FinishedTile,
  type GramPool,
  type GramPoolOptions,
  type ParallelOptions,
  type PoolGramOptions,
} from './node/gram-pool.js';
