export { readGramRows, streamGram, type GramFile } from './gram-file.js';
export {
  createGramPool,
  parallelGram,
  type FinishedTile,
  type GramPool,
  type ParallelOptions,
} from './gram-pool.js';
