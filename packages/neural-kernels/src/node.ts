export { readGramRows, streamGram, type GramFile } from './node/gram-file.js';
export {
  createGramPool,
  parallelGram,
  type FinishedTile,
  type GramPool,
  type ParallelOptions,
} from './node/gram-pool.js';
