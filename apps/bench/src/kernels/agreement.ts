/** Our kernels beside those of neural-tangents, in float64, on the same inputs. */
import {
  convKernel,
  mlpKernel,
  networkKernel,
  residualKernel,
  type Activation,
  type Layer,
  type NeuralKernel,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { JsonProcess } from '../jsonProcess.js';

/** The largest difference of one kernel's entries, relative to its largest entry. */
export interface Agreement {
  readonly kernel: string;
  readonly nngp: number;
  readonly ntk: number;
}

/** A few roundings on each side. */
export const tolerance = 1e-12;

const shared = {
  weightVariance: 1.7,
  biasVariance: 0.3,
  readoutWeightVariance: 1.2,
  readoutBiasVariance: 0.1,
};
const weights = { weightVariance: 1.7, biasVariance: 0.3 };
const mlp = (depth: number, activation: Activation) => mlpKernel({ ...shared, depth, activation });
const image = { ...shared, grid: [8, 6] as const, channels: 2 };
const conv: Layer = { layer: 'conv', filter: 3, ...weights };
const relu: Layer = { layer: 'activation', activation: 'relu' };
const readout: Layer = { layer: 'dense', weightVariance: 1.2, biasVariance: 0.1 };

/** By the names that `peers/kernels_neural_tangents.py` knows. */
const kernels: Readonly<Record<string, NeuralKernel>> = {
  relu: mlp(3, 'relu'),
  leakyRelu: mlp(2, 'leakyRelu'),
  erf: mlp(3, 'erf'),
  gelu: mlp(2, 'gelu'),
  sine: mlp(2, 'sine'),
  layerNorm: mlpKernel({ ...shared, depth: 1, layerNorm: true }),
  residual: residualKernel({ ...shared, depth: 2 }),
  conv: convKernel({ ...image, depth: 2 }),
  'conv, zero padding': convKernel({ ...image, depth: 2, padding: 'zero' }),
  'conv, global average pooling': convKernel({ ...image, depth: 2, pooling: 'globalAveragePool' }),
  'conv, average pooling': networkKernel({
    name: 'conv, average pooling',
    grid: image.grid,
    channels: image.channels,
    layers: [
      conv,
      relu,
      { layer: 'averagePool', size: 2 },
      conv,
      relu,
      { layer: 'flatten' },
      readout,
    ],
  }),
  'conv, dense head': convKernel({
    ...image,
    depth: 1,
    pooling: 'globalAveragePool',
    headDepth: 1,
  }),
  'conv, residual': convKernel({
    ...image,
    depth: 2,
    residual: true,
    pooling: 'globalAveragePool',
  }),
};

/** Computes every kernel on both sides. @throws PeerError without neural-tangents. */
export async function kernelAgreement(python: string): Promise<Agreement[]> {
  const peer = new JsonProcess(python, 'kernels_neural_tangents.py', 'float64');
  try {
    await peer.line();
    const rows: Agreement[] = [];
    for (const [name, kernel] of Object.entries(kernels))
      rows.push(await compare(peer, name, kernel));
    return rows;
  } finally {
    await peer.close();
  }
}

const inputs = 5;

async function compare(peer: JsonProcess, name: string, kernel: NeuralKernel): Promise<Agreement> {
  const { grid, channels } = kernel.spec;
  const shape = grid.length === 0 ? [7] : [...grid, channels];
  const d = shape.reduce((a, b) => a * b, 1);
  const x = random(0, name).fillNormal(new Float64Array(inputs * d));
  peer.send({ kernel: name, x: [...x], shape: [inputs, ...shape] });
  const theirs = (await peer.line()) as { nngp: number[]; ntk: number[]; error?: string };
  if (theirs.error !== undefined) throw new Error(`${name}: ${theirs.error}`);
  const ours = kernel.gram(x, inputs, d);
  const off = (kind: 'nngp' | 'ntk') => {
    const largest = Math.max(...ours[kind].map(Math.abs));
    let worst = 0;
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < inputs; j++) {
        // An input with itself: angles of 0, of which half of the digits are lost on their side.
        if (i === j) continue;
        const at = i * inputs + j;
        worst = Math.max(worst, Math.abs(ours[kind][at]! - theirs[kind][at]!) / largest);
      }
    }
    return worst;
  };
  return { kernel: name, nngp: off('nngp'), ntk: off('ntk') };
}

/** The differences as aligned text. */
export function formatAgreement(rows: readonly Agreement[]): string {
  return rows
    .map(({ kernel, nngp, ntk }) => {
      return `${kernel.padEnd(30)}  NNGP ${nngp.toExponential(1)}  NTK ${ntk.toExponential(1)}`;
    })
    .join('\n');
}
