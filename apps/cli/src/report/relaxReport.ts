/** A run of `relax` as a page. */
import type { RelaxationResult, RelaxedEpoch } from '@intertwiner/relaxation';
import type { Block, Report, Series } from '@intertwiner/report';
import type { RelaxConfig } from '../verbs/relaxConfig.js';

export interface RelaxDocument extends RelaxationResult {
  readonly config: RelaxConfig;
  readonly device: string;
}

export const relaxReport = (document: RelaxDocument): Report => {
  const { config, device, relaxed } = document;
  const { epochs } = relaxed.training;
  const layers = epochs[0]!.theta.map((_, layer) => layer);
  return {
    title: `Constraint relaxation: ${config.experiment}`,
    subtitle: verdict(document),
    details: [
      `${config.relaxation}${config.relaxation === 'schedule' ? ` (${config.schedule}, λ = ${config.lambda})` : ''}, ` +
        `seed ${config.seed}, ${config.train} samples, ${config.epochs} epochs, on ${device}`,
      ...relaxed.training.warnings,
    ],
    sections: [
      { title: 'Result', blocks: [table(document)] },
      { title: 'Training', blocks: [losses(document)] },
      ...(layers.length > 0
        ? [{ title: 'θ, penalty and symmetry', blocks: relaxedBlocks(document, layers) }]
        : []),
    ],
  };
};

function verdict({ strict, relaxed }: RelaxDocument): string {
  const used = relaxed.used === 'relaxed' ? relaxed.relaxedError : relaxed.projectedError;
  const change = 100 * (used / strict.projectedError - 1);
  return (
    `Test error ${used.toPrecision(3)} ${relaxed.used} against ${strict.projectedError.toPrecision(3)} strict ` +
    `(${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %), one seed: no evidence by itself.`
  );
}

const table = ({ strict, relaxed }: RelaxDocument): Block => ({
  kind: 'table',
  columns: [
    { header: 'network' },
    { header: 'projected' },
    { header: 'as trained' },
    { header: 'equivariance error', format: { style: 'scientific', digits: 1 } },
    { header: 'trained weights', format: { style: 'fixed', digits: 0 } },
    { header: 'at inference', format: { style: 'fixed', digits: 0 } },
    { header: 'step', unit: 'ms', format: { style: 'fixed', digits: 1 } },
  ],
  rows: Object.entries({ strict, relaxed }).map(([name, network]) => [
    name,
    network.projectedError,
    network.relaxedError,
    network.equivarianceError,
    network.trainedParameters,
    network.parameters,
    network.training.msPerStep,
  ]),
});

const lineOf = (
  name: string,
  epochs: readonly RelaxedEpoch[],
  value: (epoch: RelaxedEpoch) => number,
): Series => ({ name, x: epochs.map(({ epoch }) => epoch + 1), y: epochs.map(value) });

const losses = ({ strict, relaxed }: RelaxDocument): Block => ({
  kind: 'lines',
  caption: 'Training loss, and validation loss as trained and projected.',
  x: { label: 'epoch' },
  y: { label: 'loss', scale: 'log' },
  series: [
    lineOf('strict, training', strict.training.epochs, ({ loss }) => loss),
    lineOf('strict, validation', strict.training.epochs, ({ projected }) => projected),
    lineOf('relaxed, training', relaxed.training.epochs, ({ loss }) => loss),
    lineOf('relaxed, validation', relaxed.training.epochs, (epoch) => epoch.relaxed),
    lineOf('projected, validation', relaxed.training.epochs, ({ projected }) => projected),
  ],
});

function relaxedBlocks({ relaxed }: RelaxDocument, layers: readonly number[]): Block[] {
  const { epochs } = relaxed.training;
  const eachLayer = (value: (epoch: RelaxedEpoch, layer: number) => number) =>
    layers.map((layer) => lineOf(`layer ${layer + 1}`, epochs, (epoch) => value(epoch, layer)));
  return [
    {
      kind: 'lines',
      caption: 'θ of each relaxed layer.',
      x: { label: 'epoch' },
      y: { label: 'θ' },
      series: eachLayer(({ theta }, layer) => theta[layer]!),
    },
    {
      kind: 'lines',
      caption: 'Mean penalty, without λ.',
      x: { label: 'epoch' },
      y: { label: 'penalty' },
      series: [lineOf('penalty', epochs, ({ penalty }) => penalty)],
    },
    {
      kind: 'lines',
      caption: 'The part of each layer’s output that no equivariant layer could give.',
      x: { label: 'epoch' },
      y: { label: 'θ‖(W − P_G W)x‖ / ‖f(x)‖' },
      series: eachLayer(({ layerErrors }, layer) => layerErrors[layer]!),
    },
    {
      kind: 'lines',
      caption: 'Validation loss from the projected network (θ = 0) to all of W (θ = 1).',
      x: { label: 'θ' },
      y: { label: 'validation loss' },
      series: [
        {
          name: 'loss',
          x: relaxed.line.map(({ theta }) => theta),
          y: relaxed.line.map(({ loss }) => loss),
        },
      ],
    },
  ];
}
