/** The same trainer, another teacher: sets, point clouds, shifts with zeros, interpolated rotations. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  asFiniteGroup,
  group,
  natural,
  pointCloud,
  type FiniteGroup,
  type LieGroup,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  clonePhase,
  gluFamily,
  interpolatedGroupTeacher,
  interpolatedLiftingTeacher,
  intertwinerTeacher,
  liftingTeacher,
  mapSymmetry,
  mlpFamily,
  noStore,
  normalisedMse,
  pointTeacher,
  randomMotions,
  runningStudent,
  runningTeacher,
  runPhase,
  shiftTeacher,
  type LayerTeacher,
  type StudentFamily,
} from '@intertwiner/cloning';
import { pairwise } from './pairwise.js';
import { gaussian, relativeGap, startTfjs } from './support.js';

beforeAll(startTfjs);

const S5 = asFiniteGroup(group('S5'));
const vectors = pointCloud(natural(group('SO(3)') as LieGroup), 4);

const exact: [LayerTeacher, object][] = [
  [intertwinerTeacher(natural(S5), natural(S5)), {}],
  [intertwinerTeacher(vectors, vectors), {}],
  [pointTeacher({ points: 4 }), { elements: randomMotions(8, 0) }],
];

describe.each(exact.map(([teacher, options]) => ({ name: teacher.name, teacher, options })))(
  '$name',
  ({ teacher, options }) => {
    it('is equivariant for every filter', async () => {
      const map = await runningTeacher(teacher);
      const { mean } = await mapSymmetry(teacher, map, { seed: 0, ...options });
      await map.dispose();
      // Sums of some dozens of float32 products; shifts of points cost two digits more.
      expect(mean).toBeLessThan(1e-5);
    });

    it('sums over channels', () => {
      tf.tidy(() => {
        const x = gaussian([3, 2, teacher.inputSize], 'x') as tf.Tensor3D;
        const tau = gaussian([4, 2, teacher.filterSize], 'tau') as tf.Tensor3D;
        expect(relativeGap(teacher.channels(x, tau), pairwise(teacher, x, tau))).toBeLessThan(1e-5);
      });
    });
  },
);

it('the layer of Deep Sets has two parameters, vector neurons of n points n²', () => {
  expect(exact[0]![0].filterSize).toBe(2);
  expect(exact[1]![0].filterSize).toBe(16);
});

describe('approximate symmetries', () => {
  const C8 = group('C8') as FiniteGroup;

  it('rotated filters of C4 are the exact ones', () => {
    const options = { group: group('C4') as FiniteGroup, size: 4, kernelSize: 3 };
    const interpolated = interpolatedLiftingTeacher({ ...options, padding: 'torus' });
    tf.tidy(() => {
      const x = gaussian([5, 16], 'x') as tf.Tensor2D;
      const tau = gaussian([5, 9], 'tau') as tf.Tensor2D;
      expect(
        relativeGap(interpolated.apply(x, tau), liftingTeacher(options).apply(x, tau)),
      ).toBeLessThan(1e-5);
    });
  });

  it.each([interpolatedLiftingTeacher, interpolatedGroupTeacher])(
    'C8 has a defect at the odd elements, which is measured (%o)',
    async (make) => {
      const teacher = make({ group: C8, size: 5, kernelSize: 3 });
      const map = await runningTeacher(teacher);
      const { perElement } = await mapSymmetry(teacher, map, { seed: 0 });
      await map.dispose();
      const parity = (odd: number) => perElement.filter((_, k) => k % 2 === odd);
      for (const { error } of parity(1)) expect(error).toBeGreaterThan(0.1);
      // Quarter turns permute the pixels.
      for (const { error } of parity(0)) expect(error).toBeLessThan(1e-5);
    },
  );

  it('zero-filled shifts fail at the edges alone', async () => {
    const size = 6;
    const teacher = shiftTeacher({ size, kernelSize: 3, padding: 'zero' });
    tf.tidy(() => {
      const inner = gaussian([4, 2, 2], 'x').pad([
        [0, 0],
        [2, 2],
        [2, 2],
      ]);
      const x = inner.reshape([4, size * size]) as tf.Tensor2D;
      const tau = gaussian([4, 9], 'tau') as tf.Tensor2D;
      // Down by one: nothing that matters leaves the image.
      const moved = teacher.apply(teacher.inputAction.apply(size as never, x) as tf.Tensor2D, tau);
      const expected = teacher.outputAction.apply(size as never, teacher.apply(x, tau));
      expect(relativeGap(moved, expected)).toBeLessThan(1e-5);
    });
    const map = await runningTeacher(teacher);
    expect((await mapSymmetry(teacher, map, { seed: 0 })).mean).toBeGreaterThan(0.1);
    await map.dispose();
  });
});

describe('one trainer for all', () => {
  const cases: [string, LayerTeacher, StudentFamily, object][] = [
    ['S5', exact[0]![0], gluFamily(24), {}],
    ['SO(3)', exact[1]![0], gluFamily(220), {}],
    ['E(3)', exact[2]![0], mlpFamily(128), exact[2]![1]],
    [
      'T(2) with zeros',
      shiftTeacher({ size: 4, kernelSize: 3, padding: 'zero' }),
      gluFamily(160),
      {},
    ],
    [
      'C8',
      interpolatedLiftingTeacher({ group: C8of(), size: 4, kernelSize: 3 }),
      gluFamily(160),
      {},
    ],
  ];

  it.each(cases)('clones %s: less error, more symmetry', async (_, teacher, family, options) => {
    const student = family.create(teacher, 'student', random(0, 'student'));
    const measure = async () => {
      const map = await runningStudent(teacher, student);
      const { mean } = await mapSymmetry(teacher, map, { seed: 0, ...options });
      await map.dispose();
      return { mean, error: await normalisedMse(teacher, student, { seed: 0, batches: 1 }) };
    };
    const before = await measure();
    const phase = clonePhase('stage1', teacher, student, {
      steps: 300,
      batchSize: 64,
      learningRate: 1e-2,
      seed: 0,
    });
    await runPhase(phase, { device: 'cpu', store: noStore, threads: 1 });
    const after = await measure();
    student.dispose();
    expect(before.error).toBeGreaterThan(0.9);
    expect(after.error).toBeLessThan(0.75 * before.error);
    expect(after.mean).toBeLessThan(before.mean);
  });
});

function C8of(): FiniteGroup {
  return group('C8') as FiniteGroup;
}
