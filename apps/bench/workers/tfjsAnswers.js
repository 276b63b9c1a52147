// How TensorFlow.js answers the benchmark, in Node and in a page. The outputs are read back at every
// run: without that, backends on a GPU would only queue their work.

/**
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {(text: string) => ArrayBuffer} bytes decodes base64
 * @param {(data: Float32Array) => string} text encodes base64
 */
export function tfjsAnswers(tf, bytes, text) {
  let model;
  let input;
  const once = async () => {
    const output = model.predict(input);
    const data = await output.data();
    output.dispose();
    return data;
  };
  return {
    async load({ layersModel, feeds }) {
      if (!layersModel) throw new Error('layers of this project are no layers of tfjs itself');
      const start = performance.now();
      const { modelTopology, weightSpecs } = JSON.parse(layersModel.topology);
      const weightData = bytes(layersModel.weights);
      const artifacts = { modelTopology, weightSpecs, weightData };
      model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
      input = tf.tensor(new Float32Array(bytes(feeds[0].data)), feeds[0].shape);
      const loaded = performance.now();
      const output = await once();
      return { loadMs: loaded - start, firstMs: performance.now() - loaded, output: text(output) };
    },
    async run({ milliseconds }) {
      const times = [];
      const end = performance.now() + milliseconds;
      while (times.length === 0 || performance.now() < end) {
        const start = performance.now();
        await once();
        times.push(performance.now() - start);
      }
      return { times };
    },
  };
}
