// Runs a model on a device and exits with 0, or prints why it cannot and exits with 1.
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [device, model] = process.argv.slice(2);
try {
  const options = { executionProviders: [device], logSeverityLevel: 4 };
  const session = await InferenceSession.create(Buffer.from(model, 'base64'), options);
  await session.run({ x: new Tensor('float32', [1], [1]) });
} catch (error) {
  process.stdout.write(`${error.message.replaceAll('\n', ' ')}\n`);
  process.exitCode = 1;
}
