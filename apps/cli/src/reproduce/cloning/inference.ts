/** Inference of the network of clones against that of their teachers. */
import {
  planarSymmetry,
  runClassifier,
  studentsOf,
  symmetricNetwork,
  type Classifier,
  type CloningConfig,
} from '@intertwiner/cloning';
import { random } from '@intertwiner/random';

export interface InferenceRecord {
  /** Milliseconds for a batch of 64 on one thread, the median of many, interleaved. */
  readonly teacher: number;
  readonly clone: number;
  readonly batch: number;
}

const batch = 64;
const repetitions = 40;

/** Weights do not change what inference costs, so nothing is trained. */
export async function measureInference(config: CloningConfig): Promise<InferenceRecord> {
  const size = config.size!;
  const symmetry = planarSymmetry(config.group, size, config.kernelSize);
  const empty = { images: new Float32Array(size ** 2), labels: new Uint8Array(1), size };
  const clones = studentsOf({ config, train: empty }, symmetry);
  const networks = [
    symmetricNetwork('inference/teacher', config, symmetry, size),
    symmetricNetwork('inference/clone', config, symmetry, size, clones.layers),
  ];
  try {
    const [teacher, clone] = await medians(networks, size);
    return { teacher: teacher!, clone: clone!, batch };
  } finally {
    for (const network of networks) network.dispose();
    clones.dispose();
  }
}

async function medians(networks: readonly Classifier[], size: number): Promise<number[]> {
  const images = random(0, 'inference').fillNormal(new Float32Array(batch * size ** 2));
  const running = await Promise.all(networks.map((network) => runClassifier(network, 1)));
  const times: number[][] = networks.map(() => []);
  for (let i = 0; i < repetitions; i++) {
    for (const [k, model] of running.entries()) {
      const start = performance.now();
      await model.logits(images);
      times[k]!.push(performance.now() - start);
    }
  }
  await Promise.all(running.map((model) => model.dispose()));
  return times.map((all) => all.toSorted((a, b) => a - b)[Math.floor(repetitions / 2)]!);
}
