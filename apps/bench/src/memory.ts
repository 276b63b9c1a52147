/** Whether memory grows: thousands of steps, hundreds of trainings, models and sessions. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { loadTfjsBackend } from '@intertwiner/engine';
import { measure, type MemoryCurve } from './memory/measure.js';
import { memoryScenarios, type MemorySizes } from './memory/scenarios.js';

export interface MemoryReport {
  readonly sizes: MemorySizes;
  readonly node: string;
  readonly curves: readonly MemoryCurve[];
}

/** Measures each scenario in a process of its own, so that none starts in the memory of another. */
export async function benchMemory(
  sizes: MemorySizes,
  log: (line: string) => void,
): Promise<MemoryReport> {
  const curves: MemoryCurve[] = [];
  for (const [index, { name }] of memoryScenarios(sizes).entries()) {
    log(`${name} …`);
    curves.push(await measureInChild(sizes, index));
  }
  return { sizes, node: process.versions.node, curves };
}

function measureInChild(sizes: MemorySizes, index: number): Promise<MemoryCurve> {
  const script = fileURLToPath(new URL('./memory/child.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(sizes), String(index)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as MemoryCurve);
      else reject(new Error(`Measuring ended with ${code}.`));
    });
  });
}

/** Measures one scenario in this process. Throws if it leaves tensors of TensorFlow.js behind. */
export async function measureScenario(sizes: MemorySizes, index: number): Promise<MemoryCurve> {
  await loadTfjsBackend('tfjs-cpu');
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const curve = await measure(memoryScenarios(sizes)[index]!);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${curve.name}: ${left} tensors were left behind.`);
  return curve;
}

/** The name of the comments in a document between which the table belongs. */
export const memoryPlace = 'memory';

export function formatMemoryReport({ sizes, node, curves }: MemoryReport): string {
  const rows = curves.map(({ name, unit, repetitions, mebibytes, growth }) => [
    name,
    `${repetitions.at(-1)} × ${unit}`,
    mebibytes[0]!.toFixed(0),
    mebibytes[Math.floor(mebibytes.length / 2)]!.toFixed(0),
    mebibytes.at(-1)!.toFixed(0),
    (growth / 1000).toFixed(3),
  ]);
  const head = ['repeated', 'times', 'MiB first', 'MiB halfway', 'MiB last', 'MiB per time'];
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const weights = ((sizes.width ** 2 * 4) / 2 ** 20).toFixed(1);
  return `${table.join('\n')}\n\nWeights of ${weights} MiB, Node ${node}. The last column is the median slope after the first fifth.`;
}
