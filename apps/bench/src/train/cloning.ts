/** Stage 1 of symmetry-cloning as it runs in the product, on one fixed batch of noise. */
import { clonePhase, gluFamily, liftingTeacher } from '@intertwiner/cloning';
import { group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { cloneWork, type CloneShape } from './floor.js';
import { fixedBatch } from './networks.js';
import { learningRate, type TrainingTask } from './task.js';

/** A bilinear gated student learns the lifting convolution of C4, with a filter for each sample. */
export function cloneTask(shape: Omit<CloneShape, 'order'>): TrainingTask {
  const { side, kernel, width, batch } = shape;
  return {
    name: `clone-${width}`,
    title: `clone: GLU ${width} ← C4 lifting ${kernel}×${kernel} on ${side}×${side}, batch ${batch}`,
    work: cloneWork({ ...shape, order: 4 }),
    optimizers: ['adam'],
    kernels: [],
    peer: { name: `clone-${width}-${side}-${batch}`, kind: 'clone', ...shape, order: 4 },
    build(_, prefix) {
      const teacher = liftingTeacher({ group: group('C4'), size: side, kernelSize: kernel });
      const stream = random(0, 'clone');
      const student = gluFamily(width).create(teacher, prefix, stream);
      // What the schedule would take of the steps is replaced by a constant rate below.
      const phase = clonePhase(prefix, teacher, student, { batchSize: batch, steps: 1, seed: 0 });
      return {
        program: phase.program,
        fill: fixedBatch({
          x: stream.fillNormal(new Float32Array(batch * teacher.inputSize)),
          tau: stream.fillNormal(new Float32Array(batch * teacher.filterSize)),
          learningRate: Float32Array.of(learningRate),
        }),
        dispose() {
          phase.dispose();
          student.dispose();
        },
      };
    },
  };
}
