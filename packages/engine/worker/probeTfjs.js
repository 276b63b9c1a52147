// Loads a TensorFlow.js package and multiplies on its backend; exits with 0, or prints why it
// cannot and exits with 1. In a process of its own: a native library that does not fit may crash.
import { createRequire } from 'node:module';

const [path, backend] = process.argv.slice(2);
const require = createRequire(import.meta.url);
try {
  require(path);
  const tf = createRequire(path)('@tensorflow/tfjs');
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' did not start`);
  const [product] = tf.tidy(() => tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).dataSync());
  if (product !== 2) throw new Error(`the backend '${backend}' computes 1 + 1 = ${product}`);
} catch (error) {
  process.stdout.write(`${error.message.split('\n', 1)[0].trim()}\n`);
  process.exitCode = 1;
}
