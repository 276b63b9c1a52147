// Trains the three networks of the page and writes them to public/models:
//
//     node apps/playground/scripts/trainModels.mjs
//
// Small enough to be loaded at once: 8 × 8 pixels inside, half precision in the file. `--steps N`,
// `--epochs N` and `--digits N` shorten the training.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  classifierPhase,
  clonePhase,
  convolutionalClassifier,
  exportClassifier,
  gluFamily,
  groupConvolutionTeacher,
  liftingTeacher,
  makeTask,
  mlpClassifier,
  noStore,
  runPhase,
} from '@intertwiner/cloning';
import { averagePool, glyphDigits, pad } from '@intertwiner/datasets';
import { loadTfjsBackend, writeFileAtomic } from '@intertwiner/engine';
import { group as parseGroup } from '@intertwiner/groups';
import { convertModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '2500' },
    epochs: { type: 'string', default: '10' },
    digits: { type: 'string', default: '4000' },
    out: { type: 'string', default: fileURLToPath(new URL('../public/models', import.meta.url)) },
  },
});
const [steps, epochs] = [Number(values.steps), Number(values.epochs)];
const seed = 0;
/** Sides of the images on the page and in the networks. */
const [shown, size] = [32, 8];
const widths = [384, 384];
const channels = [8, 12];

await loadTfjsBackend('tfjs-cpu');
await mkdir(values.out, { recursive: true });
const say = (text) => process.stdout.write(`${text}\n`);
const phaseOptions = {
  device: 'cpu',
  store: noStore,
  onProgress: ({ phase, step, steps: all, loss }) => {
    if (step === all) say(`${phase}: ${all} steps, loss ${loss.toPrecision(3)}`);
  },
};

const digits = pad(glyphDigits({ count: Number(values.digits), seed }), 2);
const pooled = averagePool(digits, shown / size);
const train = {
  images: Float32Array.from(pooled.images, (value) => value / 255),
  labels: digits.labels,
  size,
};
const group = parseGroup('C4');
const task = makeTask('symmetry', group, size);
const teachers = [
  liftingTeacher({ group, size, kernelSize: 3 }),
  groupConvolutionTeacher({ group, size: size / 2, kernelSize: 3 }),
];
const students = teachers.map((teacher, i) =>
  gluFamily(widths[i]).create(teacher, `clone/h${i}`, random(seed, 'student', i)),
);
for (const [i, teacher] of teachers.entries()) {
  const options = { steps, learningRate: 4e-3, seed };
  const phase = clonePhase(`clone/stage1.${i}`, teacher, students[i], options);
  await runPhase(phase, phaseOptions);
}

const convolutional = (name, maps, weights) => {
  const [lifting, convolution] = teachers.map((teacher, i) => ({
    teacher,
    map: maps[i].channels,
    weights: weights[i],
  }));
  const shape = { size, pool: 2, channels, classes: 10 };
  const stream = random(seed, name, 'initial');
  return convolutionalClassifier({ name, shape, lifting, group: convolution, stream });
};
const networks = {
  teacher: [convolutional('teacher', teachers, [[], []]), 2e-2],
  clone: [
    convolutional(
      'clone',
      students,
      students.map(({ weights }) => weights),
    ),
    2e-2,
  ],
  scratch: [mlpClassifier('scratch', [size ** 2, ...widths, 10], random(seed, 'scratch')), 1e-3],
};
for (const [name, [classifier, learningRate]] of Object.entries(networks)) {
  const options = { epochs, batchSize: 64, learningRate, seed };
  await runPhase(classifierPhase(classifier, task, train, options), phaseOptions);
  const bytes = convertModel(exportClassifier(classifier, { group: 'C4', side: shown }), 'float16');
  await writeFileAtomic(`${values.out}/${name}.onnx`, bytes);
  say(`${name}.onnx: ${(bytes.length / 1000).toFixed(0)} kB`);
}
