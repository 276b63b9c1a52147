import type { Convolution } from '../network/convolutionalClassifier.js';
import type { ClonedLayers } from '../stage1/cloneLayers.js';
import { exactStudent } from '../students/exact.js';
import type { PlanarSymmetry } from '../teachers/planarSymmetry.js';
import type { LayerTeacher } from '../teachers/teacher.js';

/** The layers embedded as dense tensors: what a perfect stage 1 would leave, without training. */
export function denseStudents(name: string, { layers }: PlanarSymmetry): ClonedLayers {
  const students = new Map(
    [...new Set<LayerTeacher>(layers)].map((teacher, i) => [
      teacher,
      exactStudent(teacher, `${name}/M${i}`),
    ]),
  );
  const convolution = (teacher: LayerTeacher): Convolution => {
    const { channels, weights } = students.get(teacher)!;
    return { teacher, map: channels, weights };
  };
  return {
    layers: [convolution(layers[0]), convolution(layers[1])],
    students: [...students],
    train: async () => [],
    dispose: () => students.forEach((student) => student.dispose()),
  };
}
