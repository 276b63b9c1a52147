// A contestant of the inference benchmark: ONNX Runtime on the device that the command line names.
// One line of JSON in, one out; the first line says that the libraries are there.
import { createInterface } from 'node:readline';

const device = process.argv[2];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const { env, InferenceSession, Tensor } = await import(
  device === 'wasm' ? 'onnxruntime-web' : 'onnxruntime-node'
);
env.logLevel = 'fatal';
say({ ready: true });

let session;
let feeds;

const answers = {
  async load({ onnx, feeds: inputs }) {
    const start = performance.now();
    session = await InferenceSession.create(Buffer.from(onnx, 'base64'), {
      executionProviders: [device],
      logSeverityLevel: 4,
    });
    feeds = Object.fromEntries(
      inputs.map(({ name, shape, data }) => {
        const { buffer } = new Uint8Array(Buffer.from(data, 'base64'));
        return [name, new Tensor('float32', new Float32Array(buffer), shape)];
      }),
    );
    const loaded = performance.now();
    const results = await session.run(feeds);
    const { data } = results[session.outputNames[0]];
    const firstMs = performance.now() - loaded;
    const output = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    return { loadMs: loaded - start, firstMs, output };
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
  memory: () => ({ megabytes: process.memoryUsage().rss / 2 ** 20 }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  try {
    say(await answers[message.do](message));
  } catch (error) {
    say({ error: error.message.split('\n', 1)[0] });
  }
}
