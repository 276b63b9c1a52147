/** A model with one layer of every kind that tfjs has. */
import * as tf from '@tensorflow/tfjs';

const { layers } = tf;

/** Initialisers with seeds; every layer passes over those it does not know. */
const initial = {
  kernelInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 1 }),
  recurrentInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 2 }),
  biasInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 3 }),
  depthwiseInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 4 }),
  pointwiseInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 5 }),
  embeddingsInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 6 }),
  alphaInitializer: tf.initializers.randomUniform({ minval: 0.1, maxval: 0.4, seed: 7 }),
};

export interface LayerCase {
  readonly layer: () => tf.layers.Layer;
  /** The shapes of its inputs, without the batch. */
  readonly inputs: readonly (readonly number[])[];
  /** Inputs are integers below this. */
  readonly below?: number;
  /**
   * It draws at random when it trains, so that only its inference can be compared: in the graph, as
   * dropout, or by tfjs, which is refused.
   */
  readonly random?: 'in the graph' | 'by tfjs';
  /** Why its gradient cannot be compared with that of tfjs's cpu backend. */
  readonly noGradient?: string;
  /** Why it cannot be exported. */
  readonly refused?: string;
}

const brokenInTfjs = 'tfjs 4.22 itself cannot run it in a model';
const noGradientInTfjs = 'tfjs has no gradient of it';

const image = [6, 6, 2];
const volume = [4, 5, 4, 2];
const sequence = [5, 3];
const features = [6];

const of = (
  inputs: readonly (readonly number[])[],
  layer: () => tf.layers.Layer,
  rest: Partial<LayerCase> = {},
): LayerCase => ({ layer, inputs, ...rest });

const same = { padding: 'same' } as const;
const units = { units: 4, ...initial };
const conv = { filters: 3, kernelSize: 3, ...initial };

export const layerCases: Readonly<Record<string, LayerCase>> = {
  activation: of([features], () => layers.activation({ activation: 'selu' })),
  add: of([features, features, features], () => layers.add()),
  alphaDropout: of([features], () => layers.alphaDropout({ rate: 0.3 }), { random: 'by tfjs' }),
  average: of([features, features], () => layers.average()),
  averagePooling1d: of([sequence], () => layers.averagePooling1d({ poolSize: 2 })),
  averagePooling2d: of([image], () => layers.averagePooling2d({ poolSize: 2 })),
  averagePooling3d: of([volume], () => layers.averagePooling3d({ poolSize: 2, strides: 2 })),
  batchNormalization: of([image], () => layers.batchNormalization({ momentum: 0.9 })),
  bidirectional: of([sequence], () =>
    layers.bidirectional({
      layer: layers.lstm({ ...units, returnSequences: true }) as tf.RNN,
      mergeMode: 'concat',
    }),
  ),
  categoryEncoding: of([[5]], () => layers.categoryEncoding({ numTokens: 7 }), {
    below: 7,
    refused: 'it reads the elements of its input',
  }),
  centerCrop: of([image], () => layers.centerCrop({ height: 4, width: 4 }), {
    refused: brokenInTfjs,
  }),
  concatenate: of([sequence, sequence], () => layers.concatenate({ axis: -1 })),
  conv1d: of([sequence], () => layers.conv1d({ ...conv, ...same })),
  conv2d: of([image], () => layers.conv2d({ ...conv, strides: 2, activation: 'relu' })),
  conv2dTranspose: of([image], () => layers.conv2dTranspose({ ...conv, ...same, strides: 2 })),
  conv3d: of([volume], () => layers.conv3d({ ...conv, kernelSize: 2 })),
  conv3dTranspose: of([volume], () => layers.conv3dTranspose({ ...conv, strides: 2, ...same }), {
    noGradient: noGradientInTfjs,
  }),
  convLstm2d: of([[3, ...image]], () => layers.convLstm2d({ ...conv, ...same })),
  cropping2D: of([image], () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  dense: of([sequence], () => layers.dense({ ...units, activation: 'elu' })),
  depthwiseConv2d: of([image], () => layers.depthwiseConv2d({ ...conv, depthMultiplier: 2 })),
  dot: of([features, features], () => layers.dot({ axes: -1 })),
  dropout: of([features], () => layers.dropout({ rate: 0.3 }), { random: 'in the graph' }),
  elu: of([features], () => layers.elu({ alpha: 1 })),
  embedding: of([[5]], () => layers.embedding({ inputDim: 7, outputDim: 3, ...initial }), {
    below: 7,
  }),
  flatten: of([image], () => layers.flatten()),
  gaussianDropout: of([features], () => layers.gaussianDropout({ rate: 0.3 }), {
    random: 'by tfjs',
  }),
  gaussianNoise: of([features], () => layers.gaussianNoise({ stddev: 0.3 }), { random: 'by tfjs' }),
  globalAveragePooling1d: of([sequence], () => layers.globalAveragePooling1d()),
  globalAveragePooling2d: of([image], () => layers.globalAveragePooling2d({})),
  globalMaxPooling1d: of([sequence], () => layers.globalMaxPooling1d()),
  globalMaxPooling2d: of([image], () => layers.globalMaxPooling2d({})),
  gru: of([sequence], () => layers.gru(units)),
  layerNormalization: of([features], () => layers.layerNormalization()),
  leakyReLU: of([features], () => layers.leakyReLU({ alpha: 0.2 })),
  lstm: of([sequence], () => layers.lstm({ ...units, returnSequences: true })),
  masking: of([sequence], () => layers.masking({ maskValue: 0 }), { noGradient: noGradientInTfjs }),
  maxPooling1d: of([sequence], () => layers.maxPooling1d({ poolSize: 2 })),
  maxPooling2d: of([image], () => layers.maxPooling2d({ poolSize: 3, strides: 2, ...same })),
  maxPooling3d: of([volume], () => layers.maxPooling3d({ poolSize: 2, strides: 2 })),
  maximum: of([features, features], () => layers.maximum()),
  minimum: of([features, features], () => layers.minimum()),
  multiply: of([features, features], () => layers.multiply()),
  permute: of([sequence], () => layers.permute({ dims: [2, 1] })),
  prelu: of([features], () => layers.prelu(initial)),
  randomWidth: of([image], () => layers.randomWidth({ factor: 0.2 }), { refused: brokenInTfjs }),
  reLU: of([features], () => layers.reLU({ maxValue: 1 })),
  repeatVector: of([features], () => layers.repeatVector({ n: 3 })),
  rescaling: of([image], () => layers.rescaling({ scale: 0.5, offset: 1 })),
  reshape: of([image], () => layers.reshape({ targetShape: [9, 8] })),
  resizing: of([image], () => layers.resizing({ height: 4, width: 5 }), { refused: brokenInTfjs }),
  rnn: of([sequence], () =>
    layers.rnn({ cell: layers.gruCell(units) as never, returnSequences: true }),
  ),
  separableConv2d: of([image], () => {
    const { depthwiseInitializer, pointwiseInitializer } = initial;
    return layers.separableConv2d({
      ...{ filters: 3, kernelSize: 3, depthwiseInitializer, pointwiseInitializer },
    });
  }),
  simpleRNN: of([sequence], () => layers.simpleRNN(units)),
  softmax: of([features], () => layers.softmax()),
  spatialDropout1d: of([sequence], () => layers.spatialDropout1d({ rate: 0.3 }), {
    random: 'in the graph',
  }),
  stackedRNNCells: of([sequence], () =>
    layers.rnn({
      cell: [layers.lstmCell(units), layers.simpleRNNCell(units)] as never,
    }),
  ),
  thresholdedReLU: of([features], () => layers.thresholdedReLU({ theta: 0.3 }), {
    noGradient: noGradientInTfjs,
  }),
  timeDistributed: of([sequence], () => layers.timeDistributed({ layer: layers.dense(units) })),
  upSampling2d: of([image], () => layers.upSampling2d({ size: [2, 2] }), {
    noGradient: 'that of tfjs-cpu is wrong for more than one image; see departures.test.ts',
  }),
  zeroPadding2d: of([image], () =>
    layers.zeroPadding2d({
      padding: [
        [1, 0],
        [2, 1],
      ],
    }),
  ),
};

/** Names of tf.layers that stand for no layer of their own. */
export const otherNames: Readonly<Record<string, string>> = {
  Layer: 'a class',
  RNN: 'a class',
  RNNCell: 'a class',
  avgPool1d: 'averagePooling1d',
  avgPool2d: 'averagePooling2d',
  avgPool3d: 'averagePooling3d',
  avgPooling1d: 'averagePooling1d',
  avgPooling2d: 'averagePooling2d',
  avgPooling3d: 'averagePooling3d',
  convLstm2dCell: 'in convLstm2d',
  globalMaxPool1d: 'globalMaxPooling1d',
  globalMaxPool2d: 'globalMaxPooling2d',
  gruCell: 'in gru and rnn',
  input: 'a symbolic input',
  inputLayer: 'a symbolic input',
  lstmCell: 'in lstm and stackedRNNCells',
  maxPool1d: 'maxPooling1d',
  maxPool2d: 'maxPooling2d',
  simpleRNNCell: 'in simpleRNN and stackedRNNCells',
};
