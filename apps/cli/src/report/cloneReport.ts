/** The result of `clone` as a page to look at. */
import { shownDigits, type CloneResult, type CloningResult } from '@intertwiner/cloning';
import { gridAction, group as parseGroup } from '@intertwiner/groups';
import type { EquivarianceReport } from '@intertwiner/layers';
import { htmlReport, type Block, type GreyImage, type Series } from '@intertwiner/report';
import type { CloningData } from '../verbs/cloneData.js';
import type { CloneDocument } from './cloneDocument.js';

const models = ['teacher', 'clone', 'scratch', 'wrongGroup'] as const;

export function cloneReport(
  document: CloneDocument,
  result: CloningResult,
  data: CloningData,
): string {
  const names = modelNames(document);
  return htmlReport({
    title: `Symmetry-cloning: ${document.group}, ${document.task}`,
    subtitle: `An ordinary ${document.student === 'glu' ? 'gated' : 'ReLU'} MLP learned ${document.group} from noise, then digits`,
    details: [
      `${document.data}, ${document.config.train} digits to train, ${document.config.test} to test`,
      `seed ${document.seed}, device ${document.device}, ${Math.round(document.seconds)} s`,
    ],
    sections: [
      { title: 'Accuracy', blocks: accuracyBlocks(document, result, names) },
      { title: 'Symmetry', blocks: symmetryBlocks(document, result, names) },
      { title: 'Training', blocks: trainingBlocks(result, names) },
      {
        title: 'Inputs and outputs',
        blocks: [poseBlock(document, result, data), layerBlock(result, data)],
      },
      { title: 'The exported file', blocks: [parityBlock(document)] },
      { title: 'Settings', blocks: [settingsBlock(document)] },
    ],
  });
}

type Names = Readonly<Record<(typeof models)[number], string>>;

const modelNames = ({ group, config }: CloneDocument): Names => ({
  teacher: `${group} network`,
  clone: 'clone',
  scratch: 'scratch MLP',
  wrongGroup: `clone of ${config.wrongGroup}`,
});

function accuracyBlocks(document: CloneDocument, result: CloningResult, names: Names): Block[] {
  const share = { style: 'percent' } as const;
  return [
    {
      kind: 'table',
      caption: `Accuracy on test digits as they are, and moved by every element of ${document.group}.`,
      columns: [
        { header: 'network' },
        { header: 'plain', format: share, best: 'high' },
        { header: 'moved', format: share, best: 'high' },
        { header: 'parameters', format: { style: 'fixed', digits: 0 } },
      ],
      rows: models.map((model) => [
        names[model],
        document.accuracy[model].plain,
        document.accuracy[model].transformed,
        document.parameters[model],
      ]),
    },
    {
      kind: 'bars',
      caption: 'Accuracy on test digits moved by each group element.',
      y: { label: 'accuracy' },
      bars: models.map((model) => names[model]),
      groups: result.teacher.accuracy.perElement.map(({ element }, i) => ({
        name: element,
        values: models.map((model) => result[model].accuracy.perElement[i]!.accuracy),
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

function symmetryBlocks(document: CloneDocument, result: CloningResult, names: Names): Block[] {
  const rows = (on: 'data' | 'noise') => [
    errorRow('clone before stage 1', result.before.stage1[on]),
    errorRow('clone after stage 1', result.before.stage2[on]),
    errorRow('clone after stage 2', result.clone.invariance[on]),
    ...models
      .filter((model) => model !== 'clone')
      .map((model) => errorRow(names[model], result[model].invariance[on])),
  ];
  const columns = result.teacher.invariance.data.perElement.map(({ name }) => name);
  const label = '‖f(g·x) − f(x)‖ / ‖f(x)‖ of the logits';
  return [
    {
      kind: 'heat',
      caption: `Equivariance error on digits, per element of ${document.group}.`,
      label,
      columns,
      rows: rows('data'),
    },
    { kind: 'heat', caption: 'The same on Gaussian noise.', label, columns, rows: rows('noise') },
  ];
}

const errorRow = (name: string, { perElement }: EquivarianceReport) => ({
  name,
  values: perElement.map(({ error }) => error),
});

function trainingBlocks({ stage1, ...result }: CloningResult, names: Names): Block[] {
  const clones = [
    ...stage1.clone.map((layer) => curve(layer.name, layer.loss)),
    ...stage1.wrongGroup.map((layer) => ({ ...curve(layer.name, layer.loss), dashed: true })),
  ];
  return [
    {
      kind: 'lines',
      caption: 'Stage 1: mean squared error on noise that is new at every step (1 = predicting 0).',
      x: { label: 'step' },
      y: { label: 'mean squared error', scale: 'log' },
      series: clones,
    },
    cloneTable([...stage1.clone, ...stage1.wrongGroup]),
    {
      kind: 'lines',
      caption: 'Stage 2: training loss.',
      x: { label: 'step' },
      y: { label: 'cross-entropy and penalty' },
      series: models.map((model) => curve(names[model], result[model].loss)),
    },
  ];
}

const cloneTable = (clones: readonly CloneResult[]): Block => ({
  kind: 'table',
  caption: 'What stage 1 reached on noise not seen in training.',
  columns: [
    { header: 'cloned layer' },
    { header: 'normalised error', format: { style: 'scientific', digits: 2 } },
    { header: 'steps', format: { style: 'fixed', digits: 0 } },
    { header: 'time per step', unit: 'ms', format: { style: 'fixed', digits: 1 } },
  ],
  rows: clones.map(({ name, normalisedMse, steps, msPerStep }) => [
    name,
    normalisedMse,
    steps,
    msPerStep,
  ]),
});

/** At most this many points of a curve are drawn; each is the mean of the steps about it. */
const drawnPoints = 200;

function curve(name: string, loss: Float32Array): Series {
  const span = Math.max(1, Math.ceil(loss.length / drawnPoints));
  const points = Array.from({ length: Math.ceil(loss.length / span) }, (_, i) =>
    loss.subarray(i * span, (i + 1) * span),
  );
  return {
    name,
    x: points.map((_, i) => i * span),
    y: points.map((part) => part.reduce((sum, value) => sum + value, 0) / part.length),
    dots: false,
  };
}

/** Each shown digit in each pose, with what the networks take it for. */
function poseBlock(
  { group, config }: CloneDocument,
  result: CloningResult,
  { test }: CloningData,
): Block {
  const { size } = test;
  const action = gridAction(parseGroup(group), { height: size, width: size });
  const { elements } = action.group;
  const digit = (index: number, element: number): GreyImage => ({
    width: size,
    height: size,
    pixels: action.apply(element, test.images.slice(index * size ** 2, (index + 1) * size ** 2)),
    range: [0, 1],
    caption:
      `${rightLabel(config.task, test.labels[index]!, element)}: clone ` +
      `${result.clone.shown[element]![index]}, MLP ${result.scratch.shown[element]![index]}`,
  });
  const names = elements.map((g) => action.group.elementName(g)).join(', ');
  return {
    kind: 'images',
    caption: `Test digits moved by ${names}: the right label, and what the clone and the scratch MLP say.`,
    images: indices(shownDigits).flatMap((index) => elements.map((g) => digit(index, g))),
    columns: elements.length,
    pixelSize: 7,
  };
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const rightLabel = (task: string, label: number, element: number): number =>
  task === 'breaking' ? (label + element) % 10 : label;

/** What the cloned layer makes of digits, which it has never seen, beside its teacher. */
function layerBlock({ examples }: CloningResult, { test }: CloningData): Block {
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
