/** The layers of a network cloned one by one. */
import { runPhase, type PhaseOptions } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import type { Convolution } from '../network/convolutionalClassifier.js';
import type { Student } from '../students/student.js';
import type { StudentFamily } from '../students/student.js';
import type { LayerTeacher } from '../teachers/teacher.js';
import { clonePhase, type CloneOptions } from './clone.js';
import { normalisedMse } from './cloneError.js';

/** A cloned layer: how well, how fast. */
export interface CloneResult {
  readonly name: string;
  readonly student: string;
  readonly steps: number;
  readonly msPerStep: number;
  /** On fresh noise; 1 is what predicting 0 gives. */
  readonly normalisedMse: number;
  readonly loss: Float32Array;
}

/** How one layer is cloned. */
export interface LayerPlan extends CloneOptions {
  readonly teacher: LayerTeacher;
  readonly family: StudentFamily;
}

export interface ClonedLayers {
  readonly layers: readonly [Convolution, Convolution];
  /** The students, each with its teacher; one where both layers have the same teacher. */
  readonly students: readonly (readonly [LayerTeacher, Student])[];
  /** Stage 1; layers with the same teacher are cloned once. */
  train(options: PhaseOptions): Promise<CloneResult[]>;
  dispose(): void;
}

/**
 * Students for two layers, with random weights until {@link ClonedLayers.train} is called.
 *
 * @param name prefix of the phases' and the weights' names.
 */
export function clonedLayers(name: string, plans: readonly [LayerPlan, LayerPlan]): ClonedLayers {
  const distinct = [...new Map(plans.map((plan) => [plan.teacher, plan])).values()];
  const students = new Map<LayerTeacher, Student>(
    distinct.map(({ teacher, family, seed }, i) => [
      teacher,
      family.create(teacher, `${name}/h${i}`, random(seed, name, 'student', i)),
    ]),
  );
  const convolution = ({ teacher }: LayerPlan): Convolution => {
    const { channels, weights } = students.get(teacher)!;
    return { teacher, map: channels, weights };
  };
  return {
    layers: [convolution(plans[0]), convolution(plans[1])],
    students: [...students],
    async train(options) {
      const results: CloneResult[] = [];
      for (const [i, plan] of distinct.entries()) {
        results.push(await cloneLayer(`${name}/stage1.${i}`, plan, students, options));
      }
      return results;
    },
    dispose: () => students.forEach((student) => student.dispose()),
  };
}

async function cloneLayer(
  name: string,
  plan: LayerPlan,
  students: ReadonlyMap<LayerTeacher, Student>,
  options: PhaseOptions,
): Promise<CloneResult> {
  const { teacher, family, seed } = plan;
  const student = students.get(teacher)!;
  const { steps, msPerStep, outputs } = await runPhase(
    clonePhase(name, teacher, student, plan),
    options,
  );
  return {
    name: teacher.name,
    student: family.name,
    steps,
    msPerStep,
    normalisedMse: await normalisedMse(teacher, student, { seed }),
    loss: outputs['loss']!,
  };
}
