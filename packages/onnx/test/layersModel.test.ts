import * as tf from '@tensorflow/tfjs';
import {
  checkModel,
  convertModel,
  exportModel,
  loadLayersModel,
  ModelError,
  saveLayersModel,
} from '@intertwiner/onnx';
import { describe, expect, it } from 'vitest';
import { layerCases } from './support/layerCases.js';
import { runModel } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

/** Layers whose weights the export keeps (dense), transposes (conv), and folds (normalisation). */
const model = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [6, 6, 2] }),
      layerCases['conv2d']!.layer(),
      layerCases['batchNormalization']!.layer(),
      layerCases['flatten']!.layer(),
      layerCases['dense']!.layer(),
    ],
  });

const metadata = {
  'intertwiner.group': 'C4',
  'intertwiner.representations': '{"image":"image","logits":"trivial"}',
};

describe('a LayersModel in an ONNX file', () => {
  useTfjsCpu();

  it('comes back with its layers, weights and metadata, and computes the same', async () => {
    const before = model();
    const bytes = await saveLayersModel(before, { metadata });
    expect(checkModel(bytes).metadata).toMatchObject(metadata);
    const after = await loadLayersModel(bytes);
    expect(after.toJSON(null, false)).toEqual(before.toJSON(null, false));
    const elements = ({ weights }: tf.LayersModel) =>
      weights.map((weight) => [...weight.read().dataSync()]);
    expect(elements(after)).toEqual(elements(before));
    const x = { data: new Float32Array(144).map((_, i) => Math.sin(i)), shape: [2, 6, 6, 2] };
    const input = before.inputs[0]!.name;
    const results = await runModel(bytes, { [input]: { ...x, dtype: 'float32' } });
    const expected = tf.tidy(() => [
      ...(after.predict(tf.tensor(x.data, x.shape)) as tf.Tensor).dataSync(),
    ]);
    const { data } = results[before.outputNames[0]!]!;
    // float32, sums of 50 products.
    expected.forEach((value, i) => expect(Number(data[i])).toBeCloseTo(value, 5));
    before.dispose();
    after.dispose();
  });

  it('names the weights that stand in the graph instead of holding them twice', async () => {
    const dense = tf.sequential({ layers: [tf.layers.dense({ units: 64, inputShape: [64] })] });
    const plain = exportModel(dense).length;
    expect((await saveLayersModel(dense)).length).toBeLessThan(plain + 2000);
    dense.dispose();
  });

  it('is refused where there are no layers, or other weights', async () => {
    const saved = model();
    const without = loadLayersModel(exportModel(saved));
    await expect(without).rejects.toThrow(ModelError);
    await expect(without).rejects.toThrow(/no layers .*saveLayersModel/);
    const halves = convertModel(await saveLayersModel(saved), 'float16');
    await expect(loadLayersModel(halves)).rejects.toThrow(/no longer holds the weight '.+'/);
    saved.dispose();
  });
});
