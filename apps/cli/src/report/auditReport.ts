/** The result of `audit` as a page. */
import type { Block, GreyImage, Report } from '@intertwiner/report';
import type { AuditDocument } from '../audit/document.js';

/** A sample that errs much: what went in and what came out. */
export interface WorstCase {
  readonly sample: number;
  readonly element: string;
  readonly error: number;
  readonly input: { readonly shape: readonly number[] } & Record<'plain' | 'moved', Float32Array>;
  readonly output: { readonly shape: readonly number[] } & Record<
    'expected' | 'actual',
    Float32Array
  >;
}

export function auditReport(document: AuditDocument, cases: readonly WorstCase[]): Report {
  const { group, model, inputs, samples, actions } = document;
  return {
    title: `How ${group} is kept`,
    subtitle: model,
    details: [`${samples} samples of ${inputs}`, ...actions.inputs, actions.output],
    sections: [
      { title: 'The output', blocks: outputBlocks(document) },
      ...(document.layers.length > 0
        ? [{ title: 'Layer by layer', blocks: layerBlocks(document) }]
        : []),
      { title: 'The worst inputs', blocks: cases.flatMap(caseBlocks) },
    ],
  };
}

function outputBlocks(document: AuditDocument): Block[] {
  const { perElement, largestSubgroup, group, mean, max, argmaxConsistency, noise, data } =
    document;
  const whole = largestSubgroup === group;
  return [
    {
      kind: 'note',
      tone: whole ? 'success' : 'warning',
      title: whole ? `It holds under ${group}` : `It does not hold under ${group}`,
      text: `The largest subgroup under which it holds to rounding: ${largestSubgroup}.`,
    },
    {
      kind: 'facts',
      facts: [
        { name: 'error, mean', value: mean },
        { name: 'error, largest', value: max },
        ...(data ? [{ name: 'largest on noise', value: noise.max }] : []),
        ...(argmaxConsistency === null
          ? []
          : [{ name: 'largest output in its place', value: argmaxConsistency }]),
      ],
    },
    {
      kind: 'table',
      caption: '‖f(g·x) − g·f(x)‖ / ‖f(x)‖ for each element.',
      columns: [
        { header: 'element' },
        { header: 'mean', format: { style: 'scientific', digits: 2 } },
        { header: 'largest', format: { style: 'scientific', digits: 2 } },
      ],
      rows: perElement.map(({ element, error, max }) => [element, error, max]),
    },
    {
      kind: 'table',
      caption: 'On each runtime.',
      columns: [
        { header: 'runtime' },
        { header: 'mean', format: { style: 'scientific', digits: 2 } },
        { header: 'largest', format: { style: 'scientific', digits: 2 } },
      ],
      rows: document.runtimes.map(({ device, mean, max }) => [device, mean, max]),
    },
  ];
}

function layerBlocks({ layers, firstBroken }: AuditDocument): Block[] {
  const broken: Block[] = firstBroken
    ? [
        {
          kind: 'note',
          tone: 'failure',
          title: `Lost first at ${firstBroken.node} (${firstBroken.operator})`,
          text:
            'Its inputs move as some action says, and its output as none that was tried.' +
            (firstBroken.channels.length > 0
              ? ` Channels by their share: ${firstBroken.channels
                  .map(({ channel, error }) => `${channel} (${error.toExponential(1)})`)
                  .join(', ')}.`
              : ''),
        },
      ]
    : [];
  return [
    ...broken,
    {
      kind: 'heat',
      caption: 'The error of each layer under the action that fits it best, for each element.',
      label: 'relative error',
      columns: layers[0]!.perElement.map(({ element }) => element),
      rows: layers.map(({ node, operator, perElement }) => ({
        name: `${node} (${operator})`,
        values: perElement.map(({ error }) => error),
      })),
      format: { style: 'scientific', digits: 1 },
    },
    {
      kind: 'table',
      caption: 'How the values of each layer move.',
      columns: [{ header: 'layer' }, { header: 'shape' }, { header: 'action that fits best' }],
      rows: layers.map(({ node, operator, shape, action, explained }) => [
        `${node} (${operator})`,
        `[B, ${shape.join(', ')}]`,
        explained ? action : `nothing that was tried; nearest: ${action}`,
      ]),
    },
  ];
}

function caseBlocks({ sample, element, error, input, output }: WorstCase): Block[] {
  const caption = `Sample ${sample} under ${element}: relative error ${error.toExponential(2)}.`;
  const pictures = [...pair(input.shape, input.plain, input.moved, ['x', 'g·x'])];
  const answers = [...pair(output.shape, output.expected, output.actual, ['g·f(x)', 'f(g·x)'])];
  const images = [...pictures, ...answers];
  return [
    { kind: 'paragraph', text: caption },
    ...(images.length > 0
      ? [{ kind: 'images', images, columns: 4, pixelSize: pixelSize(images) } as const]
      : []),
    ...(answers.length > 0 ? [] : [numbers(output)]),
  ];
}

/** Side of a pixel on the screen, for images some 112 pixels wide. */
const pixelSize = ([{ width }]: readonly GreyImage[]): number =>
  Math.max(2, Math.round(112 / width));

/** Two images in grey, or nothing where the shape is no single image. */
function pair(
  shape: readonly number[],
  first: Float32Array,
  second: Float32Array,
  captions: readonly [string, string],
): GreyImage[] {
  const sides = shape.filter((extent) => extent !== 1);
  const [height, width] = sides;
  if (sides.length !== 2 || !height || !width || width < 3) return [];
  const range = [Math.min(...first), Math.max(...first)] as const;
  return [first, second].map((pixels, i) => ({
    width,
    height,
    pixels,
    range: range[0] < range[1] ? range : ([0, 1] as const),
    caption: captions[i]!,
  }));
}

/** The first numbers of both outputs. */
function numbers({ expected, actual }: WorstCase['output']): Block {
  const shown = Math.min(expected.length, 24);
  return {
    kind: 'lines',
    caption: 'The output as it should be, and as it is.',
    x: { label: 'entry' },
    y: { label: 'value' },
    series: [
      { name: 'g·f(x)', x: indices(shown), y: expected.subarray(0, shown), dots: true },
      { name: 'f(g·x)', x: indices(shown), y: actual.subarray(0, shown), dots: true, dashed: true },
    ],
  };
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
