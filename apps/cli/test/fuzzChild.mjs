// Loads and runs every model file that is named on a line of stdin, and answers each with a line.
import { createInterface } from 'node:readline';
import { loadModel } from '@intertwiner/engine';
import { ModelError } from '@intertwiner/onnx';

/** Numbers per input: more is refused here, since it is no fault of the runtime. */
const most = 2 ** 20;

/** @param {string} path */
async function tryModel(path) {
  const model = await loadModel(path, { device: 'cpu', threads: 1 });
  try {
    /** @type {Record<string, import('@intertwiner/engine').ArrayTensor>} */
    const feeds = {};
    for (const { name, dtype, shape } of model.inputs) {
      const extents = shape.map((extent) => (typeof extent === 'number' ? extent : 2));
      const size = extents.reduce((product, extent) => product * extent, 1);
      if (dtype !== 'float32' || size > most) return 'loaded';
      feeds[name] = { data: new Float32Array(size).fill(0.5), shape: extents };
    }
    await model.run(feeds);
    return 'ran';
  } finally {
    await model.dispose();
  }
}

for await (const path of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await tryModel(path);
  } catch (error) {
    // Whatever the runtime throws is an answer; anything of ours but a ModelError is a defect.
    const ours = error instanceof TypeError || error instanceof RangeError;
    answer = error instanceof ModelError || !ours ? 'refused' : `DEFECT ${error.stack}`;
  }
  process.stdout.write(`${answer.replaceAll('\n', ' ')}\n`);
}
