/** The result of `clone` as a page to look at. */
import {
  makeTask,
  moveImage,
  planarGroup,
  shownDigits,
  type ClassifierResult,
  type CloneResult,
  type CloningResult,
  type LayerExample,
} from '@intertwiner/cloning';
import type { EquivarianceReport } from '@intertwiner/layers';
import { htmlReport, type Block, type GreyImage } from '@intertwiner/report';
import type { CloningData } from '../verbs/cloneData.js';
import type { CloneDocument } from './cloneDocument.js';
import { curve } from './curve.js';

/** What the page shows. */
export interface CloneResults extends CloningResult {
  readonly examples: readonly LayerExample[];
}

export function cloneReport(
  document: CloneDocument,
  result: CloneResults,
  data: CloningData,
): string {
  return htmlReport({
    title: `Symmetry-cloning: ${document.group}, ${document.task}`,
    subtitle: `An ordinary network (${document.student}) learned ${document.group} from noise, then digits`,
    details: [
      `${document.data}, ${document.config.train} digits to train, ${document.config.test} to test`,
      `seed ${document.seed}, device ${document.device}, ${Math.round(document.seconds)} s`,
    ],
    sections: [
      { title: 'Accuracy', blocks: accuracyBlocks(document, result) },
      { title: 'Symmetry', blocks: symmetryBlocks(result) },
      { title: 'Training', blocks: trainingBlocks(result) },
      {
        title: 'Inputs and outputs',
        blocks: [
          poseBlock(document, result, data),
          ...(result.examples.length > 0 ? [layerBlock(result, data)] : []),
        ],
      },
      { title: 'The exported file', blocks: [parityBlock(document)] },
      { title: 'Settings', blocks: [settingsBlock(document)] },
    ],
  });
}

const rows = ({ arms }: CloningResult): ClassifierResult[] => Object.values(arms);

function accuracyBlocks(document: CloneDocument, result: CloneResults): Block[] {
  const share = { style: 'percent' } as const;
  const elements = rows(result)[0]!.accuracy.perElement;
  return [
    {
      kind: 'table',
      caption: `Accuracy on test digits as they are, and moved by ${document.group}.`,
      columns: [
        { header: 'network' },
        { header: 'plain', format: share, best: 'high' },
        { header: 'moved', format: share, best: 'high' },
        { header: 'parameters', format: { style: 'fixed', digits: 0 } },
        { header: 'time per step', unit: 'ms', format: { style: 'fixed', digits: 1 } },
      ],
      rows: rows(result).map(({ title, accuracy, parameters, msPerStep }) => [
        title,
        accuracy.plain,
        accuracy.transformed,
        parameters,
        msPerStep,
      ]),
    },
    {
      kind: 'bars',
      caption: 'Accuracy on test digits moved by each element.',
      y: { label: 'accuracy' },
      bars: rows(result).map(({ title }) => title),
      groups: elements.map(({ element }, i) => ({
        name: element,
        values: rows(result).map(({ accuracy }) => accuracy.perElement[i]!.accuracy),
      })),
      references: [
        { value: 0.1, label: 'chance' },
        ...(document.invariantCap < 1
          ? [{ value: document.invariantCap, label: 'cap of an invariant network' }]
          : []),
      ],
    },
  ];
}

function symmetryBlocks(result: CloneResults): Block[] {
  const errors = (on: 'data' | 'noise') =>
    rows(result).flatMap(({ title, invariance, before }) => [
      ...(before
        ? [
            errorRow(`${title}, before stage 1`, before.stage1[on]),
            errorRow(`${title}, after stage 1`, before.stage2[on]),
          ]
        : []),
      errorRow(before ? `${title}, after stage 2` : title, invariance[on]),
    ]);
  const columns = rows(result)[0]!.invariance.data.perElement.map(({ name }) => name);
  const label = '‖f(g·x) − f(x)‖ / ‖f(x)‖ of the logits';
  const measured = rows(result).filter(({ symmetry }) => symmetry);
  return [
    {
      kind: 'heat',
      caption: 'Equivariance error on digits, per element.',
      label,
      columns,
      rows: errors('data'),
    },
    { kind: 'heat', caption: 'The same on Gaussian noise.', label, columns, rows: errors('noise') },
    ...(measured.length > 0 ? [symmetryCurves(measured, label)] : []),
  ];
}

const symmetryCurves = (measured: readonly ClassifierResult[], label: string): Block => ({
  kind: 'lines',
  caption: 'Equivariance error through stage 2: on digits, and dashed on noise.',
  x: { label: 'step' },
  y: { label },
  series: measured.flatMap(({ title, symmetry }) => [
    { name: title, x: Array.from(symmetry!.steps), y: Array.from(symmetry!.data) },
    {
      name: `${title}, noise`,
      x: Array.from(symmetry!.steps),
      y: Array.from(symmetry!.noise),
      dashed: true,
    },
  ]),
});

const errorRow = (name: string, { perElement }: EquivarianceReport) => ({
  name,
  values: perElement.map(({ error }) => error),
});

function trainingBlocks(result: CloneResults): Block[] {
  // Arms that share their clones show them once.
  const clones = new Map(
    rows(result).flatMap(({ title, stage1 = [] }) =>
      stage1.map((layer) => [`${layer.name} (${title})`, layer] as const),
    ),
  );
  const stage1: Block[] = [
    {
      kind: 'lines',
      caption:
        'Stage 1: mean squared error on inputs that are new at every step (1 = predicting 0).',
      x: { label: 'step' },
      y: { label: 'mean squared error', scale: 'log' },
      series: [...clones].map(([name, { loss }]) => curve(name, loss)),
    },
    cloneTable([...clones]),
  ];
  return [
    ...(clones.size > 0 ? stage1 : []),
    {
      kind: 'lines',
      caption: 'Stage 2: training loss.',
      x: { label: 'step' },
      y: { label: 'cross-entropy and penalties' },
      series: rows(result).map(({ title, loss }) => curve(title, loss)),
    },
  ];
}

const cloneTable = (clones: readonly (readonly [string, CloneResult])[]): Block => ({
  kind: 'table',
  caption: 'What stage 1 reached on noise not seen in training.',
  columns: [
    { header: 'cloned layer' },
    { header: 'student' },
    { header: 'normalised error', format: { style: 'scientific', digits: 2 } },
    { header: 'steps', format: { style: 'fixed', digits: 0 } },
    { header: 'time per step', unit: 'ms', format: { style: 'fixed', digits: 1 } },
  ],
  rows: clones.map(([name, { student, normalisedMse, steps, msPerStep }]) => [
    name,
    student,
    normalisedMse,
    steps,
    msPerStep,
  ]),
});

/** At most so many moves of each digit are drawn. */
const drawnMoves = 9;

/** Each shown digit in some poses, with what two networks take it for. */
function poseBlock({ config }: CloneDocument, result: CloneResults, { test }: CloningData): Block {
  const { size } = test;
  const task = makeTask(config.task, planarGroup(config.group, size), size);
  const moves = task.moves.slice(0, drawnMoves);
  const shown = [result.arms.clone ?? rows(result)[0]!, result.arms.scratch].filter(
    (arm) => arm !== undefined,
  );
  const digit = (index: number, place: number): GreyImage => {
    const pixels = new Float32Array(size ** 2);
    moveImage(test, index, task.permutation(moves[place]!), pixels);
    const answers = shown.map(({ title, shown: labels }) => `${title} ${labels[place]![index]}`);
    return {
      width: size,
      height: size,
      pixels,
      range: [0, 1],
      caption: `${task.label(test.labels[index]!, moves[place]!)}: ${answers.join(', ')}`,
    };
  };
  const names = moves.map((g) => task.group.elementName(g)).join(', ');
  return {
    kind: 'images',
    caption: `Test digits moved by ${names}: the right label, and what the networks say.`,
    images: indices(shownDigits).flatMap((index) => moves.map((_, place) => digit(index, place))),
    columns: moves.length,
    pixelSize: 7,
  };
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** What the cloned layer makes of digits, which it has never seen, beside its teacher. */
function layerBlock({ examples }: CloneResults, { test }: CloningData): Block {
  const { size } = test;
  const picture = (
    pixels: ArrayLike<number>,
    range: readonly [number, number],
    caption: string,
  ) => ({
    width: size,
    height: size,
    pixels,
    range,
    caption,
  });
  const images = examples.flatMap(({ input, teacher, clone }): GreyImage[] => {
    const order = teacher.length / input.length;
    const largest = teacher.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const range = [-largest, largest] as const;
    const first = (field: Float32Array) => input.map((_, p) => field[p * order]!);
    const [expected, actual] = [first(teacher), first(clone)];
    return [
      picture(input, extent(input), 'digit'),
      picture(expected, range, 'teacher'),
      picture(actual, range, 'clone'),
      picture(
        expected.map((value, p) => actual[p]! - value),
        range,
        'difference',
      ),
    ];
  });
  return {
    kind: 'images',
    caption:
      'The lifting layer on test digits with one Gaussian filter, first orientation: the clone has ' +
      'seen nothing but noise. One grey scale for teacher, clone and difference.',
    images,
    columns: 4,
    pixelSize: 7,
  };
}

const extent = (values: Float32Array): readonly [number, number] => [
  values.reduce((low, value) => Math.min(low, value), Infinity),
  values.reduce((high, value) => Math.max(high, value), -Infinity),
];

const parityBlock = ({ onnx }: CloneDocument): Block => ({
  kind: 'table',
  caption: 'student.onnx against the TensorFlow.js program it was exported from.',
  columns: [
    { header: 'runtime' },
    { header: 'largest difference', format: { style: 'scientific', digits: 1 } },
    { header: 'relative', format: { style: 'scientific', digits: 1 } },
  ],
  rows: onnx.parity.map(({ device, maxAbsDiff, maxRelDiff }) => [device, maxAbsDiff, maxRelDiff]),
});

const settingsBlock = ({ config }: CloneDocument): Block => ({
  kind: 'facts',
  facts: Object.entries(config).map(([name, value]) => ({
    name,
    value: typeof value === 'number' ? value : String(value),
  })),
});
