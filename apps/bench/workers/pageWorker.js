// Contestants of the inference benchmark in a page: ONNX Runtime's web build and TensorFlow.js, by the
// protocol of @intertwiner/engine's benchWorker.js. `ready` and `answer` are called from outside.
import { tfjsAnswers } from './tfjsAnswers.js';

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;
const text = (data) => {
  let out = '';
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < view.length; i += 8192) {
    out += String.fromCharCode(...view.subarray(i, i + 8192));
  }
  return btoa(out);
};

/** A classic script of a package, which sets a global. */
const script = (source) =>
  new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src: source });
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${source} does not load`));
    document.head.append(element);
  });

async function ortAnswers(device) {
  if (device === 'webgpu' && !(await navigator.gpu?.requestAdapter())) {
    throw new Error('navigator.gpu gives no adapter');
  }
  const file = device === 'webgpu' ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs';
  const ort = await import(`/onnxruntime-web/${file}`);
  ort.env.wasm.wasmPaths = '/onnxruntime-web/';
  ort.env.logLevel = 'fatal';
  let session;
  let feeds;
  return {
    async load({ onnx, feeds: inputs }) {
      const start = performance.now();
      const options = { executionProviders: [device] };
      session = await ort.InferenceSession.create(new Uint8Array(bytes(onnx)), options);
      const tensors = inputs.map(({ name, shape, data }) => [
        name,
        new ort.Tensor('float32', new Float32Array(bytes(data)), shape),
      ]);
      feeds = Object.fromEntries(tensors);
      const loaded = performance.now();
      const { data } = (await session.run(feeds))[session.outputNames[0]];
      return { loadMs: loaded - start, firstMs: performance.now() - loaded, output: text(data) };
    },
    async run({ milliseconds }) {
      const times = [];
      const end = performance.now() + milliseconds;
      while (times.length === 0 || performance.now() < end) {
        const start = performance.now();
        await session.run(feeds);
        times.push(performance.now() - start);
      }
      return { times };
    },
  };
}

async function tfjs(backend) {
  await script('/tfjs/tf.min.js');
  const { tf } = globalThis;
  if (backend === 'wasm') {
    await script('/tfjs-backend-wasm/tf-backend-wasm.min.js');
    tf.wasm.setWasmPaths('/tfjs-backend-wasm/');
  }
  if (backend === 'webgpu') {
    if (!(await navigator.gpu?.requestAdapter())) throw new Error('navigator.gpu gives no adapter');
    await script('/tfjs-backend-webgpu/tf-backend-webgpu.min.js');
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' did not start`);
  await tf.ready();
  return tfjsAnswers(tf, bytes, text);
}

// A page's memory is told only by a call that waits for many seconds (a garbage collection).
const memory = () => ({ megabytes: null });

let answers;
globalThis.ready = async (library, backend) => {
  answers = { ...(await (library === 'onnxruntime' ? ortAnswers : tfjs)(backend)), memory };
};
globalThis.answer = async (message) => answers[message.do](message);
