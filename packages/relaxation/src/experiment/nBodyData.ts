import { chargedParticles } from '@intertwiner/datasets';
import type { Samples } from '../training/samples.js';

/** Trajectories of charged particles, all positions measured from the centroid of the given frame. */
export function nBodySamples(count: number, seed: number): Samples {
  const data = chargedParticles({ count, seed });
  const n = data.particles;
  const vectors = new Float32Array(count * n * 6);
  const target = new Float32Array(count * n * 3);
  for (let s = 0; s < count; s++) {
    for (let k = 0; k < 3; k++) {
      const at = (i: number) => 3 * (s * n + i) + k;
      let centroid = 0;
      for (let i = 0; i < n; i++) centroid += data.positions[at(i)] / n;
      for (let i = 0; i < n; i++) {
        vectors[2 * at(i)] = data.positions[at(i)] - centroid;
        vectors[2 * at(i) + 1] = data.velocities[at(i)];
        target[at(i)] = data.targets[at(i)] - centroid;
      }
    }
  }
  const arrays = {
    vectors: { shape: [n, 3, 2], data: vectors },
    charges: { shape: [n], data: data.charges },
    target: { shape: [n, 3, 1], data: target },
  };
  return { count, arrays };
}
