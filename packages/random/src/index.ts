export { random, resumeRandom, type RandomState, type RandomStream } from './stream.js';
