/**
 * docs/kernels.md is made here: `npx vitest run packages/onnx/test/kernelTable.test.ts -u` writes
 * it, and without -u the test fails if it is out of date.
 */
import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerLowering, supportedKernels, trace, type InputSpec } from '@intertwiner/onnx';
import { loweringOf } from '../src/lowerings/registry.js';
import { unsupported } from '../src/lowerings/unsupported.js';
import {
  acceptedCases,
  withGradients,
  type Family,
  type ReferenceCase,
} from './support/kernelCase.js';

const folder = new URL('./lowerings/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.cases.ts'))
  .sort();

/** The ONNX operators that a kernel was seen to become, and the test files that reached it. */
interface Observation {
  readonly operators: Set<string>;
  readonly files: Set<string>;
}

async function observe(): Promise<Map<string, Observation>> {
  const seen = new Map<string, Observation>();
  let file = '';
  for (const kernel of supportedKernels()) {
    const lowering = loweringOf(kernel)!;
    registerLowering(kernel, (call) => {
      const start = call.graph.nodes.length;
      const result = lowering(call);
      const entry = seen.get(kernel) ?? { operators: new Set(), files: new Set() };
      for (const { opType } of call.graph.nodes.slice(start)) entry.operators.add(opType);
      entry.files.add(file);
      seen.set(kernel, entry);
      return result;
    });
  }
  for (const name of files) {
    file = name.replace('.cases.ts', '.test.ts');
    const families = (await import(new URL(name, folder).href)) as Record<string, Family>;
    for (const family of Object.values(families)) {
      for (const make of Object.values(family)) acceptedCases(make, 6).forEach(traceCase);
    }
  }
  file = '../random.test.ts';
  trace((x) => tf.multinomial(x as tf.Tensor2D, 3), [{ name: 'x', shape: [2, 3] }]);
  return seen;
}

function traceCase({ kernelCase }: ReferenceCase): void {
  const specs = kernelCase.inputs.map(({ shape, dtype }, i) => ({ name: `${i}`, shape, dtype }));
  trace(
    (...inputs) => Object.fromEntries(withGradients(kernelCase)(...inputs).entries()),
    specs as InputSpec[],
  );
}

const kernelNames = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => value === name || value === `_${name}`)
    .map(([, value]) => String(value))
    .sort();

function table(seen: ReadonlyMap<string, Observation>): string {
  const rows = kernelNames().map((kernel) => {
    const entry = seen.get(kernel);
    if (!entry) return [kernel, '–', `not traced: ${unsupported[kernel]}`];
    const operators = [...entry.operators].sort().join(', ') || 'none: a constant, or its input';
    return [kernel, operators, [...entry.files].sort().join(', ')];
  });
  const cells = [['kernel', 'ONNX operators', 'tested in, or why it cannot be traced'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n');
}

const introduction = `# Kernels

Every kernel of TensorFlow.js 4.22, the ONNX operators (opset 18) that the tracer has been seen to write for it, and the test that compares it with tfjs's cpu backend, in packages/onnx/test/lowerings. A kernel that cannot be traced is an \`UntracedKernelError\` with the reason given here; \`registerLowering\` adds one. Written by packages/onnx/test/kernelTable.test.ts.

Where tfjs's cpu backend contradicts itself or other backends, the tracer follows the definition: gradients of 2-D max-pooling go to the first of equal maxima and of 3-D to the last, as in tfjs; average pooling divides by what a window holds of the image, and so does its gradient (tfjs's backends in JavaScript divide that by the whole window, TensorFlow does not); stacks of matrices broadcast as in NumPy (tfjs's cpu backend confuses them if both have batch axes of 1); 3-D max-pooling windows need not be as wide as high (tfjs's gradient does); a negative axis of a running sum counts from the back; the gradient of nearest-neighbour resizing (upSampling2d) is right for every image of a batch (tfjs's only for the first); a sliced axis may be shrunk while another has a step. packages/onnx/test/departures.test.ts proves these by laws that need no other backend.
`;

describe('docs/kernels.md', () => {
  // tfjs leaks tensors when it finds no gradient, so this file does not count them.
  beforeAll(async () => {
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
  });

  it('lists every kernel, and every lowering is reached by a test', async () => {
    const seen = await observe();
    expect(supportedKernels().filter((kernel) => !seen.has(kernel))).toEqual([]);
    const unexplained = kernelNames().filter((name) => !seen.has(name) && !unsupported[name]);
    expect(unexplained).toEqual([]);
    expect(Object.keys(unsupported).filter((name) => seen.has(name))).toEqual([]);
    await expect(`${introduction}\n${table(seen)}\n`).toMatchFileSnapshot(
      '../../../docs/kernels.md',
    );
  });
});
