// A contestant of the inference benchmark: TensorFlow.js on the backend that the command line names,
// by the protocol of @intertwiner/engine's benchWorker.js.
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { loadTfjsBackend } from '@intertwiner/engine';
import { tfjsAnswers } from './tfjsAnswers.js';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
try {
  await tf.setBackend(await loadTfjsBackend(process.argv[2]));
  say({ ready: true });
} catch (error) {
  say({ error: error.message.split('\n', 1)[0] });
}

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64')).buffer;
const text = (data) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
const answers = {
  ...tfjsAnswers(tf, bytes, text),
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
