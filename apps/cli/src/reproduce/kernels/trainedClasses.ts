/**
 * Ordinary networks on all ten classes, every class seen in all poses but one class, which lacks its
 * upright pose, or is only seen upright: do they know it in the poses that it lacks?
 */
import {
  convNet,
  makeTrainer,
  perceptron,
  runNetwork,
  visionTransformer,
  type DrawnNetwork,
  type RunningNetwork,
} from '@intertwiner/finite-width';
import { random } from '@intertwiner/random';
import type { Unit } from '../experiment.js';
import { rotationAction } from '../../verbs/digitPoses.js';
import type { Images, KernelsData } from './data.js';
import { classNetworks, conditions, type Condition, type KernelsSettings } from './settings.js';

type ClassNetwork = (typeof classNetworks)[number];

/** One run; shares of right answers on test digits. */
export interface TrainedClassesRecord {
  /** The class that lacks poses. */
  readonly heldOut: number;
  /** That class in the poses that it lacked, and in those that were seen. */
  readonly lacking: number;
  readonly seen: number;
  /** The other classes in the same poses as `lacking`, and as `seen`. */
  readonly othersLacking: number;
  readonly othersSeen: number;
  /** What the held-out class is taken for in the poses that it lacked: counts by class. */
  readonly takenFor: number[];
  readonly loss: number;
}

export function trainedClassUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  const { runs } = settings.trainedClasses;
  const poses = posesOf(settings, data.full);
  // Run by run, so that an interrupted experiment has as many runs of every network.
  return Array.from({ length: runs }, (_, run) =>
    classNetworks.flatMap((network) =>
      conditions.map((condition) => ({
        key: `trained-classes/${network}/${condition}/${run}`,
        run: () => trainRun(settings, poses(), { network, condition, run }),
      })),
    ),
  ).flat();
}

interface Run {
  readonly network: ClassNetwork;
  readonly condition: Condition;
  readonly run: number;
}

/** All digits in all poses: [pose][digit][pixel], each of norm √d. */
interface PosedDigits {
  readonly pixels: readonly Float32Array[];
  readonly labels: Uint8Array;
  readonly d: number;
}

/** Laid out when they are first asked for: every run shares them. */
function posesOf({ trainedClasses: { poses, train, test } }: KernelsSettings, images: Images) {
  let made: PosedDigits | null = null;
  return (): PosedDigits => (made ??= layOut(images, poses, Math.min(train + test, images.count)));
}

function layOut({ images, labels, side }: Images, poses: number, count: number): PosedDigits {
  const d = side ** 2;
  const act = rotationAction(poses, { height: side, width: side });
  const pixels = Array.from({ length: poses }, () => new Float32Array(count * d));
  for (let i = 0; i < count; i++) {
    const image = images.slice(i * d, (i + 1) * d);
    for (let g = 0; g < poses; g++) {
      const pose = Float32Array.from(act(image, g));
      const scale = Math.sqrt(d / pose.reduce((sum, v) => sum + v * v, 0));
      pixels[g]!.set(
        pose.map((v) => scale * v),
        i * d,
      );
    }
  }
  return { pixels, labels: labels.slice(0, count), d };
}

const classes = 10;

function networkFor(name: ClassNetwork, side: number, run: number, seed: number): DrawnNetwork {
  const stream = random(seed, 'class network', name, run);
  const options = { grid: [side, side] as const, outputs: classes, name: `classes-${name}-${run}` };
  switch (name) {
    case 'mlp':
      return perceptron({ ...options, inputSize: side ** 2, depth: 1, width: 512 }, stream);
    case 'cnn':
      return convNet({ ...options, channels: [8, 16] }, stream);
    case 'vit':
      return visionTransformer({ ...options, patch: side / 4 }, stream);
  }
}

async function trainRun(
  { seed, trainedClasses }: KernelsSettings,
  digits: PosedDigits,
  { network: name, condition, run }: Run,
): Promise<TrainedClassesRecord> {
  const { batch, steps } = trainedClasses;
  const network = networkFor(name, Math.sqrt(digits.d), run, seed);
  const trainer = await makeTrainer(network, { batch, loss: 'crossEntropy', threads: 1 });
  const heldOut = run % classes;
  const all = digits.pixels.map((_, pose) => pose);
  const [seen, lacking] = condition === 'lacksUpright' ? [all.slice(1), [0]] : [[0], all.slice(1)];
  const { train, test } = split(digits.labels.length, trainedClasses);
  try {
    const { loss } = await trainer.fit(steps, (step, { x, y }) => {
      const stream = random(seed, 'class batch', name, run, step);
      y.fill(0);
      for (let i = 0; i < batch; i++) {
        const digit = stream.integer(train);
        const label = digits.labels[digit]!;
        const poses = label === heldOut ? seen : all;
        const pose = poses[stream.integer(poses.length)]!;
        x.set(
          digits.pixels[pose]!.subarray(digit * digits.d, (digit + 1) * digits.d),
          i * digits.d,
        );
        y[i * classes + label] = 1;
      }
    });
    await trainer.sync();
    const running = await runNetwork(network);
    const counts = await countAnswers(running, digits, train, test);
    await running.dispose();
    return { heldOut, ...shares(counts, heldOut, seen, lacking), loss: mean(loss.subarray(-50)) };
  } finally {
    await trainer.dispose();
    network.dispose();
  }
}

/** The last of the digits that are laid out are for testing. */
function split(count: number, { test }: KernelsSettings['trainedClasses']) {
  const asked = Math.min(test, Math.floor(count / 2));
  return { train: count - asked, test: asked };
}

/** [pose][class][answer] */
type Counts = number[][][];

async function countAnswers(
  running: RunningNetwork,
  { pixels, labels, d }: PosedDigits,
  from: number,
  count: number,
): Promise<Counts> {
  const counts = pixels.map(() =>
    Array.from({ length: classes }, () => new Array<number>(classes).fill(0)),
  );
  for (const [pose, images] of pixels.entries()) {
    const outputs = await running.run(images.slice(from * d, (from + count) * d));
    for (let i = 0; i < count; i++) {
      const scores = outputs.subarray(i * classes, (i + 1) * classes);
      const answer = scores.indexOf(Math.max(...scores));
      if (answer < 0) throw new Error('A trained network gave something that is no number.');
      counts[pose]![labels[from + i]!]![answer]!++;
    }
  }
  return counts;
}

function shares(
  counts: Counts,
  heldOut: number,
  seen: readonly number[],
  lacking: readonly number[],
) {
  const share = (poses: readonly number[], kept: (label: number) => boolean) => {
    let [right, all] = [0, 0];
    for (const pose of poses) {
      for (const [label, answers] of counts[pose]!.entries()) {
        if (!kept(label)) continue;
        right += answers[label]!;
        all += answers.reduce((sum, n) => sum + n, 0);
      }
    }
    return right / all;
  };
  const own = (label: number) => label === heldOut;
  const other = (label: number) => label !== heldOut;
  return {
    lacking: share(lacking, own),
    seen: share(seen, own),
    othersLacking: share(lacking, other),
    othersSeen: share(seen, other),
    takenFor: Array.from({ length: classes }, (_, answer) =>
      lacking.reduce((sum, pose) => sum + counts[pose]![heldOut]![answer]!, 0),
    ),
  };
}

const mean = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
