/** Measures one scenario and prints its curve; started by `memory.ts`. */
import { measureScenario } from '../memory.js';
import type { MemorySizes } from './scenarios.js';

const [sizes, index] = process.argv.slice(2) as [string, string];
const curve = await measureScenario(JSON.parse(sizes) as MemorySizes, Number(index));
process.stdout.write(JSON.stringify(curve));
