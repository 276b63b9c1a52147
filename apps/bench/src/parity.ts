/**
 * An exported student against software that shares no code with ours: Python's onnx checks the
 * file, Python's onnxruntime and onnxruntime-node compute it, and both are compared with the outputs
 * of the TensorFlow.js program that `intertwiner clone` stored beside it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  difference,
  loadCheckpoint,
  loadModel,
  type ArrayTensor,
  type VariableState,
} from '@intertwiner/engine';

/**
 * Relative to the largest logit. float32 rounds to 6e-8; sums over up to 2,048 products in another
 * order differ by some 1e-6.
 */
const tolerance = 1e-5;

/** Returns the exit code: 0 if all agree, 1 if not; a Python that is absent is said and passed over. */
export async function parity(run: string, python: string): Promise<number> {
  const { tensors } = await loadCheckpoint(join(run, 'reference.safetensors'));
  const { image, logits } = tensors;
  if (!image || !logits) throw new Error(`${run}/reference.safetensors lacks 'image' or 'logits'.`);
  const path = join(run, 'student.onnx');
  const model = await loadModel(path, { device: 'cpu' });
  const outputs = await model.run({ image: asFloats(image) });
  await model.dispose();
  const { maxRelDiff } = difference(outputs, { logits: asFloats(logits) });
  const agrees = report('onnxruntime-node', maxRelDiff);
  const inPython = pythonCheck(path, join(run, 'reference.safetensors'), python);
  return agrees && inPython ? 0 : 1;
}

const asFloats = ({ data, shape }: VariableState): ArrayTensor => ({
  data: data as Float32Array,
  shape,
});

function report(runtime: string, maxRelDiff: number): boolean {
  const passed = maxRelDiff <= tolerance;
  say(
    `${runtime}: ${maxRelDiff.toExponential(2)} relative, ${passed ? 'passed' : 'FAILED'} (≤ ${tolerance})`,
  );
  return passed;
}

function pythonCheck(model: string, reference: string, python: string): boolean {
  const script = fileURLToPath(new URL('../peers/check_onnx.py', import.meta.url));
  const result = spawnSync(python, [script, model, reference], { encoding: 'utf8' });
  if (result.error || result.status === 3) {
    const why = result.error?.message ?? result.stderr.trim();
    say(
      `SKIPPED: Python's onnx and onnxruntime are not here (${why}). pip install onnx onnxruntime`,
    );
    return true;
  }
  if (result.status !== 0) {
    say(`Python: FAILED\n${result.stderr}`);
    return false;
  }
  const answer = JSON.parse(result.stdout) as {
    onnx: string;
    onnxruntime: string;
    maxRelDiff: number;
  };
  say(`onnx ${answer.onnx}: checker.check_model(full_check=True) passed`);
  return report(`Python onnxruntime ${answer.onnxruntime}`, answer.maxRelDiff);
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
