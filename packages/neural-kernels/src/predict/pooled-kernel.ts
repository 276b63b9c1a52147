import type { KernelMatrices } from '../gram/tiles.js';
import type { NeuralKernel } from '../network/kernel.js';
import { resolveGroup } from '../symmetry/group-average.js';
import type { Poses } from './learning-curve.js';
import { layOutPoses } from './problem.js';

/**
 * The kernel of a network whose output is averaged over all poses of its input: invariant under the
 * group, whatever the architecture. k̄(x, y) = mean over g, h of k(g·x, h·y), |G|² entries for each.
 */
export function poolOverGroup(
  kernel: Pick<NeuralKernel, 'name' | 'gram'>,
  { group, act }: Poses,
): Pick<NeuralKernel, 'name' | 'gram'> {
  const resolved = resolveGroup(group);
  const { order } = resolved;
  return {
    name: `${kernel.name} pooled over ${resolved.name}`,
    gram(X, n, d, options) {
      const poses = new Float64Array(n * order * d);
      for (let i = 0; i < n; i++) {
        const image = Float64Array.from({ length: d }, (_, k) => X[i * d + k]);
        poses.set(layOutPoses(resolved, act, d, image), i * order * d);
      }
      const full = kernel.gram(poses, n * order, d, options);
      return { nngp: blockMeans(full.nngp, n, order), ntk: blockMeans(full.ntk, n, order) };
    },
  } satisfies { name: string; gram: (...args: Parameters<NeuralKernel['gram']>) => KernelMatrices };
}

/** Means of the size × size blocks of a (blocks·size)² matrix. */
function blockMeans(matrix: Float64Array, blocks: number, size: number): Float64Array {
  const n = blocks * size;
  const means = new Float64Array(blocks * blocks);
  for (let i = 0; i < n; i++) {
    const row = Math.floor(i / size) * blocks;
    for (let j = 0; j < n; j++) means[row + Math.floor(j / size)] += matrix[i * n + j];
  }
  return means.map((sum) => sum / size ** 2);
}
