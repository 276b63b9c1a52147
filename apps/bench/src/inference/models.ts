/**
 * What is timed: a C4 network as this project's layers write it, the same network as an ordinary one
 * (its shared filters written out), and a gated perceptron with the hidden widths of the clones, of
 * which a clone of the network applies one for each pair of channels. Weights are random: they do not
 * change what a runtime has to do.
 */
import * as tf from '@tensorflow/tfjs';
import type { BenchmarkCase } from '@intertwiner/engine';
import { GlobalPool, GroupConv2d, GroupPool, LiftingConv2d, toPlain } from '@intertwiner/layers';
import { checkModel, exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';

export interface ModelSize {
  readonly name: string;
  readonly side: number;
  readonly channels: readonly [number, number];
  readonly widths: readonly [number, number];
}

/** As `intertwiner clone` has them by default, and a quarter of it. */
export const modelSizes: readonly ModelSize[] = [
  { name: 'small', side: 14, channels: [4, 6], widths: [512, 256] },
  { name: 'full', side: 14, channels: [16, 24], widths: [2048, 1024] },
];

export const batches = [1, 64] as const;

/** Every model of a size at every batch. */
export async function casesOf(
  size: ModelSize,
  seed = 0,
  sizes: readonly number[] = batches,
): Promise<BenchmarkCase[]> {
  const teacher = teacherModel(size, seed);
  const plain = toPlain(teacher);
  const student = studentModel(size, seed);
  const models: Pick<BenchmarkCase, 'model' | 'bytes' | 'layersModel'>[] = [
    // tfjs would need the classes of @intertwiner/layers in the browser: only the others go there.
    { model: `C4 network, ${size.name}`, bytes: exportModel(teacher) },
    {
      model: `the same as plain layers, ${size.name}`,
      bytes: exportModel(plain),
      layersModel: await serialised(plain),
    },
    {
      model: `gated perceptron, ${size.name}`,
      bytes: exportModel(student),
      layersModel: await serialised(student),
    },
  ];
  const all = models.flatMap((one) => sizes.map((batch) => ({ ...one, batch })));
  const cases = all.map((one) => ({ ...one, feeds: feedsFor(one.bytes, one.batch, size, seed) }));
  for (const model of [teacher, plain, student]) model.dispose();
  return cases;
}

function teacherModel({ side, channels }: ModelSize, seed: number): tf.LayersModel {
  const conv = { group: 'C4', kernelSize: 3, seed } as const;
  return tf.sequential({
    layers: [
      new LiftingConv2d({ ...conv, filters: channels[0], inputShape: [side, side, 1] }),
      tf.layers.reLU(),
      new GroupConv2d({ ...conv, filters: channels[1] }),
      tf.layers.reLU(),
      new GroupPool({ group: 'C4' }),
      new GlobalPool(),
      tf.layers.dense({ units: 10, kernelInitializer: tf.initializers.heNormal({ seed }) }),
    ],
  });
}

/** (x·U) ⊙ (x·V), twice, as in stage 1 of symmetry-cloning, and a readout. */
function studentModel({ side, widths }: ModelSize, seed: number): tf.LayersModel {
  const image = tf.input({ shape: [side, side, 1] });
  const dense = (units: number, offset: number) =>
    tf.layers.dense({
      units,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + offset }),
    });
  let x = tf.layers.flatten().apply(image) as tf.SymbolicTensor;
  for (const [i, width] of widths.entries()) {
    const factors = [2 * i, 2 * i + 1].map((j) => dense(width, j).apply(x) as tf.SymbolicTensor);
    x = tf.layers.multiply().apply(factors) as tf.SymbolicTensor;
  }
  return tf.model({ inputs: image, outputs: dense(10, 9).apply(x) as tf.SymbolicTensor });
}

/** The model as tfjs saves it. */
async function serialised(
  model: tf.LayersModel,
): Promise<NonNullable<BenchmarkCase['layersModel']>> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    const modelArtifactsInfo = { dateSaved: new Date(0), modelTopologyType: 'JSON' as const };
    return Promise.resolve({ modelArtifactsInfo });
  });
  await model.save(handler);
  const { modelTopology, weightSpecs, weightData } = saved!;
  return {
    topology: JSON.stringify({ modelTopology, weightSpecs }),
    weights: new Uint8Array(tf.io.concatenateArrayBuffers([weightData as ArrayBuffer])),
  };
}

function feedsFor(bytes: Uint8Array, batch: number, { side }: ModelSize, seed: number) {
  const data = random(seed, 'bench', 'image').fillNormal(new Float32Array(batch * side * side));
  return { [checkModel(bytes).inputs[0]!.name]: { data, shape: [batch, side, side, 1] } };
}
